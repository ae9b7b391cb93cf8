/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_plugin.c - the library's own functions: verifiers from plugins, collateral from
 * files, and what a result says. The plugin is the one of samples/verify_plugin, built by the
 * compiler.
 */
#include "secgear_verify.h"
#include "support.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[FOLDER_ROOM];

/* The sample, changed by an expression of sed, as a plugin of that name. */
static void plugin_build(const char *name, const char *change)
{
    char command[800];

    snprintf(
        command, sizeof command,
        "sed '%s' samples/verify_plugin/example.c | cc -shared -fPIC -Iinclude -o %s/%s -x c -",
        change, folder, name);
    ck_assert_msg(system(command) == 0, "%s", command); /* a test may */
}

static void folder_make(void)
{
    folder_fresh(folder);
    ck_assert_int_eq(chmod(folder, 0700), 0);
}

START_TEST(a_plugin_judges_its_evidence_by_the_policy)
{
    static const char POLICY[] =
        "{\"schema\":2,\"tees\":{\"example\":{\"claims\":{\"measurement\":"
        "\"4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d\""
        "}}}}";
    uint8_t evidence[73] = "EXAMPLE1", nonce[32];
    cc_verify_blob_t blob = {"evidence", evidence, sizeof evidence};
    cc_verify_input_t input = {NULL, &blob, 1, NULL, 0, nonce, sizeof nonce, 1760000000};
    cc_verify_t *verify = cc_verify_new();
    cc_verify_policy_t *policy = NULL;
    cc_verify_result_t *result = NULL;
    char *json;

    memset(evidence + 8, 0x4d, 32);
    memset(evidence + 40, 0x44, 32);
    memset(nonce, 0x44, sizeof nonce);
    folder_make();
    ck_assert_int_eq(cc_verify_policy_parse(POLICY, strlen(POLICY), &policy), CC_SUCCESS);
    ck_assert_int_eq(cc_verify_judge(verify, policy, &input, &result), CC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(cc_verify_error_detail(), "no verifier knows"));
    plugin_build("example.so", "");
    ck_assert_msg(cc_verify_load(verify, folder) == CC_SUCCESS, "%s", cc_verify_error_detail());
    ck_assert_int_eq(cc_verify_judge(verify, policy, &input, &result), CC_SUCCESS);
    ck_assert_int_eq(cc_verify_result_verdict(result), CC_VERIFY_ACCEPTED);
    ck_assert_str_eq(cc_verify_result_tee(result), "example");
    ck_assert_str_eq(cc_verify_result_claim(result, 0)->name, "measurement");
    ck_assert_ptr_null(cc_verify_result_claim(result, 3));
    ck_assert_ptr_null(cc_verify_result_reason(result, 0));
    ck_assert_uint_eq(cc_verify_result_expiry(result), UINT64_MAX);
    ck_assert_int_eq(cc_verify_result_vector(result).instance_identity, 2);
    json = cc_verify_result_json(result);
    ck_assert_ptr_nonnull(strstr(json, "\"verdict\": \"accepted\""));
    free(json);
    cc_verify_result_free(result);
    evidence[72] = 1; /* debug */
    ck_assert_int_eq(cc_verify_judge(verify, policy, &input, &result), CC_SUCCESS);
    ck_assert_int_eq(cc_verify_result_verdict(result), CC_VERIFY_REFUSED);
    ck_assert_str_eq(cc_verify_result_reason(result, 0)->rule, "debug");
    cc_verify_result_free(result);
    ck_assert_int_eq(cc_verify_load(verify, folder),
                     CC_ERROR_BAD_PARAMETERS); /* its name is taken */
    cc_verify_policy_free(policy);
    cc_verify_free(verify);
}
END_TEST

/* Evidence with that word in front is taken for that type. */
static void judged_as_expect(cc_verify_t *verify, const char *word, const char *name)
{
    uint8_t evidence[73] = "", nonce[32] = {0};
    cc_verify_blob_t blob = {"evidence", evidence, sizeof evidence};
    cc_verify_input_t input = {NULL, &blob, 1, NULL, 0, nonce, sizeof nonce, 1760000000};
    cc_verify_policy_t *policy = NULL;
    cc_verify_result_t *result = NULL;
    static const char POLICY[] = "{\"schema\":2,\"tees\":{}}";

    memcpy(evidence, word, 8);
    ck_assert_msg(cc_verify_policy_parse(POLICY, strlen(POLICY), &policy) == CC_SUCCESS, "%s",
                  cc_verify_error_detail());
    ck_assert_msg(cc_verify_judge(verify, policy, &input, &result) == CC_SUCCESS, "%s",
                  cc_verify_error_detail());
    ck_assert_str_eq(cc_verify_result_tee(result), name);
    cc_verify_result_free(result);
    cc_verify_policy_free(policy);
}

