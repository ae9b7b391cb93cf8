#!/bin/sh
# Every shell script is linted, what people read is spell-checked; each when the tool is there.
status=0
if command -v shellcheck >/dev/null 2>&1; then
    find . \( -name out -o -name 'out-*' -o -name .git \) -prune -o -name '*.sh' \
        -exec shellcheck -s sh -S warning {} + || status=1
    shellcheck -s sh -S warning .ci/run || status=1
else
    echo "skipped: no shellcheck"
fi
if command -v codespell >/dev/null 2>&1; then
    codespell -q 3 README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs include || status=1
else
    echo "skipped: no codespell"
fi
exit $status
