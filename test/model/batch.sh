#!/bin/sh
# A task that carries many calls, and whose it is while its enclave may be destroyed (spin.sh).
# shellcheck source=test/model/spin.sh
. "$(dirname "$0")/spin.sh"

expect holds 0 -DOWNERS=1 -DROUNDS=2
expect holds 0 -DOWNERS=1 -DROUNDS=2 -DSPOILT=1
expect holds 0 -DOWNERS=1 -DROUNDS=1 -DSPOILT=1 -DHOSTILE=1
if [ -n "${SECGEAR_STRESS:-}" ]; then
    expect holds 0 -DOWNERS=2 -DROUNDS=1
    expect holds 0 -DOWNERS=2 -DROUNDS=2
    expect holds 0 -DOWNERS=2 -DROUNDS=1 -DSPOILT=1 -DHOSTILE=1
fi
for weak in 1 2 3 4 5 8 9 10; do
    expect fails $weak -DOWNERS=1 -DROUNDS=2
done
expect fails 6 -DOWNERS=1 -DROUNDS=2 -DSPOILT=1
expect fails 7 -DOWNERS=1 -DROUNDS=1 -DSPOILT=1 -DHOSTILE=1
ended