/* Loaded by descriptors, whose numbers come again: each is itself nevertheless. */
START_TEST(plugins_of_one_folder_are_each_loaded)
{
    cc_verify_t *verify = cc_verify_new(), *other = cc_verify_new();

    folder_make();
    plugin_build("one.so", "");
    plugin_build("two.so", "s/EXAMPLE1/EXAMPLE2/;s/\"example\"/\"second\"/");
    ck_assert_msg(cc_verify_load(verify, folder) == CC_SUCCESS, "%s", cc_verify_error_detail());
    ck_assert_msg(cc_verify_load(other, folder) == CC_SUCCESS, "%s", cc_verify_error_detail());
    judged_as_expect(verify, "EXAMPLE1", "example");
    judged_as_expect(verify, "EXAMPLE2", "second");
    cc_verify_free(verify);
    judged_as_expect(other, "EXAMPLE1", "example");
    judged_as_expect(other, "EXAMPLE2", "second");
    cc_verify_free(other);
}
END_TEST

/* What a verifier quotes of evidence reaches a terminal or a log as one printable line. */
START_TEST(what_a_plugin_says_is_one_printable_line)
{
    uint8_t evidence[80] = "EXAMPLE1"; /* too long */
    cc_verify_blob_t blob = {"evidence", evidence, sizeof evidence};
    cc_verify_input_t input = {NULL, &blob, 1, NULL, 0, NULL, 0, 1760000000};
    cc_verify_t *verify = cc_verify_new();
    cc_verify_result_t *result = NULL;

    folder_make();
    plugin_build("loud.so",
                 "s/\"format: 73/\"format:\\\\033[2J\\\\n73/;s/\"format\"/\"for\\\\tmat\"/");
    ck_assert_msg(cc_verify_load(verify, folder) == CC_SUCCESS, "%s", cc_verify_error_detail());
    ck_assert_int_eq(cc_verify_judge(verify, NULL, &input, &result), CC_SUCCESS);
    ck_assert_str_eq(cc_verify_result_reason(result, 0)->rule, "for?mat");
    ck_assert_ptr_nonnull(
        strstr(cc_verify_result_reason(result, 0)->sentence, "format:?[2J?73 bytes expected"));
    cc_verify_result_free(result);
    cc_verify_free(verify);
}
END_TEST

START_TEST(a_plugin_that_others_may_write_is_not_loaded)
{
    cc_verify_t *verify = cc_verify_new();
    char path[2 * FOLDER_ROOM], link[2 * FOLDER_ROOM];

    folder_make();
    plugin_build("example.so", "");
    snprintf(path, sizeof path, "%s/example.so", folder);
    ck_assert_int_eq(chmod(path, 0775), 0);
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(chmod(path, 0757), 0);
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert_int_eq(chmod(folder, 0770), 0);
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(chmod(folder, 0700), 0);
    snprintf(link, sizeof link, "%s/link.so", folder);
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(cc_verify_load(verify, folder),
                     CC_ERROR_INVALID_PATH); /* followed by nobody */
    ck_assert_int_eq(unlink(link), 0);
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_SUCCESS); /* empty */
    cc_verify_free(verify);
}
END_TEST

START_TEST(what_is_no_plugin_is_not_loaded)
{
    cc_verify_t *verify = cc_verify_new();
    char path[2 * FOLDER_ROOM];
    FILE *file;

    folder_make();
    plugin_build("example.so", "s/CC_VERIFIER_ABI,/2,/");
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_nonnull(strstr(cc_verify_error_detail(), "ABI 1 expected"));
    plugin_build("example.so", "s/secgear_verifier_1(/another(/");
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_BAD_FORMAT);
    snprintf(path, sizeof path, "%s/example.so", folder);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("text", file);
    fclose(file);
    ck_assert_int_eq(cc_verify_load(verify, folder), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(cc_verify_load(verify, "/nowhere"), CC_ERROR_INVALID_PATH);
    ck_assert_int_eq(cc_verify_load(NULL, folder), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_load(verify, NULL), CC_SUCCESS); /* none installed */
    cc_verify_free(verify);
}
END_TEST

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
    char command[800];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    ck_assert_msg(system(command) == 0, "%s", command); /* a test may */
}

