#!/bin/sh
# Makes, in the folder of the good images, files that must be refused.
set -eu
cd "$1"
: >empty.so
echo "this is text, not an enclave" >text.so
cp enclave.plain.so unsigned.so
size=$(wc -c <enclave.signed.so)
head -c $((size - 100)) enclave.signed.so >truncated.so
cp enclave.signed.so tampered.so
offset=$(grep -obUa "a message, " tampered.so | head -n 1 | cut -d: -f1)
printf X | dd of=tampered.so bs=1 seek="$offset" conv=notrunc 2>/dev/null
cp brings_library.signed.so library_tampered.so
offset=$(grep -obUa "tally.c" library_tampered.so | tail -n 1 | cut -d: -f1)
printf X | dd of=library_tampered.so bs=1 seek="$offset" conv=notrunc 2>/dev/null
mkdir -p folder.so
