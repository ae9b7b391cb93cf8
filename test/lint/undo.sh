#!/bin/sh
# Every patch of test/undo still applies, so that make undo can run at any time.
command -v patch >/dev/null 2>&1 || { echo "skipped: no patch"; exit 0; }
status=0
for patch in test/undo/*.patch; do
    patch -p1 -s -f --dry-run <"$patch" >/dev/null 2>&1 || { echo "$patch: does not apply"; status=1; }
done
exit $status
