#!/bin/sh
# How many instructions more the code of an ecall has than in a build that can not be traced: all of
# both runtimes, but for functions that only traced calls enter, those of ocalls, and what only fills up
# to where a function or a loop begins.
#     instructions.sh FOLDER_OF_UNTRACED_LIBRARIES    (LD_LIBRARY_PATH names ours)
set -eu
count() { # FOLDER
    for library in libsecgear_urts libsecgear_trts; do
        objdump -d --no-show-raw-insn "$1/$library.so.1"
    done | awk '/^[0-9a-f]+ </ { on = $2 !~ /trace|timed|ocall|handler|\.cold/ } on && /^ +[0-9a-f]+:/ && !/[ \t](nop|data16|xchg +%ax,%ax)/ { n++ } END { print n }'
}
ours=$(count "${LD_LIBRARY_PATH%%:*}")
floor=$(count "$1")
echo $((ours - floor))
