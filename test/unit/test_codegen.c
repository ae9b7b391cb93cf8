/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What the EDL compiler accepts and refuses, mode by mode, with text and position. Each row is the
 * inside of `trusted { ... };` behind the sections that the row adds itself.
 */
#include "load.h"
#include "parser.h"
#include "rules.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text_file {
    const char *path;
    const char *text;
};

/* Serves files from memory, as if the preprocessor had nothing to do. */
static bool read_text(struct loader *loader, const char *path, struct input *ret_input)
{
    for (const struct text_file *file = loader->read_arg; file->path != NULL; file++) {
        struct source *source;
        char *copy;

        if (strcmp(file->path, path) != 0)
            continue;
        copy = arena_format(&loader->session->arena, "\n%s", file->text);
        source = session_source(loader->session, path);
        source->data = copy + 1;
        source->size = strlen(file->text);
        source->loaded = true;
        *ret_input = (struct input){copy + 1, strlen(file->text), source};
        return true;
    }
    message_error(loader->session, (struct place){0}, "no such file: %s", path);
    return false;
}

/* The merged model of a.edl, checked; messages stay in the session. */
static struct edl *compile(struct session *session, struct loader *loader,
                           const struct text_file *files, enum mode mode)
{
    struct edl *edl;

    memset(loader, 0, sizeof *loader);
    loader->session = session;
    loader->read = read_text;
    loader->read_arg = (void *)(uintptr_t)files;
    edl = edl_load(loader, "a.edl", (struct place){0});
    if (edl != NULL) {
        struct rules rules = {session, edl, mode, false, session->errors > 0};

        rules_check(&rules);
    }
    return edl;
}

static struct loader shared_loader; /* large; one at a time */

static char *messages_of(const char *text, enum mode mode, unsigned *ret_errors)
{
    const struct text_file files[] = {{"a.edl", text}, {NULL, NULL}};
    struct session session = {0};
    char *messages;

    compile(&session, &shared_loader, files, mode);
    messages = strdup(session.messages.data != NULL ? session.messages.data : "");
    if (ret_errors != NULL)
        *ret_errors = session.errors;
    loader_done(&shared_loader);
    session_free(&session);
    return messages;
}

#define ANY ((enum mode)99)
#define PLAIN ((enum mode)98) /* trustzone and penglai */
#define RICH ((enum mode)97)  /* sgx and secgear */

struct row {
    enum mode mode;
    const char *text;    /* of one function, or with @ a whole file's inside */
    const char *message; /* NULL: accepted */
};

