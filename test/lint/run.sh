#!/bin/sh
# Runs every check of this folder from the top of the tree; says what each found.
cd "$(dirname "$0")/../.." || exit 1
failed=0
for check in test/lint/*.sh; do
    name=$(basename "$check" .sh)
    [ "$name" != run ] || continue
    if found=$(sh "$check" 2>&1); then result=ok; else result=FAILED failed=$((failed + 1)); fi
    printf '  %-12s %s\n' "$name" "$result"
    [ -z "$found" ] || echo "$found" | sed -n 's/^/      /;1,40p;41s/.*/      (and more: sh test\/lint\/NAME.sh)/p'
done
[ "$failed" -eq 0 ] || { echo "lint: $failed failed"; exit 1; }
