#!/bin/sh
# Tests what was built.   test.sh FOLDER
set -eu
here=$(dirname "$0")
built=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/run.sh" "$built" one two >"$work/answers"
printf 'kept; before it: (none)\nkept; before it: one\n' | diff - "$work/answers"
# A client whose policy names no enclave sends nothing.
echo '{"schema": 1}' >"$work/policy.json"
status=0
POLICY=$work/policy.json sh "$here/run.sh" "$built" one >"$work/answers" 2>/dev/null || status=$?
[ $status -eq 3 ]
[ ! -s "$work/answers" ]
echo "2 passed"
