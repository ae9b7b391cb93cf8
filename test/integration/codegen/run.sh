#!/bin/sh
# codegen's command line (exit codes, messages, files) and its output under the compilers and flags
# that applications use. Arguments: the program, a folder to work in. Last line: RESULT.
#
#   *.edl ── codegen, 4 modes ──▸ _u.c _t.c _u.h _t.h _args.h ── gcc, clang, g++ ──▸ no warning
set -u
program=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
include=$(realpath "$here/../../../include")
cd "$2" || exit 1
rm -rf work && mkdir work && cd work || exit 1
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "failed: $*"; }

# expect CODE PATTERN ARGUMENTS...: the exit code, and a fixed text somewhere in the output.
expect() {
    code=$1 pattern=$2
    shift 2
    "$program" "$@" >out.txt 2>&1
    got=$?
    if [ "$got" -eq "$code" ] && grep -qF -e "$pattern" out.txt &&
        head -n 1 out.txt | grep -qF 'Generate code for secGear SDK.'; then ok; else
        bad "codegen $*: exit $got, expected $code and: $pattern"
        cat out.txt
    fi
}

# files NAME...: exactly these are here; then they are removed.
files() {
    found=$(find . -type f -name '*.[ch]' -o -name '*.??????' -type f | grep -v out.txt | sort | tr '\n' ' ')
    wanted=
    [ $# -eq 0 ] || wanted=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
    [ "$found" = "$wanted" ] && ok || bad "files are $found, expected $wanted"
    find . -name '*.[ch]' -type f -exec rm -f {} +
}

cp "$here"/*.edl "$here"/*_types.h .
printf 'enclave { trusted { public int f(int a); }; };' >small.edl
printf 'enclave { trusted { public int f(int *a); }; };' >wrong.edl
printf 'enclave { trusted { public int g(); void h(); }; untrusted { void o() allow(g); [cdecl] void p(); }; };' >rich.edl
printf 'enclave { };' >empty.edl
cp small.edl 9-odd.name.edl
mkdir -p lib1 lib2
printf 'enclave { trusted { public int from_one(); }; };' >lib1/lib.edl
printf 'enclave { trusted { public int from_two(); }; };' >lib2/lib.edl
printf 'enclave { from "lib.edl" import *; };' >import.edl
rm -f ./*_types.h

expect 1 'usage: codegen'
expect 1 'usage: codegen' --help
expect 1 'Error:One mode must be used in conmmand.' small.edl
expect 1 'Error:Only one mode use in conmmand.' --sgx --trustzone small.edl
expect 1 'needs a value' --sgx small.edl --search-path
expect 255 'error: File not found within search paths or search paths is permission denied: --bogus' --sgx --bogus
expect 255 'wrong.edl:1:39: error: pointer/array should have direction attribute' --secgear wrong.edl
files
expect 255 "error: the enclave \`empty' contains no public root ECALL." --secgear empty.edl
expect 255 'wrong.edl:1:39' --secgear small.edl wrong.edl # all or nothing
files
expect 0 'Success. ' --trustzone small.edl
files ./small_args.h ./small_t.c ./small_t.h ./small_u.c ./small_u.h
expect 0 'Success. ' small.edl --PENGLAI
files ./small_args.h ./small_t.c ./small_t.h ./small_u.c ./small_u.h
expect 0 '' --SGX small.edl
grep -q Success out.txt && bad 'sgx prints Success' || ok
files ./small_t.c ./small_t.h ./small_u.c ./small_u.h
expect 0 '' --secgear --untrusted small.edl
files ./small_args.h ./small_u.c ./small_u.h
expect 0 '' --secgear --trusted small.edl
files ./small_args.h ./small_t.c ./small_t.h
expect 0 '' --secgear --trusted --untrusted --header-only empty.edl
files ./empty_args.h ./empty_t.h ./empty_u.h
expect 0 '' --sgx --untrusted-dir a/b/c --trusted-dir t small.edl
files ./a/b/c/small_u.c ./a/b/c/small_u.h ./t/small_t.c ./t/small_t.h
expect 0 '' --secgear --untrusted-dir a --trusted-dir t small.edl
files ./a/small_args.h ./a/small_u.c ./a/small_u.h ./t/small_args.h ./t/small_t.c ./t/small_t.h
: >plainfile
expect 1 'can not be written' --secgear --untrusted-dir plainfile/x small.edl
files
expect 255 'Trustzone mode is not support --use_perfix option' --trustzone --use-prefix small.edl
expect 0 '' --sgx --use-prefix small.edl
grep -q 'cc_enclave_result_t small_f(cc_enclave_t \*enclave, int\* retval, int a);' small_u.h && ok || bad prefix
files ./small_t.c ./small_t.h ./small_u.c ./small_u.h
# Only looking: nothing is written.
expect 0 '' --check --secgear small.edl
expect 0 '' --Check --trustzone small.edl
expect 255 'wrong.edl:1:39' --secgear --check wrong.edl small.edl
files
expect 1 'needs a value' --sgx small.edl --depfile

# What was read, as make and ninja take it.
printf '#define N 4\n' >'a part.h'
printf '#include "a part.h"\nenclave { from "lib.edl" import *; trusted { public int g([in] int a[N]); }; };' >deps.edl
expect 0 '' --secgear --untrusted --untrusted-dir gen deps.edl --search-path lib1 --depfile gen/deps.d
grep -qxF 'gen/deps_args.h gen/deps_u.h gen/deps_u.c: \' gen/deps.d && ok || bad 'targets of the depfile'
for part in 'deps.edl' 'lib1/lib.edl' 'a\ part.h'; do
    grep -qF -e "  $part" gen/deps.d && grep -qxF -e "$part:" gen/deps.d && ok || bad "depfile lacks $part"
done
printf 'all: gen/deps_u.c\ngen/deps_u.c:\n\t@echo made >again\ninclude gen/deps.d\n' >deps.mk
touch -d '2001-01-01' gen/deps_u.c
make -s -f deps.mk >make.txt 2>&1 && [ -f again ] && ok || { bad 'make does not read the depfile'; cat make.txt; }
rm -rf gen again deps.mk make.txt
expect 0 '' --secgear --untrusted --untrusted-dir gen deps.edl --search-path ./:lib1 --depfile gen/deps.d
grep -qxF 'deps.edl:' gen/deps.d && ok || bad 'a folder named ./ in the depfile'
rm -rf gen
expect 255 'wrong.edl:1:39' --secgear --depfile none.d wrong.edl
[ ! -e none.d ] && ok || bad 'a depfile of a failed run'
rm -f 'a part.h'

# What would be the same stays as it is, so that nobody builds from it again; what is older than its EDL file
# does not, so that make does not ask for it again. Both sides' runs write small_args.h.
state() { stat -c '%n %i %y' gen/*; }
expect 0 '' --secgear --untrusted-dir gen --trusted-dir gen --untrusted small.edl --depfile gen/u.d
state >before
expect 0 '' --secgear --untrusted-dir gen --trusted-dir gen --untrusted small.edl --depfile gen/u.d
state >after
cmp -s before after && ok || { bad 'the same is written again'; diff before after; }
expect 0 '' --secgear --trusted-dir gen --trusted small.edl --depfile gen/t.d
state | grep -v 'gen/small_t\|gen/t.d' >after
cmp -s before after && ok || { bad 'the other side writes the same again'; diff before after; }
grep -q '^gen/small_args.h gen/small_t.h gen/small_t.c: ' gen/t.d && ok || bad 'targets that stayed are in the depfile'
echo x >>gen/small_u.h
expect 0 '' --secgear --untrusted-dir gen --untrusted small.edl
state | grep -v 'small_u.h\|gen/small_t\|gen/t.d' >after
grep -v small_u.h before | cmp -s - after && ok || { bad 'one changed, and others are written again'; diff before after; }
grep -qx x gen/small_u.h && bad 'what was changed stays' || ok
touch -d '2035-01-01' small.edl
expect 0 '' --secgear --untrusted-dir gen --untrusted small.edl
[ "$(stat -c %i gen/small_u.c)" != "$(sed -n 's/^gen.small_u.c \([0-9]*\) .*/\1/p' before)" ] && ok || bad 'older than its EDL file, and stays'
touch small.edl
rm gen/small_u.c && mkdir gen/small_u.c
expect 1 'gen/small_u.c can not be written' --secgear --untrusted-dir gen --untrusted small.edl
[ "$(find gen -name '*.??????' | wc -l)" -eq 0 ] && ok || bad 'a temporary file is left'
rm -rf gen before after

have_python=0
command -v python3 >/dev/null && have_python=1
[ "$have_python" -eq 1 ] || { skipped=$((skipped + 1)); echo 'skipped: python3 is not installed'; }

# The model: JSON alone on stdout, whatever the file is called or warns about.
cp rich.edl "$(printf 'od\303\244 "q\377\".edl')"
for file in rich.edl od*.edl; do
    [ $have_python -eq 1 ] || continue
    for mode in sgx secgear; do
        if "$program" --$mode --dump-json "$file" >model.json 2>model.txt &&
            python3 -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
assert d["version"] == 1 and d["mode"] == sys.argv[2]
f = d["files"][0]
assert [e["name"] for e in f["ecalls"]] == ["g", "h"] and not f["ecalls"][1]["public"]
assert f["ocalls"][0]["allow"] == ["g"] and f["ocalls"][1]["convention"] == "cdecl"' model.json $mode; then ok; else
            bad "model of $file"
            cat model.json model.txt
        fi
    done
done
rm -f od*.edl
files

expect 255 "error: h :Trustzone mode is not support 'private' feature" --trustzone rich.edl
expect 255 'WARNING: o: Reentrant ocalls are not supported by Open Enclave. Allow list ignored.' --trustzone rich.edl
expect 255 'WARNING: o: Reentrant ocalls are not supported by Penglai. Allow list ignored.' --penglai rich.edl
expect 255 'WARNING: p: Trustzone mode is not support Calling convention CDECL for ocalls' --trustzone rich.edl
expect 0 "warning: private ECALL \`h' is not used by any OCALL" --sgx rich.edl
grep -q 'void SGX_CDECL p(void);' rich_u.h && ok || bad 'calling convention'
files ./rich_t.c ./rich_t.h ./rich_u.c ./rich_u.h
expect 255 'lib.edl' --secgear import.edl
expect 0 '' --secgear import.edl --search-path lib1:lib2
grep -q from_one import_u.h && ok || bad 'search order within an option'
expect 0 '' --secgear import.edl --search-path lib1 --search-path lib2
grep -q from_two import_u.h && ok || bad 'search order of options'
files ./import_args.h ./import_t.c ./import_t.h ./import_u.c ./import_u.h
expect 0 'is not a valid C identifier' --trustzone 9-odd.name.edl
grep -q CODEGENER__9_ODD_NAME_ARGS_H 9-odd.name_args.h && ok || bad 'guard of an odd name'
find . -name '*.[ch]' -type f -exec rm -f {} +
if (PATH=/nonexistent "$program" --secgear small.edl) 2>&1 | /bin/grep -q 'preprocessor is not found'; then ok; else bad 'no preprocessor'; fi
find . -name '*.[ch]' -type f -exec rm -f {} +
cp "$here"/*_types.h .

# Prototypes that applications are written against.
expect 0 '' --trustzone --search-path "$include" plain.edl fast.edl
while read -r file line; do
    grep -qxF -e "$line" "$file" && ok || bad "$file lacks: $line"
done <<'LINES'
plain_u.h cc_enclave_result_t get_string(cc_enclave_t *enclave, int* retval, char* buf);
plain_u.h cc_enclave_result_t f(cc_enclave_t *enclave, int* retval, int a[4], const uint8_t* p, size_t n);
plain_u.h cc_enclave_result_t empty(cc_enclave_t *enclave);
plain_u.h int o(char* s, char* d);
plain_u.h void ocall_print(uint64_t value);
plain_t.h int f(int a[4], const uint8_t* p, size_t n);
plain_t.h void empty(void);
plain_t.h void empty_void(void);
plain_t.h cc_enclave_result_t o(int* retval, char* s, char* d);
plain_t.h cc_enclave_result_t ocall_print(uint64_t value);
fast_u.h cc_enclave_result_t get_string_switchless(cc_enclave_t *enclave, int* retval, char* buf);
fast_u.h cc_enclave_result_t get_string_switchless_async(cc_enclave_t *enclave, int *task_id, int* retval, char* buf);
fast_u.h cc_enclave_result_t ecall_empty_switchless(cc_enclave_t *enclave);
fast_u.h cc_enclave_result_t ecall_empty_switchless_async(cc_enclave_t *enclave, int *task_id);
LINES

# What a program may count on after including nothing but the generated header.
cat >host.c <<'CODE'
#include "plain_u.h"
#include "fast_u.h"
int main(void)
{
    char *path = (char *)calloc(1, 8);
    uint32_t most = UINT32_MAX;
    bool yes = true;
    cc_enclave_result_t (*function)(cc_enclave_t *) = empty;
    memcpy(path, "x", strlen("x") + 1);
    path = realpath(path, NULL);
    free(path);
    return function != NULL && most > 0 && yes ? 0 : 1;
}
CODE
cat >enclave.c <<'CODE'
#include "plain_t.h"
int get_string(char *buf)
{
    uint32_t most = UINT32_MAX;
    bool yes = true;
    void *memory = malloc(1);
    free(memory);
    PrintInfo(PRINT_ERROR, "%d", (int)CC_SUCCESS);
    printf("%u\n", most);
    strncpy(buf, "hello", 6);
    return yes ? 0 : 1;
}
CODE

sdk="-I$include -I. -idirafter $here/stub"
host='-std=gnu99 -fPIE -Wall -Wextra -Werror'
enclave='-W -Wall -Werror -Wextra -fno-short-enums -fno-omit-frame-pointer -fstack-protector -Wstack-protector
 --param ssp-buffer-size=4 -frecord-gcc-switches -nodefaultlibs -fno-peephole -fno-peephole2 -Wno-main -fPIC'
strict='-Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wcast-qual'

# compile COMPILER FLAGS... FILE: quietly, or it failed.
compile() {
    if "$@" -c -o object.o 2>compile.txt; then ok; else
        bad "$*"
        head -n 20 compile.txt
    fi
}

have_clang=0
command -v clang >/dev/null && have_clang=1
[ "$have_clang" -eq 1 ] || { skipped=$((skipped + 1)); echo 'skipped: clang is not installed'; }
for name in plain fast boundary; do
    [ $have_python -eq 1 ] || continue
    "$program" --secgear --dump-json --search-path "$include" $name.edl 2>/dev/null | python3 -m json.tool >/dev/null &&
        ok || bad "model of $name.edl"
done
for mode in secgear sgx trustzone penglai; do
    case $mode in
    secgear | sgx) names='plain fast boundary nested quick' ;;
    trustzone) names='plain fast' ;;
    *) names='plain' ;;
    esac
    rm -f ./*_u.[ch] ./*_t.[ch] ./*_args.h
    for name in $names; do
        expect 0 '' --$mode --search-path "$include" $name.edl
        # shellcheck disable=SC2086
        {
            compile gcc $sdk $host ${name}_u.c
            compile gcc $sdk $enclave ${name}_t.c
            compile gcc $sdk -O2 $strict ${name}_u.c
            compile gcc $sdk -O2 $strict ${name}_t.c
            for level in -O1 -Os -O3; do
                [ "$mode" = secgear ] || continue # warnings depend on what the compiler inlines
                compile gcc $sdk $host $level ${name}_u.c
                compile gcc $sdk $enclave $level ${name}_t.c
            done
            [ $have_clang -eq 0 ] || compile clang $sdk -std=c99 -D_GNU_SOURCE -O1 $strict ${name}_u.c
            [ $have_clang -eq 0 ] || compile clang $sdk -std=c11 -D_GNU_SOURCE -O1 $strict ${name}_t.c
            compile g++ $sdk -std=c++17 -Wall -Wextra -Werror -x c++ ${name}_u.c
            compile g++ $sdk -std=c++17 -Wall -Wextra -Werror -x c++ ${name}_t.c
        }
    done
    if [ "$mode" = secgear ] || [ "$mode" = trustzone ]; then # two EDL files in one program
        # shellcheck disable=SC2086
        {
            compile gcc $sdk $host host.c
            compile gcc $sdk $enclave enclave.c
            compile g++ $sdk -std=c++17 -Wall -Wextra -Werror -x c++ host.c
            printf '#include "plain_u.h"\nint o(char *s, char *d) { (void)s; (void)d; return 0; }\nvoid ocall_print(uint64_t v) { (void)v; }\ncc_enclave_result_t cc_enclave_call_function(cc_enclave_t *e, uint32_t i, const void *a, size_t b, void *c, size_t d, void *m, const void *t) { (void)e; (void)i; (void)a; (void)b; (void)c; (void)d; (void)m; (void)t; return CC_ERROR_GENERIC; }\n' >rest.c
            if gcc $sdk $host host.c rest.c plain_u.c fast_u.c -o two 2>compile.txt && ./two; then ok; else
                bad 'two EDL files in one program'
                cat compile.txt
            fi
        }
    fi
done
# A type of the user's headers in size=: an integer, or the compiler says which one is not.
printf 'typedef struct { int a; } len_t;\ntypedef double real_t;\ntypedef void *hand_t;\ntypedef short good_t;\n' >lens_types.h
for type in len_t real_t hand_t good_t; do
    printf 'enclave { include "lens_types.h" struct s { [size=n] char *p; %s n; }; trusted { public int g([in, size=len] int *p, %s len, [in] struct s *s); }; };' $type $type >lens.edl
    expect 0 '' --secgear lens.edl
    for compiler in 'gcc -std=gnu99' 'g++ -std=c++17 -x c++'; do
        for side in u t; do
            # shellcheck disable=SC2086
            if [ $type = good_t ]; then
                compile $compiler $sdk -Wall -Wextra -Werror lens_$side.c
            elif $compiler $sdk -c lens_$side.c -o object.o 2>compile.txt; then
                bad "$compiler: $type as a size"
            elif grep -qF "is a size or count in lens.edl, but its type $type is no integer" compile.txt; then ok; else
                bad "$compiler: the message about $type as a size"
                cat compile.txt
            fi
        done
    done
done
# A type of the user's headers that is const itself: generated code could not fill it in.
printf 'typedef const int fixed_t;\ntypedef volatile long moving_t;\ntypedef int plain_t;\n' >fixed_types.h
for type in fixed_t moving_t plain_t; do
    for function in "void f(%s a)" "%s f()" "void f([out] %s *a)" "void f([in, out, count=2] %s *a)"; do
        # shellcheck disable=SC2059
        call=$(printf "$function" $type)
        printf 'enclave { include "fixed_types.h" trusted { public %s; }; untrusted { %s; }; };' "$call" \
            "$(echo "$call" | sed 's/ f(/ g(/')" >fixed.edl
        expect 0 '' --secgear fixed.edl
        for compiler in 'gcc -std=gnu99' 'g++ -std=c++17 -x c++'; do
            for side in u t; do
                # shellcheck disable=SC2086
                if [ $type = plain_t ]; then
                    compile $compiler $sdk -Wall -Wextra -Werror fixed_$side.c
                elif $compiler $sdk -c fixed_$side.c -o object.o 2>compile.txt; then
                    bad "$compiler: $call"
                elif grep -qF "the type $type of fixed.edl is const or volatile" compile.txt; then ok; else
                    bad "$compiler: the message about $call"
                    cat compile.txt
                fi
            done
        done
    done
done
# Random signatures: whatever is accepted compiles without a warning.
awk -v seed=7 -v count=60 -f "$here/random.awk" >random.edl
for mode in secgear sgx; do
    expect 0 '' --$mode random.edl
    # shellcheck disable=SC2086
    for side in u t; do
        compile gcc $sdk -std=gnu99 -O2 $strict random_$side.c
        [ $have_clang -eq 0 ] || compile clang $sdk -std=gnu99 -O0 $strict random_$side.c
        compile g++ $sdk -std=c++17 -Wall -Wextra -Werror -x c++ random_$side.c
    done
done
nm object.o | grep -q ' [RD] cc_enclave_image' && ok || bad 'the image descriptor is not a global constant'

cd .. && rm -rf work
echo "RESULT $passed passed $failed failed $skipped skipped"
[ "$failed" -eq 0 ]
