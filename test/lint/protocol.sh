#!/bin/sh
# docs/protocol.md lists the device protocol's messages as common/wire has them: type, number of
# numbers; limits and descriptors are compared by hand when a row changes.
awk -F'[=, ]+' '/DEVICE_[A-Z_]+ = [0-9]+,/ && !/SIZE|MAX|VERSION/ { print $3, $2 }' common/wire/device.h |
    while read -r number name; do
        count=$(sed -n "s/.*{$name, \([0-9]*\), .*/\1/p" common/wire/device.c)
        [ -n "$count" ] || continue
        grep -qE "^\| $number ${name#DEVICE_} \|[^|]*\| $count \|" docs/protocol.md ||
            echo "docs/protocol.md: no row \"$number ${name#DEVICE_}\" with $count numbers"
    done | {
    found=$(cat)
    [ -z "$found" ] || { echo "$found"; exit 1; }
}