static const struct row ROWS[] = {
    /* directions */
    {ANY, "public void f([in] int *p);", NULL},
    {ANY, "public void f([out] int *p);", NULL},
    {ANY, "public void f([in, out] int *p);", NULL},
    {ANY, "public void f(int *p);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f(int a[2]);",
     "pointer/array should have direction attribute or `user_check'"},
    {ANY, "public void f([in, in] int *p);", "duplicated attribute: `in'"},
    {ANY, "public void f([out, in, out] int *p);", "duplicated attribute: `out'"},
    {ANY, "public void f([in, size=1, size=2] int *p);", "duplicated attribute: `size'"},
    {ANY, "public void f([in, count=1, count=2] int *p);", "duplicated attribute: `count'"},
    {ANY, "public void f([foo] int *p);", "unknown attribute: foo"},
    {ANY, "public void f([un] int *p);", "unknown attribute: un - did you mean `in'?"},
    {ANY, "public void f([] int *p);", "no attribute specified."},
    {ANY, "public void f([in] int x);", "unexpected pointer attributes for `int'"},
    {ANY, "public void f([in] my_t x);",
     "`my_t' is considered plain type but decorated with pointer attributes"},
    {ANY, "public void f(void x);", "parameter `x' has `void' type."},
    /* size and count */
    {ANY, "public void f([in, size=n] int *p, size_t n);", NULL},
    {ANY, "public void f([in, size=8, count=n] int *p, my_len_t n);", NULL},
    {ANY, "public void f([size=4] int *p);",
     "size/string attributes must be used with pointer direction"},
    {ANY, "public void f([in, size=zz] int *p);", "parameter `zz' not found."},
    {ANY, "public void f([in, count=zz] int *p);", "parameter `zz' not found."},
    {ANY, "public void f([in, size=q] int *p, [in] int *q);", "which is no integer by value"},
    {ANY, "public void f([in, size=d] int *p, double d);", "which is no integer by value"},
    {ANY, "public void f([in, size=p] int *p);", "which is no integer by value"},
    {ANY, "public void f([in, size=99999999999999999999] int *p);", "`size' is too large"},
    {ANY, "public void f([in, size] int *p);", "`size' needs a value"},
    {ANY, "public void f([in=3] int *p);", "`in' takes no value"},
    {ANY, "public void f([in, size=0x10] int *p);", "unexpected token: 0x10"},
    {ANY, "public void f([in, sizefunc=g] int *p);",
     "The attribute 'sizefunc' is deprecated. Please use 'size' attribute instead."},
    {ANY, "public void f([in] void *p);", "`f': void pointer `p' - buffer size unknown"},
    {ANY, "public void f([in, count=3] void *p);", "`f': void pointer `p' - buffer size unknown"},
    {ANY, "public void f([in, size=3] void *p);", NULL},
    /* text */
    {ANY, "public void f([in, string] char *s);", NULL},
    {ANY, "public void f([in, out, string] char *s);", NULL},
    {ANY, "public void f([in, wstring] wchar_t *s);", NULL},
    {ANY, "public void f([out, string] char *s);",
     "string/wstring should be used with an `in' attribute"},
    {ANY, "public void f([in, string, size=3] char *s);",
     "size attributes are mutual exclusive with (w)string attribute"},
    {ANY, "public void f([in, string, wstring] char *s);",
     "`string' and `wstring' are mutual exclusive"},
    {ANY, "public void f([in, string] int *s);",
     "`f': invalid `string' attribute - `s' is not char pointer."},
    {ANY, "public void f([in, wstring] char *s);",
     "`f': invalid `wstring' attribute - `s' is not wchar_t pointer."},
    {ANY, "public void f([string] char *s);",
     "size/string attributes must be used with pointer direction"},
    /* const */
    {ANY, "public void f([in] const int *p);", NULL},
    {ANY, "public void f([out] const int *p);", "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f([in, out] const int *p);",
     "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f(const int x);", "`const' needs a pointer"},
    /* arrays */
    {ANY, "public void f([in] int a[2][3]);", NULL},
    {ANY, "public void f([in, size=4] int a[2]);",
     "`f': invalid `size' attribute - `a' is explicitly declared array."},
    {ANY, "public void f([in, count=4] int a[2]);",
     "`f': invalid `count' attribute - `a' is explicitly declared array."},
    {ANY, "public void f([in] int a[]);", "Flexible array is not supported."},
    {ANY, "public void f([in] int a[0]);", "Zero-length array is not supported."},
    {ANY, "public void f([in] int *a[2]);",
     "`f': Pointer array not allowed - `a' is a pointer array."},
    {ANY, "public int f[3]();", "f: returning an array is not supported - use pointer instead."},
    /* foreign types */
    {ANY, "public void f([in, isptr] ptr_t p);", NULL},
    {ANY, "public void f([in, isptr, readonly] ptr_t p);", NULL},
    {ANY, "public void f([in, isary] arr_t a);", NULL},
    {ANY, "public void f([in, isptr] int *p);",
     "`isptr', attributes are only for user defined type, not for `int*'."},
    {ANY, "public void f([in, isary, isptr] x_t p);",
     "`isary' cannot be used with `isptr' together"},
    {ANY, "public void f([in, isary, string] x_t p);",
     "`isary' cannot be used with `string/wstring' together"},
    {ANY, "public void f([in, isary, size=3] x_t p);",
     "Pointer size attributes cannot be used with foreign array"},
    {ANY, "public void f([in, readonly] x_t *p);",
     "`readonly' attribute is only used with `isptr' attribute."},
    {ANY, "public void f([out, isptr, readonly] x_t p);",
     "`f': `p' is readonly - cannot be used with `out'"},
    {ANY, "public void f([in, isary] arr_t a[2]);",
     "`f': invalid `isary' attribute - `a' is explicitly declared array."},
    /* names */
    {ANY, "public void f(int a, int a);", "two parameters are called `a'"},
    {ANY, "public void f(int while);", "`while' is reserved"},
    {ANY, "public void f(int cc_e_x);", "`cc_e_x' is reserved"},
    {ANY, "public void f(x_t x_t);", "parameter `x_t' hides the type of that name"},
    {ANY, "public void f(int ret, int in_buf, int out_buf, int ms, int retval, int result);", NULL},
    {ANY, "public void f(); public int f();", "Multiple definition of function \"f\" detected."},
    {ANY, "public void f(signed char x);", "`signed' is reserved"},
    {ANY, "public void memcpy();", "`memcpy' is a function of the C library"},
    {RICH, "public void f() transition_using_threads; public void f_async();",
     "`f' makes a function `f_async', which this file has already"},
    {ANY, "@struct f { int a; }; trusted { public void f(); };",
     "`f' is a type of this file as well"},
    {ANY, "@enum e { f }; trusted { public void f(); };",
     "enumerator `f' is a function or type of this file as well"},
    /* functions */
    {PLAIN, "public void f(); void g();", "mode is not support 'private' feature"},
    {RICH, "public void f(); void g();", "warning: private ECALL `g' is not used by any OCALL"},
    {RICH, "public void f([user_check] void *p);", NULL},
    {MODE_TRUSTZONE, "public void f([user_check] void *p);",
     "error: f :Trustzone mode is not support 'user_check' feature"},
    {MODE_PENGLAI, "public void f([user_check] void *p);",
     "error: f :PengLai mode is not support 'user_check' feature"},
    {ANY, "public void f([in, user_check] void *p);",
     "pointer direction and `user_check' are mutual exclusive"},
    {MODE_PENGLAI, "public void f() transition_using_threads;",
     "error: f :PengLai mode is not support 'switchless' feature"},
    {RICH, "public void f() transition_using_threads;", NULL},
    {MODE_TRUSTZONE, "public void f() transition_using_threads;", NULL},
    {ANY, "void f();", "the enclave `a' contains no public root ECALL."},
    {ANY, "", "the enclave `a' contains no public root ECALL."},
    {MODE_SECGEAR, "public int *f();", "`f' returns a pointer"},
    {MODE_SGX, "public int *f();", "warning: `f' returns a pointer"},
    {MODE_SECGEAR, "public int f([in] char **p);", "is a pointer to pointers"},
    {MODE_SGX, "public int f([in] char **p);", "points to pointers"},
    /* syntax */
    {ANY, "public int f(int)", "unexpected token: ), expected a name"},
    {ANY, "public int f(int a,);", "unexpected token: ), expected a type"},
    {ANY, "public int f(int a) extra;", "unexpected token: extra, expected `;'"},
    {ANY, "private int f();", "a function without `public' is private"},
    {ANY, "public int f(); $", "unexpected token: $"},
    {ANY, "public int f(); /* ", "unterminated comment"},
    {ANY, "include \"a", "unterminated string"},
    /* untrusted functions */
    {ANY, "@trusted { public void f(); }; untrusted { void o([in] int *p) propagate_errno; };",
     NULL},
    {RICH, "@trusted { public void f(); void g(); }; untrusted { void o() allow(g); };", NULL},
    {ANY, "@trusted { public void f(); }; untrusted { void o() allow(zz); };",
     "\"o\" declared to allow unknown function \"zz\"."},
    {ANY, "@trusted { public void f(); }; untrusted { void o() allow(o); };",
     "\"o\" declared to allow unknown function \"o\"."},
    {ANY, "@trusted { public void f(); }; untrusted { [zz] void o(); };",
     "invalid function attribute: zz"},
    {ANY, "@trusted { public void f(); }; untrusted { [stdcall, cdecl] void o(); };",
     "unexpected `cdecl',  conflict with `STDCALL'."},
    {MODE_TRUSTZONE, "@trusted { public void f(); }; untrusted { [dllimport] void o(); };",
     "error: o:Trustzone mode is not support dllimport"},
    {RICH, "@trusted { public void f(); }; untrusted { [dllimport] void o(); };", NULL},
    {ANY, "@trusted { public void f(); }; untrusted { void f(); };",
     "Multiple definition of function \"f\" detected."},
    /* composite types */
    {ANY, "@struct s { int a; }; trusted { public struct s f(struct s s, [in] struct s *p); };",
     NULL},
    {ANY, "@struct s { }; trusted { public void f(); };", "unexpected token: }"},
    {ANY, "@struct s { int a; }; struct s { int a; }; trusted { public void f(); };",
     "duplicated structure definition `s'"},
    {ANY, "@struct s { int a; int a; }; trusted { public void f(); };",
     "two members are called `a'"},
    {ANY, "@struct s { void a; }; trusted { public void f(); };",
     "struct member `a' has `void' type."},
    {ANY, "@union s { void a; }; trusted { public void f(); };",
     "union member `a' has `void' type."},
    {ANY, "@struct s { [in] int *a; }; trusted { public void f(); };",
     "direction attribute is not allowed for structure member."},
    {ANY, "@struct s { [string] char *a; }; trusted { public void f(); };",
     "`string', attribute is not allowed for structure member."},
    {ANY, "@struct s { [isptr] p_t a; }; trusted { public void f(); };",
     "`isptr', attribute is not allowed for structure member."},
    {ANY, "@struct s { [size=zz] int *a; }; trusted { public void f(); };",
     "member `zz' not found."},
    {ANY, "@struct s { [size=16] int *a; }; trusted { public void f([in] struct s *s); };", NULL},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f(struct s s); };",
     "the structure declaration \"s\" specifies a deep copy is expected. Referenced by value in "
     "function \"f\" detected."},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f([out] struct s *s); };",
     "the structure declaration \"s\" specifies a deep copy, should not be used with an `out' "
     "attribute in function \"f\"."},
    {ANY, "@struct s { [size=n] int *a; int n; }; trusted { public void f([in] s *p); };",
     "`s' in function `f' is a structure and it specifies a deep copy. Use `struct s' instead."},
    {ANY, "@struct s { int *a; }; trusted { public void f(struct s s); };",
     "Part of the data may not be copied."},
    {ANY, "@struct s { struct s a; }; trusted { public void f(); };", "`s' contains itself"},
    {ANY, "@struct s { struct t a; }; struct t { struct s a; }; trusted { public void f(); };",
     "contains itself"},
    {ANY, "@struct s { struct s *next; }; trusted { public void f(); };", NULL},
    {ANY, "@enum e { A, B = 3, C = B }; trusted { public void f(enum e e); };", NULL},
    {ANY, "@enum { A }; trusted { public void f(); };", NULL},
    {ANY, "@enum e { A, A }; trusted { public void f(); };", "duplicated enumerator `A'"},
    {ANY, "@enum e { A, }; trusted { public void f(); };", "unexpected token: }"},
    {ANY, "@enum e { A = 99999999999 }; trusted { public void f(); };", "does not fit an int"},
    {ANY, "@from \"nope.edl\" import *; trusted { public void f(); };", "no such file: nope.edl"},
    {ANY, "@from \"a.edl\" import *; trusted { public void f(); };",
     "detected circled import for `a.edl'"},
};