/* That it has the parts a.pem ("one") and b.json ("two"). */
static void two_parts_expect(const char *path)
{
    cc_verify_collateral_t *collateral = NULL;
    const cc_verify_blob_t *parts;
    size_t count = 0;

    ck_assert_msg(cc_verify_collateral_load(path, &collateral) == CC_SUCCESS, "%s",
                  cc_verify_error_detail());
    parts = cc_verify_collateral_parts(collateral, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(parts[0].name, "a.pem");
    ck_assert_str_eq(parts[1].name, "b.json");
    ck_assert_mem_eq(parts[0].data, "one", parts[0].size);
    ck_assert_mem_eq(parts[1].data, "two", parts[1].size);
    cc_verify_collateral_free(collateral);
}

START_TEST(collateral_is_read_from_a_folder_a_bundle_or_the_users_own)
{
    cc_verify_collateral_t *collateral = NULL;
    char path[2 * FOLDER_ROOM];
    size_t count;

    folder_make();
    run("cd %s && mkdir -p given none x/secgear && printf one >given/a.pem && printf two "
        ">given/b.json && mkdir given/within && printf no >given/.hidden && printf "
        "'{\"secgear_bundle\":1,\"parts\":{\"a.pem\":\"b25l\",\"b.json\":\"dHdv\"}}' >bundle",
        folder);
    snprintf(path, sizeof path, "%s/given", folder);
    two_parts_expect(path);
    setenv("SECGEAR_COLLATERAL", path, 1);
    two_parts_expect(NULL);
    snprintf(path, sizeof path, "%s/bundle", folder);
    two_parts_expect(path);
    setenv("SECGEAR_COLLATERAL", path, 1);
    two_parts_expect(NULL);
    setenv("SECGEAR_COLLATERAL", "/nowhere", 1);
    ck_assert_int_eq(cc_verify_collateral_load(NULL, &collateral), CC_ERROR_INVALID_PATH);
    ck_assert_ptr_nonnull(strstr(cc_verify_error_detail(), "/nowhere"));
    unsetenv("SECGEAR_COLLATERAL");
    snprintf(path, sizeof path, "%s/x", folder);
    setenv("XDG_CONFIG_HOME", path, 1);
    if (access("/etc/secgear/collateral", F_OK) != 0) {
        ck_assert_int_eq(cc_verify_collateral_load(NULL, &collateral), CC_SUCCESS);
        cc_verify_collateral_parts(collateral, &count);
        ck_assert_uint_eq(count, 0);
        cc_verify_collateral_free(collateral);
        collateral = NULL;
    }
    run("cp -R %s/given %s/x/secgear/collateral", folder, folder);
    two_parts_expect(NULL);
    ck_assert_int_eq(cc_verify_collateral_load(NULL, NULL), CC_ERROR_BAD_PARAMETERS);
    snprintf(path, sizeof path, "%s/none", folder);
    ck_assert_int_eq(cc_verify_collateral_load(path, &collateral), CC_ERROR_INVALID_PATH);
    run("cd %s && printf '{\"secgear_bundle\":1,\"parts\":{\"a\":7}}' >bundle", folder);
    snprintf(path, sizeof path, "%s/bundle", folder);
    ck_assert_int_eq(cc_verify_collateral_load(path, &collateral), CC_ERROR_BAD_FORMAT);
    run("cd %s/none && for i in $(seq 49); do echo x >$i; done", folder);
    snprintf(path, sizeof path, "%s/none", folder);
    ck_assert_int_eq(cc_verify_collateral_load(path, &collateral), CC_ERROR_BAD_PARAMETERS);
    run("cd %s/none && rm * && mkfifo pipe && truncate -s 9M large", folder);
    ck_assert_int_eq(cc_verify_collateral_load(path, &collateral), CC_ERROR_INVALID_PATH);
    ck_assert_ptr_null(collateral);
    cc_verify_collateral_free(NULL);
}
END_TEST

START_TEST(arguments_are_checked)
{
    cc_verify_blob_t blob = {"evidence", (const uint8_t *)"x", 1}, bad = {"evidence", NULL, 1};
    cc_verify_input_t input = {NULL, &blob, 1, NULL, 0, NULL, 0, 0};
    cc_verify_t *verify = cc_verify_new();
    cc_verify_policy_t *policy = NULL;
    cc_verify_result_t *result = NULL;

    ck_assert_int_eq(cc_verify_judge(verify, NULL, &input, &result), CC_ERROR_BAD_PARAMETERS);
    input.now_s = 1;
    input.evidence = &bad;
    ck_assert_int_eq(cc_verify_judge(verify, NULL, &input, &result), CC_ERROR_BAD_PARAMETERS);
    input.evidence_count = 0;
    ck_assert_int_eq(cc_verify_judge(verify, NULL, &input, &result), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_judge(NULL, NULL, &input, &result), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_judge(verify, NULL, NULL, &result), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_policy_parse(NULL, 1, &policy), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_policy_parse("{", 1, &policy), CC_ERROR_BAD_FORMAT);
    ck_assert_ptr_null(policy);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(cc_verify_result_verdict(NULL), CC_VERIFY_REFUSED);
    cc_verify_policy_free(NULL);
    cc_verify_result_free(NULL);
    cc_verify_free(NULL);
    cc_verify_free(verify);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_verify/plugin");
    TCase *tcase = tcase_of(suite, "plugin");

    tcase_add_test(tcase, a_plugin_judges_its_evidence_by_the_policy);
    tcase_add_test(tcase, plugins_of_one_folder_are_each_loaded);
    tcase_add_test(tcase, what_a_plugin_says_is_one_printable_line);
    tcase_add_test(tcase, a_plugin_that_others_may_write_is_not_loaded);
    tcase_add_test(tcase, what_is_no_plugin_is_not_loaded);
    tcase_add_test(tcase, collateral_is_read_from_a_folder_a_bundle_or_the_users_own);
    tcase_add_test(tcase, arguments_are_checked);
    return suite_main(suite);
}
