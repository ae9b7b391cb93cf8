#!/bin/sh
# The demonstration: a file goes through an attested channel into an enclave and statistics come
# back; then an altered enclave, a wrong measurement and a man in the middle are each refused.
#     sh demo.sh [FILE.csv]        after make; needs secgear in PATH or beside the libraries
set -eu
cd "$(dirname "$0")"
out=${OUT:-out}
file=${1:-$out/data.csv}
secgear=${SECGEAR:-$(pkg-config --variable=bindir libsecgear_urts)/secgear}
work=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT

# Starts a program in the background and waits for its line "listening on PORT".
start() { # name command...
    name=$1
    shift
    mkfifo "$work/$name.fifo"
    "$@" >"$work/$name.fifo" 2>"$work/$name.err" &
    pids="$pids $!"
    if ! read -r line <"$work/$name.fifo"; then
        cat "$work/$name.err" >&2
        return 1
    fi
    port=${line##* }
}

refused() { # what command...
    what=$1
    shift
    status=0
    "$@" >"$work/log" 2>&1 || status=$?
    sed 's/^/    /' "$work/log"
    if [ "$status" -ne 3 ]; then
        echo "$what: NOT refused (exit $status)" >&2
        exit 1
    fi
    echo "    refused, as it must be"
}

# What the client trusts: this image, on this device. The level is named, since it is a weak one.
"$secgear" device root >"$work/root.pem"
"$secgear" policy from-image "$out/enclave.signed.so" --root "$work/root.pem" \
    --mrtcb "$("$secgear" device mrtcb)" --allow-embedded-device-insecure >"$work/policy.json"
echo "policy: allow_embedded_device_insecure is set: the device runs inside this user's account"

echo
echo "1. the file $file goes to the enclave"
start server "$out/sc_demo_host" "$out/enclave.signed.so" 0
good=$port
"$out/sc_client" "$good" "$work/policy.json" "$file"

echo
echo "2. an altered enclave: one byte of its code changed, signed again by somebody else"
cp "$out/enclave.so" "$work/altered.so"
offset=$(grep -obUa "does not open" "$work/altered.so" | head -n 1 | cut -d: -f1)
printf X | dd of="$work/altered.so" bs=1 seek="$offset" conv=notrunc 2>/dev/null
(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/other.pem" 2>/dev/null)
"$secgear" sign -k "$work/other.pem" -i "$work/altered.so" -c enclave/Enclave.config.xml \
    -o "$work/altered.signed.so"
start altered "$out/sc_demo_host" "$work/altered.signed.so" 0
refused "altered enclave" "$out/sc_client" "$port" "$work/policy.json" "$file"

echo
echo "3. a policy that expects another measurement"
measured=$("$secgear" inspect "$out/enclave.signed.so" | sed -n 's/^mrenclave *//p')
other=$(echo "$measured" | tr 0123456789abcdef 123456789abcdef0)
sed "s/$measured/$other/" "$work/policy.json" >"$work/wrong.json"
refused "wrong measurement" "$out/sc_client" "$good" "$work/wrong.json" "$file"

echo
echo "4. a man in the middle who puts in his own key"
start relay "$out/sc_relay" "$good"
refused "man in the middle" "$out/sc_client" "$port" "$work/policy.json" "$file"

echo
echo "demonstration complete"
