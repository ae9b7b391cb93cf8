#!/bin/sh
# Starts the host, makes the client's policy, sends notes.   run.sh FOLDER [NOTE...]
# In earnest the client's side makes the policy, from an image that it built itself.
set -eu
built=$1
shift
[ $# -gt 0 ] || set -- "water the plants" "feed the cat"
secgear=${SECGEAR:-$(pkg-config --variable=bindir libsecgear_urts)/secgear}
work=$(mktemp -d)
host=
trap '[ -z "$host" ] || kill "$host" 2>/dev/null || :; rm -rf "$work"' EXIT
"$secgear" device root >"$work/root.pem"
"$secgear" policy from-image "$built/@NAME@.signed.so" --root "$work/root.pem" \
    --mrtcb "$("$secgear" device mrtcb)" --allow-embedded-device-insecure >"$work/policy.json"
mkfifo "$work/said"
"$built/@NAME@_host" "$built/@NAME@.signed.so" 0 >"$work/said" &
host=$!
read -r port <"$work/said"
for note; do "$built/@NAME@_client" 127.0.0.1 "$port" "${POLICY:-$work/policy.json}" "$note"; done
