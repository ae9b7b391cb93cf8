#!/bin/sh
# Quick ocalls, which workers of the host answer or the caller does, in all orders of steps (spin.sh).
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

expect holds 0 -DWORKERS=1 -DCALLS=2 -DOCALLS=1
expect holds 0 -DWORKERS=1 -DCALLS=1 -DOCALLS=2
for weak in 20 21; do
    expect holds $weak -DWORKERS=1 -DCALLS=2 -DOCALLS=1
done
expect holds 0 -DWORKERS=1 -DCALLS=1 -DOCALLS=1 -DDEATH=1
if [ -n "${SECGEAR_STRESS:-}" ]; then
    expect holds 0 -DWORKERS=1 -DCALLS=2 -DOCALLS=2
    expect holds 0 -DWORKERS=2 -DCALLS=1 -DOCALLS=1
    expect holds 0 -DWORKERS=2 -DCALLS=1 -DOCALLS=2
    expect holds 0 -DWORKERS=1 -DCALLS=2 -DOCALLS=1 -DDEATH=1
fi
for weak in 1 2 3 4 5 6 9 10 14 15 16; do
    expect fails $weak -DWORKERS=2 -DCALLS=1 -DOCALLS=2
done
expect fails 12 -DWORKERS=1 -DCALLS=1 -DOCALLS=2
expect fails 11 -DWORKERS=1 -DCALLS=2 -DOCALLS=1
expect fails 13 -DWORKERS=1 -DCALLS=1 -DOCALLS=1 -DDEATH=1

# An enclave that stops stops its caller: what it writes must do nothing worse.
QUIET=-E
expect holds 0 -DWORKERS=1 -DCALLS=2 -DHOSTILE=1
for weak in 7 8; do
    expect fails $weak -DWORKERS=1 -DCALLS=2 -DHOSTILE=1
done
ended
