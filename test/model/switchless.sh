#!/bin/sh
# The order of steps of switchless calls, in all orders in which processes can take them (spin.sh).
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=2
expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=2 -DBARRIER=0
expect holds 0 -DCALLERS=1 -DWORKERS=1 -DCALLS=3 -DDESTROY=1
expect holds 0 -DCALLERS=1 -DWORKERS=1 -DCALLS=2 -DMANNERS=3
if [ -n "${SECGEAR_STRESS:-}" ]; then
    expect holds 0 -DCALLERS=2 -DWORKERS=1 -DCALLS=2
    expect holds 0 -DCALLERS=1 -DWORKERS=3 -DCALLS=2
    expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=3
    expect holds 0 -DCALLERS=2 -DWORKERS=2 -DCALLS=1
    expect holds 0 -DCALLERS=2 -DWORKERS=1 -DCALLS=2 -DDESTROY=1
    expect holds 0 -DCALLERS=1 -DWORKERS=2 -DCALLS=2 -DMANNERS=3
fi
for weak in 1 2 3 4 5 7 8 9 10 13 14 16; do
    expect fails $weak -DCALLERS=1 -DWORKERS=2 -DCALLS=2
done
expect fails 6 -DCALLERS=1 -DWORKERS=2 -DCALLS=2 -DBARRIER=0
for weak in 9 10 15; do
    expect fails $weak -DCALLERS=1 -DWORKERS=1 -DCALLS=2 -DMANNERS=3
done
for weak in 11 12; do
    expect fails $weak -DCALLERS=1 -DWORKERS=1 -DCALLS=2 -DDESTROY=1
done
ended
