/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The channel against a host, a network and devices that belong to an attacker. */
#include "channel_mitm.h"

static struct line line;

static void setup(void)
{
    rig_setup();
    line_init(&line);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

/* --- a man in the middle ------------------------------------------------------------------------
 */

static void share_swap(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rsp->share = ecdh_public(&mitm_key);
}

static void mitm_swap(struct line *l, struct buf *message)
{
    (void)l;
    rsp_rewrite(message, share_swap, NULL);
}

START_TEST(mitm_who_swaps_the_enclaves_share_is_refused)
{
    ck_assert(ecdh_generate(&mitm_key, ECDH_X25519));
    line.on_response = mitm_swap;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_null(line.client.handle);
    ck_assert_uint_eq(sessions(), 0);
    ecdh_done(&mitm_key);
}
END_TEST

START_TEST(mitm_with_a_right_finished_but_relayed_evidence_is_refused)
{
    ck_assert(ecdh_generate(&mitm_key, ECDH_X25519));
    line.on_response = mitm_full;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "user_data"));
    ecdh_done(&mitm_key);
}
END_TEST

/* --- evidence that is not for this session, or not good enough -----------------------------------
 */

static struct buf kept_evidence;

static void evidence_keep(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    line_keep(&kept_evidence, rsp->evidence.data, rsp->evidence.size);
}

static void evidence_put(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rsp->evidence = buf_view(&kept_evidence);
}

static void keep_it(struct line *l, struct buf *message)
{
    (void)l;
    rsp_rewrite(message, evidence_keep, NULL);
}

static void put_it(struct line *l, struct buf *message)
{
    (void)l;
    rsp_rewrite(message, evidence_put, NULL);
}

START_TEST(evidence_of_another_session_is_refused)
{
    line.on_response = keep_it;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    line.on_response = put_it;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    buf_free(&kept_evidence);
}
END_TEST

/* The host has a genuine device sign something else over the right user data. */
struct forgery {
    const char *name;
    void (*change)(struct report_body *body);
};

static void purpose_app(struct report_body *body)
{
    body->purpose = REPORT_PURPOSE_APP;
}

static void purpose_ra_tls(struct report_body *body)
{
    body->purpose = REPORT_PURPOSE_RA_TLS;
}

static void origin_ree(struct report_body *body)
{
    body->origin = REPORT_ORIGIN_REE;
}

static void other_uuid(struct report_body *body)
{
    body->uuid.bytes[0] = 0x99;
}

static void debug_enclave(struct report_body *body)
{
    body->debug = true;
}

static void other_measurement(struct report_body *body)
{
    body->mrenclave[31] ^= 1;
}

static void low_level(struct report_body *body)
{
    body->level = REPORT_LEVEL_EMBEDDED;
}

static void other_device_id(struct report_body *body)
{
    body->device_id[0] ^= 1; /* not the one that its certificate names */
}

static const struct forgery forgeries[] = {
    {"purpose app", purpose_app}, {"purpose ra-tls", purpose_ra_tls},
    {"origin REE", origin_ree},   {"other uuid", other_uuid},
    {"debug", debug_enclave},     {"other measurement", other_measurement},
    {"low level", low_level},     {"device of no certificate", other_device_id},
};

static void evidence_forge(struct sc2_hello_rsp *rsp, void *arg)
{
    const struct forgery *forgery = arg;
    struct report_body before = rig.device->body;

    rig.device->body = evidence_body(rsp->evidence);
    forgery->change(&rig.device->body);
    rsp->evidence = forge_report(rig.device);
    rig.device->body = before;
}

static void forge_it(struct line *l, struct buf *message)
{
    rsp_rewrite(message, evidence_forge, l->note);
}

START_TEST(evidence_that_breaks_one_rule_is_refused)
{
    struct forgery forgery = forgeries[_i];

    line.note = &forgery;
    line.on_response = forge_it;
    ck_assert_msg(line_open(&line) == CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT, "%s", forgery.name);
    ck_assert_str_ne(cc_sec_chl_error_detail(), "");
}
END_TEST

START_TEST(enclave_refuses_a_report_that_it_did_not_ask_for)
{
    rig.spoil = forgeries[_i].change; /* whoever carries the report swaps it: correction 3 */
    if (forgeries[_i].change == other_measurement || forgeries[_i].change == low_level ||
        forgeries[_i].change == other_device_id) /* not known to it; the client judges these */
        ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    else
        ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
}
END_TEST

static void unchanged(struct report_body *body)
{
    (void)body;
}

