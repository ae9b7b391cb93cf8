/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What the EDL compiler says, and where it says it; what imports add up to.
 */
#include "compile.h"

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
    Suite *suite = suite_create("codegen/messages");
    TCase *tcase = tcase_of(suite, "messages");

    tcase_add_test(tcase, message_names_line_column_and_shows_a_caret);
    tcase_add_test(tcase, message_finds_the_column_that_the_preprocessor_squeezed);
    tcase_add_test(tcase, all_errors_of_a_file_are_reported);
    tcase_add_test(tcase, errors_are_limited_in_number);
    tcase_add_test(tcase, imports_merge_own_functions_first_and_each_file_once);
    tcase_add_test(tcase, import_of_an_unknown_function_is_an_error);
    return suite_main(suite);
}
