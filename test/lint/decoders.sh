#!/bin/sh
# Each decoder of common/wire has a fuzz target that calls it, and each target a corpus.
status=0
for decoder in $(grep -hoE '[a-z0-9_]+_decode\(' common/wire/*.h common/channel/*.h | sort -u); do
    grep -qF "$decoder" test/fuzz/fuzz_*.c || { echo "$decoder): no fuzz target calls it"; status=1; }
done
for target in test/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    ls test/fuzz/corpus/"${name#fuzz_}"/* >/dev/null 2>&1 || { echo "$target: has no corpus"; status=1; }
done
exit $status