START_TEST(evidence_signed_anew_breaks_the_finished)
{
    struct forgery same = {"signed anew", unchanged}; /* ECDSA: same body, another signature */

    line.note = &same;
    line.on_response = forge_it;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}
END_TEST

static void evidence_from_other_device(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rig.other->body = evidence_body(rsp->evidence);
    memcpy(rig.other->body.device_id, rig.other->device_id, sizeof rig.other->device_id);
    rsp->evidence = forge_report(rig.other);
}

static void other_root(struct line *l, struct buf *message)
{
    (void)l;
    rsp_rewrite(message, evidence_from_other_device, NULL);
}

START_TEST(evidence_under_another_root_is_refused)
{
    line.on_response = other_root;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
}
END_TEST

static void evidence_garbage(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rsp->evidence = view_text("no evidence");
}

static void garbage(struct line *l, struct buf *message)
{
    (void)l;
    rsp_rewrite(message, evidence_garbage, NULL);
}

START_TEST(evidence_that_is_none_has_its_own_code)
{
    line.on_response = garbage;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_REPORT);
}
END_TEST

START_TEST(no_report_no_session)
{
    rig.no_report = true;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

START_TEST(measurement_that_no_policy_lists_is_refused)
{
    rig_policy("\"mrenclave\":"
               "\"3333333333333333333333333333333333333333333333333333333333333333\"");
    line_init(&line);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
}
END_TEST

START_TEST(both_ends_refuse_another_uuid)
{
    static char other[] = RIG_OTHER_UUID;

    line.client.uuid = other;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT); /* the enclave says */
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

/* --- every byte of the handshake
 * ------------------------------------------------------------------ */

static size_t flip_at;
static enum sc2_type flip_in;

static void flip(struct line *l, struct buf *message)
{
    (void)l;
    if (message->size > flip_at && message->data[0] == (uint8_t)flip_in)
        message->data[flip_at] ^= 0x10;
}

/* A changed byte anywhere never gives a channel: nothing in the handshake is outside the proof but
 * the header's status. */
static void flip_everywhere(enum sc2_type type, bool response, size_t size)
{
    line_filter *filter = response ? &line.on_response : &line.on_request;

    flip_in = type;
    for (flip_at = 0; flip_at < size; flip_at++) {
        cc_enclave_result_t rc;

        line.on_request = line.on_response = NULL;
        *filter = flip;
        rc = line_open(&line);
        if (rc == CC_SUCCESS)
            ck_assert_msg(flip_at >= 16 && flip_at < 20, "byte %zu of message %d", flip_at,
                          (int)type);
        cc_sec_chl_client_fini(&line.client);
    }
}

START_TEST(no_byte_around_the_bodies_can_be_changed)
{
    flip_everywhere(SC2_HELLO, false, SC2_HEADER_SIZE);
    flip_everywhere(SC2_FINISH, false, SC2_HEADER_SIZE + 2 + SC2_MAC_SIZE);
    flip_everywhere(SC2_FINISH_RSP, true, SC2_HEADER_SIZE + SC2_MAC_SIZE);
}
END_TEST

START_TEST(no_byte_of_the_bodies_can_be_changed)
{
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    flip_everywhere(SC2_HELLO, false, SC2_HEADER_SIZE + 2 + 4 + 36 + 32 + 2 + 32 + 2);
    flip_everywhere(SC2_HELLO_RSP, true, SC2_HEADER_SIZE + 78); /* R; evidence has its own tests */
}
END_TEST

static size_t cut_at;

static void cut(struct line *l, struct buf *message)
{
    (void)l;
    if (message->data[0] == (uint8_t)flip_in && cut_at < message->size)
        message->size = cut_at;
}

START_TEST(messages_cut_at_each_byte_end_cleanly)
{
    static const enum sc2_type types[] = {SC2_HELLO, SC2_HELLO_RSP, SC2_FINISH, SC2_FINISH_RSP};
    bool response = _i % 2 == 1;
    size_t step = types[_i] == SC2_HELLO_RSP ? 7 : 1;

    flip_in = types[_i];
    line.opts.timeout_ms = 20; /* cut to nothing is silence */
    *(response ? &line.on_response : &line.on_request) = cut;
    for (cut_at = 0; cut_at < SC2_HEADER_SIZE + 60; cut_at += step) {
        if (types[_i] >= SC2_FINISH && cut_at >= SC2_HEADER_SIZE + SC2_MAC_SIZE)
            break;
        ck_assert_int_ne(line_open(&line), CC_SUCCESS);
        ck_assert_ptr_null(line.client.handle);
    }
}
END_TEST

/* --- suites
 * ---------------------------------------------------------------------------------------- */

START_TEST(enclave_asks_to_retry_with_a_suite_that_it_speaks)
{
    service_get()->limits.suites_refused = 1u << SC2_SUITE_X25519;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_uint_eq(line.requests, 3);
    ck_assert_int_eq(line_echo(&line, "over P-256"), CC_SUCCESS);
    service_get()->limits.suites_refused = 0;
}
END_TEST

START_TEST(no_common_suite_is_said_so)
{
    static const uint16_t only[] = {CC_SEC_CHL_SUITE_X25519};

    line.opts.suites = only;
    line.opts.suite_count = 1;
    service_get()->limits.suites_refused = 1u << SC2_SUITE_X25519;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    service_get()->limits.suites_refused = 0;
}
END_TEST

/* The host answers HELLO itself: use another suite. */
static uint16_t forged_suite;
static bool forge_always;

static void retry_forge(struct line *l, struct buf *message)
{
    uint8_t body[16], number[2];
    struct sc2_exts exts = {.count = 0};
    struct writer w = writer_over(body, sizeof body), n = writer_over(number, sizeof number);
    struct sc2_message m = {.type = SC2_ERROR, .status = SC2_STATUS_RETRY};
    uint8_t room[64];
    struct writer all = writer_over(room, sizeof room);

    if (l->requests > 1 && !forge_always)
        return;
    writer_le16(&n, forged_suite);
    ck_assert(sc2_exts_add(&exts, SC2_EXT_SUITE, writer_view(&n)));
    sc2_error_encode(&exts, &w);
    m.body = writer_view(&w);
    sc2_message_encode(&m, &all);
    line_keep(message, room, all.size);
}

START_TEST(forged_retry_to_another_suite_is_noticed_by_the_enclave)
{
    forged_suite = SC2_SUITE_P256;
    line.on_response = retry_forge;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

/* The hybrid suite, where both ends have it; and not where somebody between them has not. */
START_TEST(hybrid_suite_is_spoken_where_openssl_has_it)
{
    static const uint16_t both[] = {CC_SEC_CHL_SUITE_X25519MLKEM768, CC_SEC_CHL_SUITE_X25519};

    line.opts.suites = both;
    line.opts.suite_count = 2;
    if (!ecdh_available(ECDH_X25519MLKEM768)) {
        ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "which OpenSSL has from 3.5 on"));
        return;
    }
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_uint_eq(line.requests, 2);
    ck_assert_int_eq(line_echo(&line, "over both"), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);

    service_get()->limits.suites_refused = 1u << SC2_SUITE_X25519MLKEM768;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_int_eq(line_echo(&line, "over X25519"), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    service_get()->limits.suites_refused = 0;

    forged_suite = SC2_SUITE_X25519;
    line.requests = 0;
    line.on_response = retry_forge;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

/* The same of the suite of RFC 8998; over more than one epoch, and the exporter agrees. */
START_TEST(sm_suite_is_spoken_where_openssl_has_it)
{
    static const uint16_t sm[] = {CC_SEC_CHL_SUITE_SM};
    uint8_t ours[48], theirs[48];

    line.opts.suites = sm;
    line.opts.suite_count = 1;
    line.opts.rekey_records = 1024;
    if (!aead_sm4_there()) {
        ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "which OpenSSL has from 3.1 on"));
        return;
    }
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    for (int i = 0; i < 2100; i++)
        ck_assert_int_eq(line_echo(&line, "over SM2, SM3, SM4"), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_client_export(&line.client, "label", NULL, 0, ours, sizeof ours),
                     CC_SUCCESS);
    ck_assert_int_eq(
        cc_sec_chl_enclave_export(line.client.session_id, "label", NULL, 0, theirs, sizeof theirs),
        CC_SUCCESS);
    ck_assert_mem_eq(ours, theirs, sizeof ours);
    cc_sec_chl_client_fini(&line.client);

    forged_suite = SC2_SUITE_X25519;
    line.requests = 0;
    line.on_response = retry_forge; /* to what was not offered */
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}
END_TEST