static void row_check(const struct row *row, enum mode mode, size_t at)
{
    bool warns = row->message != NULL && (strncmp(row->message, "warning", 7) == 0 ||
                                          strstr(row->message, "Part of the data") != NULL ||
                                          strstr(row->message, "points to pointers") != NULL);
    unsigned errors;
    char text[2048], *messages;

    snprintf(text, sizeof text,
             row->text[0] == '@' ? "enclave { %s };" : "enclave { trusted { %s }; };",
             row->text + (row->text[0] == '@'));
    messages = messages_of(text, mode, &errors);
    if (row->message == NULL || warns)
        ck_assert_msg(errors == 0, "row %zu, mode %d: refused:\n%s", at, mode, messages);
    else
        ck_assert_msg(errors > 0, "row %zu, mode %d: accepted: %s", at, mode, text);
    ck_assert_msg(row->message == NULL || strstr(messages, row->message) != NULL,
                  "row %zu, mode %d: wanted %s\nin %s", at, mode, row->message, messages);
    free(messages);
}

START_TEST(rules_accept_and_refuse_as_the_table_says)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        for (enum mode mode = MODE_SECGEAR; mode <= MODE_PENGLAI; mode++) {
            bool plain = mode == MODE_TRUSTZONE || mode == MODE_PENGLAI;

            if (ROWS[i].mode == ANY || ROWS[i].mode == mode || (ROWS[i].mode == PLAIN && plain) ||
                (ROWS[i].mode == RICH && !plain))
                row_check(&ROWS[i], mode, i);
        }
}
END_TEST

