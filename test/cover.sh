#!/bin/sh
# Lines and branches that ran, for each folder of product code, from gcov's annotated sources; an
# object that is built twice (enclave side, in one process) counts once.
#     cover.sh OUT FLOOR             ends 1 when fewer lines than FLOOR percent ran
#     cover.sh OUT FLOOR FILE...     of these files, each
set -u
out=$1 floor=$2
shift 2
top=$(pwd)
gcov=${GCOV:-gcov}
find "$out" -name '*.gcda' -not -path '*/test/*' | while read -r data; do
    "$gcov" -t -b -c -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -F: -v top="$top/" -v floor="$floor" -v only="$*" '
    BEGIN { count = split(only, names, " "); for (i = 1; i <= count; i++) named[names[i]] = 1 }
    /^ *-: *0:Source:/ { file = $4; sub(top, "", file); wanted = file ~ /^(common|lib|tee_device|attestation|codegen|tools)/ && (!count || file in named); next }
    !wanted { next }
    /^branch/ { split($0, b, " "); key = file ":" line " " b[2]; branch[key] = file; if (b[3] == "taken" && b[4] > 0) taken[key] = 1; next }
    $2 ~ /^ *[0-9]+$/ && $1 !~ /^ *-$/ { line = $2; key = file ":" line; lines[key] = file; if ($1 ~ /[0-9]/) ran[key] = 1 }
    function folder(name) { if (count) return name; sub(/\/[^\/]*$/, "", name); return name }
    END {
        for (k in lines) { f = folder(lines[k]); total[f]++; all++; if (k in ran) { good[f]++; alldone++ } }
        for (k in branch) { f = folder(branch[k]); btotal[f]++; ball++; if (k in taken) { bgood[f]++; bdone++ } }
        printf "%-34s %7s %7s %9s %7s\n", count ? "file" : "folder", "lines", "ran", "branches", "taken"
        for (f in total)
            printf "%-34s %7d %6.1f%% %9d %6.1f%%\n", f, total[f], 100 * good[f] / total[f], btotal[f], btotal[f] ? 100 * bgood[f] / btotal[f] : 100 | "sort"
        close("sort")
        if (!all) { print "no data: run make cover"; exit 1 }
        printf "%-34s %7d %6.1f%% %9d %6.1f%%\n", "all", all, 100 * alldone / all, ball, 100 * bdone / ball
        for (n in named)
            if (total[n] && 100 * good[n] / total[n] < floor) { print n " is below the floor of " floor "%"; low = 1 }
            else if (!total[n]) { print n ": no record"; low = 1 }
        if (low) exit 1
        if (100 * alldone / all < floor) { print "below the floor of " floor "%"; exit 1 }
    }'
status=$?
[ $# -eq 0 ] || exit $status
for folder in tee_device/device tee_device/zygote codegen; do
    [ -n "$(find "$out/$folder" -name '*.gcda' 2>/dev/null)" ] || echo "no record: $folder"
done
exit $status
