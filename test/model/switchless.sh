#!/bin/sh
# Checks the order of steps of switchless calls by spin, in all orders in which processes can take
# them; then takes one defence away after the other, and each time spin must find an error.
#     switchless.sh FOLDER          SECGEAR_STRESS=1 for the larger bounds
set -u
here=$(dirname "$(realpath "$0")")
cc=${CC:-cc}
if ! command -v spin >/dev/null 2>&1 || ! command -v "$cc" >/dev/null 2>&1; then
    echo "model: skipped: no spin, or no C compiler"
    echo "RESULT 0 passed 0 failed 1 skipped"
    exit 0
fi
mkdir -p "$1" && cd "$1" || exit 1
passed=0 failed=0

# WEAK BOUNDS...: "holds", "fails", or why it can't be said
verdict() {
    weak=$1
    shift
    rm -f pan* ./*.trail model.pml
    cp "$here/switchless.pml" model.pml
    # shellcheck disable=SC2086
    if ! spin -a -DWEAK=$weak "$@" model.pml >log 2>&1 ||
        ! "$cc" -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=3000 -o pan pan.c >>log 2>&1; then
        echo "spin can't read the model"
        return
    fi
    ./pan -m2000000 >log 2>&1
    if grep -q 'errors: 0' log && ! grep -qE 'max search depth too small|Search not completed|out of memory' log; then
        echo holds
    elif grep -qE 'errors: [1-9]' log; then echo fails; else echo 'not completed'; fi
}

expect() { # WHAT WEAK BOUNDS...
    what=$1 weak=$2
    shift 2
    found=$(verdict "$weak" "$@")
    if [ "$found" = "$what" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "model: weakening $weak ($*): $found, expected: $what"
        tail -n 5 log
    fi
}

expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=2
expect holds 0 -DCALLERS=1 -DWORKERS=1 -DCALLS=3 -DDESTROY=1
if [ -n "${SECGEAR_STRESS:-}" ]; then
    expect holds 0 -DCALLERS=2 -DWORKERS=1 -DCALLS=2
    expect holds 0 -DCALLERS=1 -DWORKERS=3 -DCALLS=2
    expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=3
    expect holds 0 -DCALLERS=2 -DWORKERS=2 -DCALLS=1
    expect holds 0 -DCALLERS=2 -DWORKERS=1 -DCALLS=2 -DDESTROY=1
fi
for weak in 1 2 3 4 5 6 7 8 9 10 13 14; do
    expect fails $weak -DCALLERS=1 -DWORKERS=2 -DCALLS=2
done
for weak in 11 12; do
    expect fails $weak -DCALLERS=1 -DWORKERS=1 -DCALLS=2 -DDESTROY=1
done
echo "RESULT $passed passed $failed failed 0 skipped"
[ "$failed" -eq 0 ]
