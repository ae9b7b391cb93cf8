#!/bin/sh
# Everything that check runs, then what failed once more (a log may be read from its end only), then
# one line that adds it all up.
#     check.sh FOLDER... -- STAGE INTEGRATION_FOLDER SAMPLES
set -u
here=$(dirname "$0")
folders=
while [ "$1" != -- ]; do
    folders="$folders $1"
    shift
done
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
{ sh "$here/run.sh" $folders; sh "$here/as_user.sh" "$2" "$3" "$4"; sh "$here/as_root.sh" "$2" "$3"; } 2>&1 | tee "$log" |
    grep --line-buffered -v '^[0-9]* passed, '
grep -a '^  FAILED ' "$log"
awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5; runs++ }
     END { if (runs != 3) f++; printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$log"
