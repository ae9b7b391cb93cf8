#!/bin/sh
# Tests what was built.   test.sh FOLDER
set -eu
built=$1
[ "$("$built/@NAME@_host" "$built/@NAME@.signed.so" 0)" = "1 + ... + 0 = 0" ]
[ "$("$built/@NAME@_host" "$built/@NAME@.signed.so" 2000)" = "1 + ... + 2000 = 2001000" ]
echo "2 passed"
