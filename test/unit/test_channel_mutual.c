/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The client that is part of an enclave (libtsecure_client's world), in one process with the
 * enclave that it calls. test/integration/pair has two real ones.
 */
#include "channel_rig.h"
#include "fault.h"
#include "secure_channel_mutual.h"

static struct line line;
static cc_sec_chl_policy_t *policy;

static void setup(void)
{
    cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts,
                                      .flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT,
                                      .client_evidence = cc_sec_chl_policy_judge};

    rig_setup();
    line_init(&line);
    line.opts.flags = CC_SEC_CHL_OPT_ENCLAVE;
    ck_assert_int_eq(cc_sec_chl_policy_load(rig.policy, strlen(rig.policy), &policy), CC_SUCCESS);
    opts.arg = policy;
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), 0);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
    ck_assert_int_eq(cc_sec_chl_enclave_configure(NULL), 0);
    cc_sec_chl_policy_free(policy);
}

START_TEST(enclave_shows_itself_by_its_device)
{
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer};

    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(line.client.session_id, &peer), 0);
    ck_assert_uint_eq(peer.kind, CC_SEC_CHL_PEER_ENCLAVE);
    ck_assert_mem_eq(peer.device_id, rig.device->body.device_id, sizeof peer.device_id);
    ck_assert_int_eq(line_echo(&line, "between two"), CC_SUCCESS);
}
END_TEST

/* The device's report about the client, spoilt; the one about the enclave that is called is not. */
static void origin_other(struct report_body *body)
{
    if (body->purpose == REPORT_PURPOSE_CLIENT)
        body->origin = REPORT_ORIGIN_REE;
}

static void purpose_other(struct report_body *body)
{
    if (body->purpose == REPORT_PURPOSE_CLIENT)
        body->purpose = REPORT_PURPOSE_APP;
}

static void user_data_other(struct report_body *body)
{
    if (body->purpose == REPORT_PURPOSE_CLIENT)
        body->user_data[0] ^= 1;
}

START_TEST(report_that_is_not_what_was_asked_for_is_not_shown)
{
    static void (*const spoil[])(struct report_body *) = {origin_other, purpose_other,
                                                          user_data_other};

    rig.spoil = spoil[_i];
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "not the one that was asked for"));
    ck_assert_uint_eq(line_message(&line.request).body.size,
                      0); /* HELLO, then goodbye: no FINISH */
    rig.spoil = NULL;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
}
END_TEST

static void device_gone(struct line *l, struct buf *message)
{
    (void)l;
    (void)message;
    rig.no_report = true; /* from the answer to HELLO on */
}

START_TEST(enclave_without_a_report_says_so)
{
    line.on_response = device_gone;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "gave no report"));
}
END_TEST

START_TEST(policy_is_in_the_options_or_nowhere)
{
    line.opts.policy_json = NULL;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "policy_json"));
    line.opts.policy_path = "/etc/passwd";
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(line.requests, 0);
}
END_TEST

/* Evidence of another vendor, as far as the client can tell. */
static void evidence_other(struct line *l, struct buf *message)
{
    static const char profile[] = "tag:secgear,2026:simulated-tee/";
    uint8_t *at = memmem(message->data, message->size, profile, sizeof profile - 1);

    (void)l;
    if (at != NULL)
        *at = 'T';
}

START_TEST(evidence_of_another_vendor_can_not_be_judged_in_an_enclave)
{
    *strchr(rig.policy, '1') = '2'; /* the schema */
    strcpy(rig.policy + strlen(rig.policy) - 1,
           ",\"tees\":{\"nitro\":{\"claims\":{\"pcr0\":\"00\"}}}}");
    line.opts.policy_json_len = strlen(rig.policy);
    line.on_response = evidence_other;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "this project's device only"));
}
END_TEST

START_TEST(failed_key_derivation_is_called_so)
{
    static const enum fault_crypto which[] = {FAULT_EXPAND, FAULT_SHA512};

    if (!fault_available())
        return;
    for (unsigned nth = 1;; nth++) {
        cc_enclave_result_t rc;

        fault_crypto_arm(which[_i], nth);
        rc = line_open(&line);
        if (!fault_disarm())
            break;
        ck_assert_int_eq(rc, CC_ERROR_DRIVE_SESSIONKEY);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/mutual");
    TCase *tcase = tcase_of(suite, "mutual");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, enclave_shows_itself_by_its_device);
    tcase_add_loop_test(tcase, report_that_is_not_what_was_asked_for_is_not_shown, 0, 3);
    tcase_add_test(tcase, enclave_without_a_report_says_so);
    tcase_add_test(tcase, policy_is_in_the_options_or_nowhere);
    tcase_add_test(tcase, evidence_of_another_vendor_can_not_be_judged_in_an_enclave);
    tcase_add_loop_test(tcase, failed_key_derivation_is_called_so, 0, 2);
    return suite_main(suite);
}