START_TEST(message_names_line_column_and_shows_a_caret)
{
    char *messages = messages_of(
        "enclave {\n  trusted {\n\tpublic int f([in, on] int *p);\n };\n};", MODE_SECGEAR, NULL);

    ck_assert_str_eq(messages, "a.edl:3:20: error: unknown attribute: on - did you mean `in'?\n"
                               "    \tpublic int f([in, on] int *p);\n"
                               "    \t                  ^~\n");
    free(messages);
}
END_TEST

START_TEST(message_finds_the_column_that_the_preprocessor_squeezed)
{
    /* The marker says b.edl, whose text has more blanks and a comment before the second `on`. */
    struct session session = {0};
    struct source *user = session_source(&session, "b.edl");
    const char *made =
        "\n# 1 \"b.edl\"\nenclave { trusted { int f([on] int *p, [on] int *q); }; };";
    struct input input = {made + 1, strlen(made) - 1, user};

    user->data = "enclave { trusted {   int f([on] int *p, /* on */ [on] int *q); }; };";
    user->size = strlen(user->data);
    user->loaded = true;
    ck_assert_ptr_nonnull(edl_parse(&session, input));
    ck_assert_ptr_nonnull(strstr(session.messages.data, "b.edl:1:30: error"));
    ck_assert_ptr_nonnull(strstr(session.messages.data, "b.edl:1:52: error"));
    session_free(&session);
}
END_TEST

