#!/bin/sh
# The secure channel's handshake against an intruder, by spin (sc2.pml): the protocol as it is holds in
# the whole of a bounded space; with one defence taken away the property that it stands for breaks.
#     sc2.sh FOLDER          SECGEAR_STRESS=1 for the larger bounds
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

larger="2x3x0 3x2x0"

build() { # CLIENTSxENCLAVESxRETRY: a verifier of that size in a folder of its own
    retry=${1##*x} enclaves=${1%x*}
    rm -rf "$1" && mkdir "$1" && cp "$here/sc2.pml" "$1/" &&
        (cd "$1" && spin -a "-DCLIENTS=${1%%x*}" "-DTAS=${enclaves#*x}" "-DRETRY=$retry" sc2.pml >log 2>&1 &&
            "$cc" -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=8000 -o pan pan.c >>log 2>&1) && return
    echo "model: sc2: spin can't read the model"
    cat "$1/log"
    echo "RESULT 0 passed 1 failed 0 skipped"
    exit 1
}

# SIZE WEAK LOOK LOG: whole or broken, or why it can't be said. An error of another kind than a
# property (a bound of spin's, say) is no finding.
verdict() {
    WEAK=$2 LOOK=$3 "$1/pan" -m100000 -E -n >"$4" 2>&1
    if grep -qE 'Search not completed|max search depth too small|out of memory|VECTORSZ' "$4" &&
        ! grep -q 'assertion violated' "$4"; then
        echo 'not completed'
    elif grep -q 'errors: 0' "$4"; then echo holds
    elif grep -q 'assertion violated' "$4"; then echo breaks
    else echo 'not completed'; fi
}

expect() { # WHAT SIZE WEAK LOOK
    log=$2/log.$3.$4
    found=$(cd "$2" && verdict . "$3" "$4" "log.$3.$4")
    if [ "$found" = "$1" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "model: sc2: $2 weakening $3 property $4: $found, expected: $1"
        tail -n 12 "$log"
    fi
}

build 1x1x1
# Weakening and the property that it breaks, by the numbers of sc2.pml.
while read -r weak look _; do
    expect breaks 1x1x1 "$weak" "$look"
done <<'LIST'
1 1 evidence over a nonce only: secrecy
2 1 origin unchecked: secrecy
2 5 origin unchecked: separation
3 1 purpose unchecked: secrecy
3 5 purpose unchecked: separation
4 5 uuid unchecked on both sides: separation
5 1 measurement unchecked: secrecy
5 5 measurement unchecked: separation
6 1 debug unchecked: secrecy
6 5 debug unchecked: separation
7 6 suites outside the transcript: downgrade
8 3 session id outside the transcript: agreement
9 7 evidence outside th2: relay of another device's evidence
10 7 split quoting backend without the check of the body: relay
17 7 split quoting backend that checks all but device and measurement: relay
11 4 no client Finished: the enclave's agreement
12 2 static key: forward secrecy
13 8 unauthenticated DESTROY
14 1 user_data unchecked: secrecy
15 1 chain unchecked: secrecy
16 3 fin_s unchecked: agreement
18 4 client's signature covers no transcript: the enclave's agreement
19 6 RETRIED unchecked by the enclave: downgrade
20 3 ack unchecked: agreement
LIST
for weak in 30 31 32 33; do expect holds 1x1x1 $weak 0; done   # one of two defences
for reach in 50 51 52 53; do expect breaks 1x1x1 $reach 0; done # honest ends get that far
expect holds 1x1x1 0 0
for size in 2x1x1 1x2x1 2x2x0 ${SECGEAR_STRESS:+$larger}; do
    build "$size"
    expect holds "$size" 0 0
done
ended
