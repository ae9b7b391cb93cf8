#!/bin/sh
# Each test that docs/threat-model.md names is there: a test function, a fuzz target, or a file.
status=0
for name in $(grep '^| [AT]-' docs/threat-model.md | awk -F'|' '{ print $6 }' | grep -oE '`[^`]*`' | tr -d '`' | sort -u); do
    [ "$name" != make ] && [ "$name" != abi ] || continue
    if [ -e "$name" ] || [ -e "test/fuzz/$name.c" ]; then continue; fi
    grep -rqE --include='*.c' "START_TEST\($name\)" test || { echo "docs/threat-model.md: no test $name"; status=1; }
done
exit $status
