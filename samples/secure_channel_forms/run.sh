#!/bin/sh
# Starts one server and one client of the secure channel, in the form that is asked for:
#     sh run.sh [SERVER CLIENT [TEXT]]     SERVER: c, python; CLIENT: sync, thread, python; none: all
# After make; needs secgear in PATH or beside the libraries, and for python a python3.
set -eu
cd "$(dirname "$0")"
out=${OUT:-out}
secgear=${SECGEAR:-$(pkg-config --variable=bindir libsecgear_urts)/secgear}
modules=${SECGEAR_PYTHON:-$(dirname "$secgear")/../share/secgear/python}
python=${PYTHON:-python3}
export PYTHONPATH="$modules${PYTHONPATH:+:$PYTHONPATH}"
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT

"$secgear" device root >"$work/root.pem"
"$secgear" policy from-image "$out/enclave.signed.so" --root "$work/root.pem" \
    --mrtcb "$("$secgear" device mrtcb)" --allow-embedded-device-insecure >"$work/policy.json" 2>/dev/null

server_start() { # c or python: sets port
    rm -f "$work/fifo" && mkfifo "$work/fifo"
    case $1 in
    c) "$out/sc_demo_host" "$out/enclave.signed.so" 0 >"$work/fifo" & ;;
    python) "$python" "$out/python/server.py" "$out/enclave.signed.so" "$out/libsc_demo_u.so" 0 >"$work/fifo" & ;;
    *) echo "run.sh: servers are c and python" >&2; exit 2 ;;
    esac
    server=$!
    read -r line <"$work/fifo" || exit 1
    port=${line##* }
}

client_run() { # sync, thread or python; then the text
    case $1 in
    sync | thread) "$out/client_$1" "$port" "$work/policy.json" "$2" ;;
    python) "$python" "$out/python/client.py" "$port" "$work/policy.json" "$2" ;;
    *) echo "run.sh: clients are sync, thread and python" >&2; exit 2 ;;
    esac
}

one() { # server client text
    echo "server: $1, client: $2"
    server_start "$1"
    client_run "$2" "$3"
    kill "$server" && wait "$server" 2>/dev/null || true
    server=
}

if [ $# -ge 2 ]; then
    one "$1" "$2" "${3:-good morning}"
else
    for s in c python; do for c in sync thread python; do one $s $c "good morning"; done; done
fi
