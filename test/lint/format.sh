#!/bin/sh
# Every C file is as clang-format makes it. Releases of it differ, so the one that counts is named.
wanted=14
status=0
sources() { find . \( -name out -o -name 'out-*' -o -name .git \) -prune -o -name '*.[ch]' -exec "$@" {} +; }

long=$(sources grep -nE '^.{101,}' | cut -d: -f1,2)
[ -z "$long" ] || { echo "$long" | sed 's/$/: longer than 100 columns/'; status=1; }
if ! clang-format --version 2>/dev/null | grep -q "version $wanted\."; then
    echo "skipped: no clang-format $wanted"
    exit $status
fi
bad=$(sources clang-format --dry-run -Werror 2>&1 |
    sed -n 's/^\([^ :]*\):\([0-9]*\):.*error.*/\1: make format would change it/p' | sort -u)
[ -z "$bad" ] || { echo "$bad"; status=1; }
exit $status
