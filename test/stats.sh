#!/bin/sh
# How long functions and files are, for each folder, against the targets of CONTRIBUTING.md: function
# median 15 lines, p90 40, none above 80; file 600. A function is what stands between { and } in the
# first column.
cd "$(dirname "$0")/.." || exit 1
find include common lib* tee_device attestation codegen tools test samples bench -name '*.[ch]' | sort |
    xargs awk '
    FNR == 1 { folder = FILENAME; sub(/\/[^\/]*$/, "", folder) }
    { lines[FILENAME] = FNR; where[FILENAME] = folder }
    /^[a-z_A-Z].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /^\{/ { start = FNR }
    /^\}/ && start { print "f", folder, FNR - start - 1, FILENAME ":" start, name; start = 0 }
    END { for (f in lines) print "l", where[f], lines[f], f }' | sort -k1,2 -k3n | awk '
    function flush(    median, p90) {
        if (n) {
            median = sorted[int((n + 1) / 2)]; p90 = sorted[int(n * 0.9 + 0.999)]
            printf "%-28s %9d %7d %6d %6d %8d%s\n", folder, n, median, p90, sorted[n], longest[folder],
                (median > 15 || p90 > 40 || sorted[n] > 80 || longest[folder] > 600 ? "  <--" : "")
        }
        n = 0
    }
    BEGIN { printf "%-28s %9s %7s %6s %6s %8s\n", "folder", "functions", "median", "p90", "max", "file max" }
    $1 == "f" { rows[++count] = $0; next }
    $1 == "l" { if ($3 > longest[$2]) longest[$2] = $3 }
    END {
        for (i = 1; i <= count; i++) {
            split(rows[i], r, " ")
            if (r[2] != folder) { flush(); folder = r[2] }
            sorted[++n] = r[3]
            if (r[3] > 80) over = over "\n  " r[4] " " r[5] ": " r[3] " lines"
        }
        flush()
        if (over) print "functions above 80 lines:" over
    }'
