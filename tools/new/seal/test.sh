#!/bin/sh
# Tests what was built.   test.sh FOLDER
set -eu
built=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$built/@NAME@_host" "$built/@NAME@.signed.so" "$work/sealed" "a secret"
[ "$("$built/@NAME@_host" "$built/@NAME@.signed.so" "$work/sealed")" = "a secret" ]
# The file does not show it, and a changed file is refused.
if grep -q secret "$work/sealed"; then exit 1; fi
last=$(tail -c 1 "$work/sealed" | od -A n -t u1 | tr -d ' ')
[ "$last" = 88 ] && other=Y || other=X
printf "$other" | dd of="$work/sealed" bs=1 seek=$(($(wc -c <"$work/sealed") - 1)) conv=notrunc 2>/dev/null
if "$built/@NAME@_host" "$built/@NAME@.signed.so" "$work/sealed" 2>/dev/null; then exit 1; fi
echo "3 passed"
