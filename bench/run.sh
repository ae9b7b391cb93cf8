#!/bin/sh
# Runs the measurements with state of its own: a fresh device, a policy for the image, both gone
# afterwards.   run.sh STAGE BENCH_FOLDER CSV [PATTERN]
set -eu
stage=$1 built=$2 csv=$3 pattern=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work" LD_LIBRARY_PATH="$stage/lib" BENCH_CODEGEN="$stage/bin/codegen" BENCH_FORGED="$built/forged"
export BENCH_SECGEAR="$stage/bin/secgear" BENCH_UNTRACED="$built/untraced/stage/lib" BENCH_INSTRUCTIONS="${0%/*}/instructions.sh"
secgear=$stage/bin/secgear
"$secgear" device root >"$work/root.pem"
"$secgear" policy from-image "$built/enclave.signed.so" --root "$work/root.pem" \
    --mrtcb "$("$secgear" device mrtcb)" --allow-embedded-device-insecure >"$work/policy.json"
echo "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), $(nproc) CPUs, Linux $(uname -r), load $(cut -d' ' -f1 /proc/loadavg)"
"$built/bench" "$built/enclave.signed.so" "$work/policy.json" "$built/static_exit" "$csv" "$pattern"
echo "$csv; load afterwards $(cut -d' ' -f1 /proc/loadavg)"
