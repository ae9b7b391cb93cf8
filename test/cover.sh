#!/bin/sh
# Lines and branches that ran, for each folder of product code, from gcov's annotated sources; an
# object that is built twice (enclave side, in one process) counts once.
#     cover.sh OUT FLOOR        ends 1 when fewer lines than FLOOR percent ran
set -u
out=$1 floor=$2
top=$(pwd)
gcov=${GCOV:-gcov}
find "$out" -name '*.gcda' -not -path '*/test/*' | while read -r data; do
    "$gcov" -t -b -c -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -F: -v top="$top/" -v floor="$floor" '
    /^ *-: *0:Source:/ { file = $4; sub(top, "", file); wanted = file ~ /^(common|lib|tee_device|attestation|codegen|tools)/ ; next }
    !wanted { next }
    /^branch/ { split($0, b, " "); key = file ":" line " " b[2]; branch[key] = file; if (b[3] == "taken" && b[4] > 0) taken[key] = 1; next }
    $2 ~ /^ *[0-9]+$/ && $1 !~ /^ *-$/ { line = $2; key = file ":" line; lines[key] = file; if ($1 ~ /[0-9]/) ran[key] = 1 }
    function folder(name) { sub(/\/[^\/]*$/, "", name); return name }
    END {
        for (k in lines) { f = folder(lines[k]); total[f]++; all++; if (k in ran) { good[f]++; alldone++ } }
        for (k in branch) { f = folder(branch[k]); btotal[f]++; ball++; if (k in taken) { bgood[f]++; bdone++ } }
        printf "%-28s %7s %7s %9s %7s\n", "folder", "lines", "ran", "branches", "taken"
        for (f in total)
            printf "%-28s %7d %6.1f%% %9d %6.1f%%\n", f, total[f], 100 * good[f] / total[f], btotal[f], btotal[f] ? 100 * bgood[f] / btotal[f] : 100 | "sort"
        close("sort")
        if (!all) { print "no data: run make cover"; exit 1 }
        printf "%-28s %7d %6.1f%% %9d %6.1f%%\n", "all", all, 100 * alldone / all, ball, 100 * bdone / ball
        if (100 * alldone / all < floor) { print "below the floor of " floor "%"; exit 1 }
    }'
status=$?
for folder in tee_device/device tee_device/zygote codegen; do
    [ -n "$(find "$out/$folder" -name '*.gcda' 2>/dev/null)" ] || echo "no record: $folder"
done
exit $status
