#!/bin/sh
# Takes the examples out of docs/edl.md: an EDL file for each, one that imports them all, their
# enclave functions in enclave.c, their host functions and a main that runs each in host.c.
#     examples.sh DOCUMENT FOLDER
# A block begins with ```edl NAME, or ```c NAME enclave|host|header.
set -eu
document=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder"
awk -v folder="$folder" '
/^```/ {
    if (file != "") { file = ""; next }
    if ($1 == "```edl" && NF == 2) { names[++count] = $2; file = folder "/" $2 ".edl" }
    else if ($1 == "```c" && $3 == "header") file = folder "/" $2 "_types.h"
    else if ($1 == "```c" && NF == 3) { file = folder "/" $3 ".c"; parts[$2 " " $3] = 1 }
    else file = "/dev/null"
    if ($1 == "```c" && NF == 3) printf "#line %d \"docs/edl.md\"\n", NR + 1 >file
    next
}
file != "" { print >file }
END {
    if (count < 10) { print "only " count " examples" >"/dev/stderr"; exit 1 }
    root = folder "/examples.edl"
    print "enclave {" >root
    for (i = 1; i <= count; i++) {
        print "    from \"" names[i] ".edl\" import *;" >root
        if (!((names[i] " host") in parts) || !((names[i] " enclave") in parts)) {
            print "the example " names[i] " lacks a side" >"/dev/stderr"
            exit 1
        }
        tests = tests "    {\"" names[i] "\", " names[i] "_example},\n"
    }
    print "};" >root
    print "static const struct example EXAMPLES[] = {\n" tests "};" >(folder "/table.inc")
}' "$document"