static void answer_alter(struct line *l, struct buf *message)
{
    (void)l;
    if (line_message(message).type == SC2_HELLO_RSP)
        message->data[SC2_HEADER_SIZE + 2 + 8 + SC2_NONCE_SIZE + 2 + 10] ^= 1; /* of ML-KEM's */
}

START_TEST(altered_hybrid_answer_is_noticed)
{
    static const uint16_t hybrid[] = {CC_SEC_CHL_SUITE_X25519MLKEM768};

    if (!ecdh_available(ECDH_X25519MLKEM768))
        TEST_SKIP("no ML-KEM in this OpenSSL");
    line.opts.suites = hybrid;
    line.opts.suite_count = 1;
    line.on_response = answer_alter;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

START_TEST(forged_retry_to_what_was_not_offered_is_refused)
{
    static const uint16_t suites[] = {SC2_SUITE_X25519, SC2_SUITE_X25519MLKEM768, 0, 0x7777};

    line.on_response = retry_forge;
    forged_suite = suites[_i];
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}
END_TEST

START_TEST(endless_retry_ends)
{
    forge_always = true;
    forged_suite = SC2_SUITE_P256;
    line.on_response = retry_forge;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    ck_assert_uint_eq(line.requests, 3); /* two HELLOs and the goodbye */
}
END_TEST

/* --- forged answers
 * ---------------------------------------------------------------------------------- */

static void error_success(struct line *l, struct buf *message)
{
    static const uint8_t none[2];

    (void)l;
    message_set(message, SC2_ERROR, 0, VIEW_OF(none)); /* status 0 */
}

START_TEST(error_with_status_success_is_no_success)
{
    line.on_response = error_success;
    ck_assert_int_eq(line_open(&line), CC_FAIL);
}
END_TEST

static void ack_forge(struct line *l, struct buf *message)
{
    static const uint8_t zero[SC2_MAC_SIZE];

    (void)l;
    if (line_message(message).type == SC2_FINISH_RSP)
        message_set(message, SC2_FINISH_RSP, line_message(message).session_id, VIEW_OF(zero));
}

START_TEST(forged_ack_is_refused)
{
    line.on_response = ack_forge;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}
END_TEST

static void wrong_type(struct line *l, struct buf *message)
{
    (void)l;
    message->data[0] = SC2_DESTROY_RSP;
}

START_TEST(answer_of_another_type_is_refused)
{
    line.on_response = wrong_type;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM);
}
END_TEST

