#!/bin/sh
# Files stay short enough to be read: 600 lines. (Functions: make stats.)
find . \( -name out -o -name 'out-*' -o -name .git \) -prune -o \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' \) -exec wc -l {} + |
    awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines, at most 600"; bad = 1 } END { exit bad }'
