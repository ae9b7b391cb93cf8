#!/bin/sh
# Programs in the forms that applications of secGear have: each of them, as it stands, compiles with
# what codegen makes of its EDL in every mode that accepts it, under the flags of secGear's examples,
# by C and C++ compilers, without a warning.     run.sh CODEGEN FOLDER
#
#   NAME.edl ── codegen ──▸ NAME_u.[ch] + NAME_host.{c,cpp}   NAME_t.[ch] + NAME_enclave.c
set -u
program=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
include=$(realpath "$here/../../include")
cd "$2" || exit 1
rm -rf work && mkdir work && cd work || exit 1
passed=0 failed=0 skipped=0
sdk="-I$include -I. -D_GNU_SOURCE"
host='-fPIE -Wall -Wextra -Werror'
enclave='-W -Wall -Werror -Wextra -fno-short-enums -fno-omit-frame-pointer -fstack-protector -Wstack-protector
 --param ssp-buffer-size=4 -frecord-gcc-switches -nodefaultlibs -fno-peephole -fno-peephole2 -Wno-main
 -Wno-error=unused-parameter -Wno-error=unused-but-set-variable -Wno-error=format-truncation= -fPIC'

compile() {
    if "$@" -c -o object.o 2>said.txt && [ ! -s said.txt ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "failed: $*"
        head -n 15 said.txt
    fi
}

# Every header that it includes is there; else it waits for the release that brings it.
is_whole() {
    for header in $(sed -n 's/^#include "\(.*\)"/\1/p' "$@"); do
        case $header in *_u.h | *_t.h) continue ;; esac
        [ -e "$include/$header" ] && continue
        skipped=$((skipped + 1))
        echo "skipped: $(basename "$1"): no $header yet"
        return 1
    done
}

for edl in "$here"/*.edl; do
    name=$(basename "$edl" .edl)
    is_whole "$here/${name}_enclave.c" "$here/${name}"_host.* || continue
    for mode in secgear sgx trustzone penglai; do
        [ "$mode.$name" != penglai.switchless ] || continue # as the reference: not in that mode
        rm -f ./*_u.* ./*_t.* ./*_args.h
        if ! "$program" --$mode "$edl" --search-path "$include" >said.txt 2>&1; then
            failed=$((failed + 1))
            echo "failed: $name in mode $mode"
            cat said.txt
            continue
        fi
        # shellcheck disable=SC2086
        for level in -O0 -O2; do
            for standard in gnu99 c11 gnu11; do
                [ ! -e "$here/${name}_host.c" ] || compile gcc $sdk -std=$standard $level $host "$here/${name}_host.c"
                compile gcc $sdk -std=$standard $level $host "${name}_u.c"
                compile gcc $sdk -std=$standard $level $enclave "${name}_t.c"
                compile gcc $sdk -std=$standard $level $enclave "$here/${name}_enclave.c"
            done
            [ ! -e "$here/${name}_host.cpp" ] || compile g++ $sdk -std=c++17 $level $host "$here/${name}_host.cpp"
            compile g++ $sdk -std=c++17 $level $host -x c++ "${name}_u.c"
            compile g++ $sdk -std=c++17 $level $host -x c++ "${name}_t.c"
        done
    done
done
cd .. && rm -rf work
echo "RESULT $passed passed $failed failed $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
