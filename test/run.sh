#!/bin/sh
# Runs every test program in the given folders and adds up their RESULT lines; quiet unless one fails.
# Last line: N passed, N failed, N skipped.
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
for dir; do
    for program in "$dir"/*; do
        [ -x "$program" ] && [ -f "$program" ] || continue
        if TSAN_OPTIONS="atexit_sleep_ms=0 ${TSAN_OPTIONS:-}" "$program" >"$log" 2>&1; then status=0; else status=$?; fi
        result=$(grep -a '^RESULT ' "$log" | tail -n 1)
        grep -a '^skipped: ' "$log" | sed "s|^|  $(basename "$program"): |"
        if [ -z "$result" ]; then
            failed=$((failed + 1))
            tail -n 40 "$log"
            echo "  FAILED $program: no result, exit $status"
            continue
        fi
        # shellcheck disable=SC2086
        set -- $result "$@"
        passed=$((passed + $2)) f=$4 skipped=$((skipped + $6))
        shift 7
        [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
        failed=$((failed + f))
        printf '  %-40s %s\n' "${program#*/}" "${result#RESULT }"
        [ "$status" -eq 0 ] && continue
        grep -avE '^RESULT ' "$log" | tail -n 60
        { grep -aE ':[EF]:|^SUMMARY: ' "$log" || echo "exit $status"; } | tail -n 8 | sed "s|^|  FAILED $(basename "$program"): |"
    done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
