#!/bin/sh
# Builds and signs samples twice, in different folders and with different keys: the measurements of
# both must be the same; with other sources, as the control, they must not.   reproducible.sh MAKE SECGEAR
set -eu
make=$1 secgear=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
first=$work/one second=$work/another/folder/with/a/longer/name
mkdir -p "$first" "$second"
measure() { # folder
    $make --no-print-directory -s -C "$1" out/enclave.signed.so >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    "$secgear" inspect "$1/out/enclave.signed.so" | sed -n 's/^mrenclave *//p'
}
unset MAKEFLAGS MFLAGS MAKELEVEL
for sample in helloworld seal_data; do
    for folder in "$first" "$second"; do
        cp -R samples/sample.mk "samples/$sample" "$folder"
    done
    one=$(measure "$first/$sample")
    other=$(measure "$second/$sample")
    [ -n "$one" ] && [ "$one" = "$other" ] || { echo "$sample: measured $one, then $other"; exit 1; }
done
echo 'int another;' >>"$second/helloworld/enclave/hello.c"
rm -r "$second/helloworld/out"
[ "$(measure "$first/helloworld")" != "$(measure "$second/helloworld")" ] || { echo "other sources, same measurement"; exit 1; }
echo "reproducible: 2 samples, twice each: the same measurements"