int main(void)
{
    enum { FORGERIES = sizeof forgeries / sizeof forgeries[0] };
    Suite *suite = suite_create("channel/attacks");
    TCase *tcase = tcase_of(suite, "on the client");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, mitm_who_swaps_the_enclaves_share_is_refused);
    tcase_add_test(tcase, mitm_with_a_right_finished_but_relayed_evidence_is_refused);
    tcase_add_test(tcase, evidence_of_another_session_is_refused);
    tcase_add_loop_test(tcase, evidence_that_breaks_one_rule_is_refused, 0, FORGERIES);
    tcase_add_loop_test(tcase, enclave_refuses_a_report_that_it_did_not_ask_for, 0, FORGERIES);
    tcase_add_test(tcase, evidence_signed_anew_breaks_the_finished);
    tcase_add_test(tcase, evidence_under_another_root_is_refused);
    tcase_add_test(tcase, evidence_that_is_none_has_its_own_code);
    tcase_add_test(tcase, no_report_no_session);
    tcase_add_test(tcase, measurement_that_no_policy_lists_is_refused);
    tcase_add_test(tcase, both_ends_refuse_another_uuid);
    tcase_add_test(tcase, no_byte_around_the_bodies_can_be_changed);
    tcase_add_test(tcase, no_byte_of_the_bodies_can_be_changed);
    tcase_add_loop_test(tcase, messages_cut_at_each_byte_end_cleanly, 0, 4);
    tcase_add_test(tcase, enclave_asks_to_retry_with_a_suite_that_it_speaks);
    tcase_add_test(tcase, no_common_suite_is_said_so);
    tcase_add_test(tcase, forged_retry_to_another_suite_is_noticed_by_the_enclave);
    tcase_add_test(tcase, hybrid_suite_is_spoken_where_openssl_has_it);
    tcase_add_test(tcase, sm_suite_is_spoken_where_openssl_has_it);
    tcase_add_test(tcase, altered_hybrid_answer_is_noticed);
    tcase_add_loop_test(tcase, forged_retry_to_what_was_not_offered_is_refused, 0, 4);
    tcase_add_test(tcase, endless_retry_ends);
    tcase_add_test(tcase, error_with_status_success_is_no_success);
    tcase_add_test(tcase, forged_ack_is_refused);
    tcase_add_test(tcase, answer_of_another_type_is_refused);
    return suite_main(suite);
}
