/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_channel_foreign.c - evidence of another type of TEE at the channel's client: judged by
 * libsecgear_verify, opened at run time, with the plugins that lie beside it. The type is the one
 * of samples/verify_plugin, with a nonce of 64 bytes.
 */
#include "base/detail.h"
#include "support.h"
#include "trust.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEASUREMENT "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"

enum { EVIDENCE_SIZE = 105 };

static uint8_t evidence[EVIDENCE_SIZE], user_data[64];

/* The library in a folder with a plugin; opened here, so that its name finds this one. */
static void library_install(void)
{
    char folder[FOLDER_ROOM], path[FOLDER_ROOM + 40];
    char here[1024], command[2000];
    ssize_t size = readlink("/proc/self/exe", here, sizeof here - 1);

    ck_assert_int_gt(size, 0);
    here[size] = '\0';
    *strrchr(here, '/') = '\0';
    folder_fresh(folder);
    snprintf(command, sizeof command,
             "set -e; chmod 700 %s; mkdir -p -m 755 %s/secgear/verify.d; cp "
             "%.400s/../lib/libsecgear_verify.so.1 %s; sed 's/DEBUG_AT = 72, SIZE = 73/DEBUG_AT = "
             "104, SIZE = 105/;s/NONCE_AT, 32/NONCE_AT, 64/;s/evidence->size != SIZE/& || "
             "request->input->collateral_count != 1/' samples/verify_plugin/example.c | cc "
             "-shared -fPIC -Iinclude -o %s/secgear/verify.d/example.so -x c -",
             folder, folder, here, folder, folder);
    ck_assert_msg(system(command) == 0, "%s", command); /* a test may */
    snprintf(path, sizeof path, "%s/libsecgear_verify.so.1", folder);
    ck_assert_msg(dlopen(path, RTLD_NOW | RTLD_LOCAL) != NULL, "%s", dlerror());
}

static void evidence_make(void)
{
    memset(user_data, 0x44, sizeof user_data);
    memcpy(evidence, "EXAMPLE1", 8);
    memset(evidence + 8, 0x4d, 32);
    memcpy(evidence + 40, user_data, sizeof user_data);
    evidence[104] = 0;
}

static cc_enclave_result_t check(const char *policy, cc_sec_chl_attested_t *ret_attested)
{
    const cc_sec_chl_client_opts_t opts = {
        .struct_size = sizeof opts, .policy_json = policy, .policy_json_len = strlen(policy)};
    static const struct uuid uuid = {{1}};
    struct trust *trust = NULL;
    cc_enclave_result_t rc;

    ck_assert_msg(trust_load(&opts, &trust) == CC_SUCCESS, "%s", detail_get());
    const struct trust_request request = {trust, &uuid, VIEW_OF(evidence), VIEW_OF(user_data),
                                          false};
    rc = trust_check(&request, ret_attested);
    trust_release(trust);
    return rc;
}

/* Without the one part that this plugin wants, its format rule refuses. */
static void collateral_make(bool with)
{
    char home[FOLDER_ROOM], command[2 * FOLDER_ROOM];

    folder_fresh(home);
    snprintf(command, sizeof command, "echo x >%s/issuer_chain.pem", home);
    ck_assert_int_eq(system(command), 0); /* a test may */
    setenv("XDG_CONFIG_HOME", home, 1);   /* none of the user's own */
    if (with)
        setenv("SECGEAR_COLLATERAL", home, 1);
    else
        unsetenv("SECGEAR_COLLATERAL");
}

static const char GOOD[] =
    "{\"schema\":2,\"tees\":{\"example\":{\"claims\":{\"measurement\":\"" MEASUREMENT "\"}}}}";
static const char OTHER[] = "{\"schema\":2,\"tees\":{\"example\":{\"claims\":{\"measurement\":"
                            "\"00" MEASUREMENT "\"}}}}";
static const char OTHER_TEE[] =
    "{\"schema\":2,\"tees\":{\"nitro\":{\"claims\":{\"pcr0\":\"00\"}}}}";
static const char OURS_ONLY[] = "{\"schema\":1}";

START_TEST(what_the_policy_names_is_judged_by_the_library)
{
    cc_sec_chl_attested_t attested = {.simulated = true};

    library_install();
    evidence_make();
    collateral_make(true);
    ck_assert_msg(check(GOOD, &attested) == CC_SUCCESS, "%s", detail_get());
    ck_assert(!attested.simulated && !attested.debug);

    ck_assert_int_eq(check(OTHER, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "measurement: one of the 1 values"));
    ck_assert_int_eq(check(OTHER_TEE, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "says nothing about evidence of type example"));

    evidence[40 + 63] ^= 1; /* of another handshake */
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "nonce: the evidence is not about this request"));

    evidence_make();
    evidence[104] = 1;
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "debug: a production TEE expected"));

    evidence[0] = '?';
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INVALID_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "no verifier knows this evidence"));

    evidence_make();
    collateral_make(false);
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    setenv("SECGEAR_COLLATERAL", "/nowhere", 1);
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "/nowhere"));
}
END_TEST

START_TEST(a_policy_of_ours_alone_never_looks_for_the_library)
{
    cc_sec_chl_attested_t attested;

    evidence_make();
    ck_assert_int_eq(check(OURS_ONLY, &attested), CC_ERROR_SEC_CHL_INVALID_REPORT);
    ck_assert_ptr_null(dlopen("libsecgear_verify.so.1", RTLD_NOW | RTLD_NOLOAD));
}
END_TEST

START_TEST(without_the_library_other_evidence_is_refused_and_says_why)
{
    cc_sec_chl_attested_t attested;

    if (dlopen("libsecgear_verify.so.1", RTLD_NOW | RTLD_LOCAL) != NULL)
        return; /* this machine has one installed */
    evidence_make();
    ck_assert_int_eq(check(GOOD, &attested), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(detail_get(), "takes libsecgear_verify"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libcsecure_channel/foreign");
    TCase *tcase = tcase_of(suite, "foreign");

    tcase_add_test(tcase, what_the_policy_names_is_judged_by_the_library);
    tcase_add_test(tcase, a_policy_of_ours_alone_never_looks_for_the_library);
    tcase_add_test(tcase, without_the_library_other_evidence_is_refused_and_says_why);
    return suite_main(suite);
}
