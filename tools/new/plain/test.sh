#!/bin/sh
# Tests what was built.   test.sh FOLDER
set -eu
built=$1
[ "$("$built/@NAME@_host" "$built/@NAME@.signed.so" world)" = "hello, world, from the enclave" ]
# What does not fit is refused, not cut.
long=$(printf '%0200d' 0)
if "$built/@NAME@_host" "$built/@NAME@.signed.so" "$long" 2>/dev/null; then exit 1; fi
echo "2 passed"
