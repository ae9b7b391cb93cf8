#!/bin/sh
# Defects of earlier EDL compilers (list 8.3 of the SDK's description) that show when codegen or the
# C compiler runs; those that show at run time are in test/unit/test_sdk_8_3.c. For each defence
# test/undo/ has a patch that removes it.     sdk_8_3.sh CODEGEN FOLDER [NAME]
set -u
program=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
include=$(realpath "$here/../../../include")
only=${3:-}
cd "$2" || exit 1
passed=0 failed=0

sdk="-I$include -I$here -I."
strict='-Wall -Wextra -Werror'

# gen FILE: both sides in --secgear mode; what it said is in said.txt.
gen() { "$program" --secgear --search-path "$include" "$1" >said.txt 2>&1; }
# refused FILE TEXT: not accepted, and for that reason.
refused() { if gen "$1"; then echo "$1 was accepted"; return 1; else grep -qF -e "$2" said.txt; fi; }
# compiled NAME FLAGS...: both sources, quietly.
compiled() {
    name=$1
    shift
    for side in u t; do # shellcheck disable=SC2086
        ${CC:-cc} $sdk $strict "$@" -c -o "${name}_$side.o" "${name}_$side.c" || return 1
    done
}

sdk_8_3_07_any_form_of_deep_copy_compiles() {
    cat >deep.edl <<'EDL'
enclave {
    struct one { [size=16] void *p; int n; };
    struct two { [size=n, count=4] uint8_t *p; int n; struct one *loose; };
    trusted {
        public void f([in, count=2] struct one *a, [in, out, count=k] struct one *b, int k);
        public void g([in] struct one *a, [in, out] struct two *b, [in] struct two c[2]);
    };
    untrusted { void o([in, out] struct one *a, [in] struct two *b); };
};
EDL
    gen deep.edl && compiled deep -O1
}

sdk_8_3_10_switchless_calls_carry_values_of_any_size() {
    cat >wide.edl <<'EDL'
enclave {
    struct big { uint64_t a[3]; };
    trusted { public struct big f(struct big b, [in] int a[5], long double x) transition_using_threads; };
};
EDL
    cat >wide.c <<'CODE'
#include "wide_u.h"
static cc_enclave_result_t taken(cc_enclave_t *e, void *r, sl_ecall_func_info_t *i)
{
    const cc_sl_arg_t *list = ((const cc_sl_args_t *)i->args)->list;
    (void)e;
    memcpy(r, list[0].data, i->retval_size);
    return i->argc == 3 && i->retval_size == 24 && list[0].size == 24 && list[1].size == 20 &&
        list[2].size == sizeof(long double) ? CC_SUCCESS : CC_ERROR_GENERIC;
}
cc_enclave_result_t cc_enclave_call_function(cc_enclave_t *e, uint32_t i, const void *a, size_t b,
    void *c, size_t d, void *m, const void *t)
{
    (void)e; (void)i; (void)a; (void)b; (void)c; (void)d; (void)m; (void)t;
    return CC_ERROR_GENERIC;
}
int main(void)
{
    static struct cc_enclave_ops ops;
    static struct cc_enclave_ops_desc desc = {.ops = &ops};
    static struct list_ops_desc node = {.ops_desc = &desc};
    cc_enclave_t e = {.used_flag = true, .list_ops_node = &node};
    struct big b = {{1, 2, 3}}, r = {{0, 0, 0}};
    int a[5] = {0};
    ops.cc_sl_ecall_enclave = taken;
    return f(&e, &r, b, a, 1.0L) == CC_SUCCESS && r.a[2] == 3 ? 0 : 1;
}
CODE
    gen wide.edl && compiled wide -O1 || return 1
    # shellcheck disable=SC2086
    ${CC:-cc} $sdk -o wide wide.c wide_u.o && ./wide
}

sdk_8_3_14_two_files_fit_one_program() {
    for n in 1 2; do
        cat >both$n.edl <<EDL
enclave {
    struct shared { int a; };
    enum common { FIRST, SECOND };
    trusted { public int e$n(struct shared s, enum common c); };
    untrusted { int o$n(int a); };
};
EDL
        gen both$n.edl && compiled both$n -O1 || return 1
    done
    cat >both.c <<'CODE'
#include "both1_u.h"
#include "both2_u.h"
int o1(int a) { return a; }
int o2(int a) { return a; }
cc_enclave_result_t cc_enclave_call_function(cc_enclave_t *e, uint32_t i, const void *a, size_t b,
    void *c, size_t d, void *m, const void *t)
{
    (void)e; (void)i; (void)a; (void)b; (void)c; (void)d; (void)m;
    return ((const ocall_enclave_table_t *)t)->num == 1 ? CC_ERROR_GENERIC : CC_SUCCESS;
}
int main(void)
{
    struct shared s = {1};
    int r;
    return e1(NULL, &r, s, FIRST) == CC_ERROR_GENERIC && e2(NULL, &r, s, SECOND) == CC_ERROR_GENERIC ? 0 : 1;
}
CODE
    # shellcheck disable=SC2086
    ${CC:-cc} $sdk $strict -o both both.c both1_u.o both2_u.o && ./both
}

