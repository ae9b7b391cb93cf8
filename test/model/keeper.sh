#!/bin/sh
# Tasks that threads keep, and others take away from them, in all orders of steps (spin.sh).
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

expect holds 0 -DTHREADS=2 -DROUNDS=3
expect holds 0 -DTHREADS=2 -DROUNDS=2 -DDESTROY=1
if [ -n "${SECGEAR_STRESS:-}" ]; then
    expect holds 0 -DTHREADS=3 -DROUNDS=2
    expect holds 0 -DTHREADS=2 -DROUNDS=3 -DDESTROY=1
fi
for weak in 1 2 3 4 5 9; do
    expect fails $weak -DTHREADS=2 -DROUNDS=3
done
for weak in 6 7; do
    expect fails $weak -DTHREADS=3 -DROUNDS=2
done
expect fails 8 -DTHREADS=2 -DROUNDS=2 -DDESTROY=1
ended
