/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Reports that a host program gets about its enclaves. */
#include "common.h"
#include "secgear_identity.h"
#include "sg_ra_report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static cc_enclave_t enclave;
static char uuid[37];
static uint8_t text[CC_RA_REPORT_MIN_ROOM];

static void begin(void)
{
    cc_enclave_identity_t self;
    size_t at = 0;

    state_fresh();
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &self, sizeof self), CC_SUCCESS);
    for (size_t i = 0; i < 16; i++)
        at += (size_t)snprintf(uuid + at, sizeof uuid - at, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", self.uuid[i]);
}

static void end(void)
{
    cc_enclave_destroy(&enclave);
}

static cc_enclave_result_t report_get(cc_get_ra_report_input_t *in, uint32_t *ret_size)
{
    cc_ra_buf_t report = {sizeof text, text};
    cc_enclave_result_t rc = cc_get_ra_report(in, &report);

    *ret_size = report.len;
    return rc;
}

START_TEST(host_gets_a_report_that_says_it_is_the_hosts)
{
    cc_get_ra_report_input_t in = {.taid = (uint8_t *)uuid, .nonce_len = 33, .nonce = "a nonce"};
    static char whole[CC_RA_REPORT_MIN_ROOM + 1024];
    char envelope[CC_RA_REPORT_MIN_ROOM + 1], path[256], shown[4096] = "";
    const char *evidence;
    size_t digits;
    uint32_t size;
    FILE *out;

    ck_assert_int_eq(cc_prepare_ra_env(CC_RA_SCENARIO_NO_AS), CC_SUCCESS);
    ck_assert_msg(report_get(&in, &size) == CC_SUCCESS, "%s", cc_enclave_error_detail());
    memcpy(envelope, text, size);
    envelope[size] = '\0';
    ck_assert_int_eq(strncmp(envelope, "{\"tee\":\"sim\",\"evidence\":\"", 25), 0);
    ck_assert_ptr_nonnull(strstr(envelope, uuid));
    ck_assert_ptr_nonnull(strstr(envelope, "\"nonce\":\"YSBub25jZQAA"));
    evidence = envelope + 25;
    snprintf(path, sizeof path, "%s/evidence", getenv("XDG_STATE_HOME"));
    digits = (size_t)(strchr(evidence, '"') - evidence);
    snprintf(whole, sizeof whole,
             "printf '%%s%.*s' '%.*s' | tr '_-' '/+' | base64 -d > %s && %s report show %s",
             (int)((4 - digits % 4) % 4), "==", (int)digits, evidence, path,
             image_path("../../stage/bin/secgear"), path);
    out = popen(whole, "r");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_gt(fread(shown, 1, sizeof shown - 1, out), 0);
    ck_assert_int_eq(pclose(out), 0);
    ck_assert_ptr_nonnull(strstr(shown, "origin       host"));
    ck_assert_ptr_nonnull(strstr(shown, uuid));
    ck_assert_ptr_nonnull(strstr(shown, "user data    61206e6f6e636500"));
}
END_TEST

START_TEST(host_gets_no_report_for_what_does_not_run_or_is_no_request)
{
    cc_get_ra_report_input_t good = {.taid = (uint8_t *)uuid, .nonce_len = 32}, in = good;
    cc_ra_buf_t small = {CC_RA_REPORT_MIN_ROOM - 1, text}, large = {CC_RA_REPORT_MAX_ROOM, text};
    cc_ra_buf_t none = {sizeof text, NULL};
    uint32_t size;

    ck_assert_int_eq(cc_prepare_ra_env((cc_ra_scenario_t)1), CC_ERROR_RA_PRE_ENV_INVALID_SCENARIO);
    ck_assert_int_eq(cc_get_ra_report(NULL, &small), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_get_ra_report(&good, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_get_ra_report(&good, &none), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_get_ra_report(&good, &small), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_get_ra_report(&good, &large), CC_ERROR_BAD_PARAMETERS);
    in.nonce_len = 65;
    ck_assert_int_eq(report_get(&in, &size), CC_ERROR_BAD_PARAMETERS);
    in = good;
    in.taid = NULL;
    ck_assert_int_eq(report_get(&in, &size), CC_ERROR_BAD_PARAMETERS);
    in.taid = (uint8_t *)"no uuid";
    ck_assert_int_eq(report_get(&in, &size), CC_ERROR_BAD_PARAMETERS);
    in = good;
    in.req_key = true;
    ck_assert_int_eq(report_get(&in, &size), CC_ERROR_NOT_SUPPORTED);
    uuid[0] = uuid[0] == '0' ? '1' : '0';
    ck_assert_int_eq(report_get(&good, &size), CC_ERROR_RA_GET_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "no enclave runs under this UUID"));
    ck_assert_uint_eq(size, sizeof text);
}
END_TEST

/* A fork has a device of its own, on which the parent's enclaves do not run. */
START_TEST(fork_gets_no_report_about_its_parents_enclaves)
{
    cc_get_ra_report_input_t in = {.taid = (uint8_t *)uuid, .nonce_len = 33, .nonce = "a nonce"};
    uint32_t size;
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(report_get(&in, &size) == CC_SUCCESS);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_msg(report_get(&in, &size) == CC_SUCCESS, "%s", cc_enclave_error_detail());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/ra");
    TCase *tcase = tcase_of(suite, "ra");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, host_gets_a_report_that_says_it_is_the_hosts);
    tcase_add_test(tcase, host_gets_no_report_for_what_does_not_run_or_is_no_request);
    tcase_add_test(tcase, fork_gets_no_report_about_its_parents_enclaves);
    return suite_main(suite);
}