START_TEST(all_errors_of_a_file_are_reported)
{
    unsigned errors;
    char *messages = messages_of("enclave { trusted { public int f(int *p); int g(void x);\n"
                                 "public int h([in] void *p); int 3; public int i(int *p); }; };",
                                 MODE_SECGEAR, &errors);

    ck_assert_uint_eq(errors, 5);
    free(messages);
}
END_TEST

START_TEST(errors_are_limited_in_number)
{
    struct lines text = {0};
    unsigned errors;
    char *messages;

    lines_add(&text, "enclave { trusted {");
    for (int i = 0; i < 1000; i++)
        lines_add(&text, "public int f%d(int *p);\n", i);
    lines_add(&text, "}; };");
    messages = messages_of(text.data, MODE_SECGEAR, &errors);
    ck_assert_uint_eq(errors, 1000);
    ck_assert_ptr_nonnull(strstr(messages, "too many errors"));
    ck_assert_ptr_null(strstr(messages, "101:"));
    free(messages);
    lines_free(&text);
}
END_TEST

static const struct text_file DIAMOND[] = {
    {"a.edl",
     "enclave { from \"b.edl\" import *; from \"c.edl\" import g, h; from \"b.edl\" import *;"
     " trusted { public void a(); }; untrusted { void oa(); }; };"},
    {"b.edl", "enclave { struct s { int x; }; include \"x.h\" from \"d.edl\" import *;"
              " trusted { public void b(); }; untrusted { void ob(); }; };"},
    {"c.edl", "enclave { from \"d.edl\" import *; trusted { public void g(); public void h();"
              " public void unused(); }; };"},
    {"d.edl", "enclave { include \"x.h\" trusted { public void d(); }; };"},
    {NULL, NULL}};

START_TEST(imports_merge_own_functions_first_and_each_file_once)
{
    static const char *const ORDER[] = {"a", "oa", "b", "ob", "d", "g", "h"};
    struct session session = {0};
    struct edl *edl = compile(&session, &shared_loader, DIAMOND, MODE_SECGEAR);
    size_t at = 0;

    ck_assert_msg(session.errors == 0, "%s", session.messages.data);
    for (const struct function *f = edl->functions; f != NULL; f = f->next)
        ck_assert_str_eq(f->name, ORDER[at++]);
    ck_assert_uint_eq(at, 7);
    ck_assert_uint_eq(edl->ecall_count, 5);
    ck_assert_uint_eq(edl->ocall_count, 2);
    ck_assert_ptr_null(edl->includes->next);
    ck_assert_ptr_null(edl->composites->next);
    loader_done(&shared_loader);
    session_free(&session);
}
END_TEST

static const struct text_file MISSING[] = {
    {"a.edl", "enclave { from \"b.edl\" import nope; trusted { public void a(); }; };"},
    {"b.edl", "enclave { };"},
    {NULL, NULL}};

START_TEST(import_of_an_unknown_function_is_an_error)
{
    struct session session = {0};

    compile(&session, &shared_loader, MISSING, MODE_SECGEAR);
    ck_assert_ptr_nonnull(strstr(session.messages.data,
                                 "a.edl:1:31: error: import failed - functions `nope' not found"));
    loader_done(&shared_loader);
    session_free(&session);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codegen/rules");
    TCase *tcase = tcase_of(suite, "rules");

    tcase_add_test(tcase, rules_accept_and_refuse_as_the_table_says);
    tcase_add_test(tcase, message_names_line_column_and_shows_a_caret);
    tcase_add_test(tcase, message_finds_the_column_that_the_preprocessor_squeezed);
    tcase_add_test(tcase, all_errors_of_a_file_are_reported);
    tcase_add_test(tcase, errors_are_limited_in_number);
    tcase_add_test(tcase, imports_merge_own_functions_first_and_each_file_once);
    tcase_add_test(tcase, import_of_an_unknown_function_is_an_error);
    return suite_main(suite);
}
