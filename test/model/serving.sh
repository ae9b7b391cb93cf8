#!/bin/sh
# A slot that a worker of the host keeps, and others take away from it, in all orders of steps (spin.sh).
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

expect holds 0 -DOTHERS=2 -DROUNDS=2
expect holds 0 -DOTHERS=1 -DROUNDS=4
[ -z "${SECGEAR_STRESS:-}" ] || expect holds 0 -DOTHERS=3 -DROUNDS=3
for weak in 1 2 3 4 5 6; do
    expect fails $weak -DOTHERS=2 -DROUNDS=2
done
ended