sdk_8_3_15_no_name_of_a_parameter_collides() {
    names='int ret, int in_buf, int out_buf, int in_buf_size, int out_buf_size, int ms, int args_size,
        int retval, int result, int task_id, int i, int e, int in, int out, int size'
    printf 'enclave { trusted { public int f(%s, [in, out, count=size] int *buffer); }; untrusted { int o(%s, [in, out, string] char *s) propagate_errno; }; };\n' \
        "$names" "$names" >names.edl
    printf 'enclave { trusted { public int f(int cc_e_a); }; };\n' >names2.edl
    gen names.edl && compiled names -O1 && refused names2.edl 'is reserved'
}

sdk_8_3_16_includes_amounts_and_foreign_types_are_honoured() {
    cat >incl.edl <<'EDL'
enclave {
    include "plain_types.h"
    trusted {
        include "ctype.h"
        public int f([in, isptr, size=4] int_ptr p, [in, out, isary] four a,
                     [in, isptr, readonly] const_int_ptr c);
    };
    untrusted {
        include "time.h"
        int o([in, out, isary] four a, [in, isptr, count=2] int_ptr p);
    };
};
EDL
    printf 'enclave { trusted { public int f([in, size=zz] void *p); }; };\n' >incl2.edl
    gen incl.edl && compiled incl -O1 && grep -q '#include "ctype.h"' incl_t.h &&
        grep -q '#include "time.h"' incl_u.h && refused incl2.edl "parameter \`zz' not found."
}

sdk_8_3_18_what_is_generated_is_iso_c() {
    printf 'enclave { trusted { public void f(); }; };\n' >iso1.edl
    printf 'enclave { trusted { public int f([in, out, size=n] void *p, int n); void g(); }; untrusted { void o() allow(g); }; };\n' >iso2.edl
    for n in 1 2; do
        for standard in c99 c11; do
            gen iso$n.edl && compiled iso$n -std=$standard -D_GNU_SOURCE -pedantic-errors -isystem "$include" || return 1
        done
    done
    "$program" --sgx iso1.edl | grep -q Success && return 1
    return 0
}

sdk_8_3_19_the_preprocessor_sees_no_shell() {
    # shellcheck disable=SC2016
    for name in 'a;touch pwned;.edl' '$(touch pwned).edl' '`touch pwned`.edl' "it's.edl" 'a b.edl'; do
        printf '#define WIDE 8\nenclave { trusted { public void f([out, size=WIDE] char *p); }; };\n' >"$name"
        gen "$name" || return 1
        [ ! -e pwned ] || { echo "$name ran"; return 1; }
    done
    printf '#define ONE\n#define TWO\n\nenclave {\n    trusted {\n        public int f(int *p);\n    };\n};\n' >place.edl
    refused place.edl 'place.edl:6:27: error:' || return 1
    printf '#include "nowhere.h"\nenclave { trusted { public void f(); }; };\n' >nowhere.edl
    refused nowhere.edl 'nowhere.h'
}

sdk_8_3_20_using_threads_on_an_ocall_is_not_ignored_silently() {
    printf 'enclave { trusted { public void f(); }; untrusted { void o([in, size=4] char *p) transition_using_threads; void n(int a) transition_using_threads; }; };\n' >slow.edl
    gen slow.edl && grep -qF 'cc_ocall_enclave_switchless(0, ' slow_t.c &&
        grep -qF 'cc_ocall_values_switchless(&' slow_t.c && compiled slow -O1
}

for test in $(sed -n 's/^\(sdk_8_3_[0-9][0-9_a-z]*\)() {$/\1/p' "$here/sdk_8_3.sh"); do
    case $test in "$only"*) ;; *) continue ;; esac
    rm -rf work && mkdir work && cd work || exit 1
    if (set +e; $test) >../log.txt 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $test"
        cat ../log.txt said.txt 2>/dev/null | head -n 30
    fi
    cd ..
done
rm -rf work log.txt
echo "RESULT $passed passed $failed failed 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
