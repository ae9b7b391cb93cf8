/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The reference's channel was open to S01 to S15 (docs/threat-model.md): the attacks on ours. */
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

/* The device signs what change made of what the enclave asked for. */
static void (*changed)(struct report_body *body);

static void evidence_change(struct sc2_hello_rsp *rsp, void *arg)
{
    struct forge *device = arg;
    struct report_body before = device->body;

    device->body = evidence_body(rsp->evidence);
    changed(&device->body);
    rsp->evidence = forge_report(device);
    device->body = before;
}

static void evidence_swap(struct line *l, struct buf *message)
{
    rsp_rewrite(message, evidence_change, l->note);
}

static cc_enclave_result_t open_with(void (*change)(struct report_body *body), struct forge *device)
{
    changed = change;
    line.note = device;
    line.on_response = evidence_swap;
    return line_open(&line);
}

START_TEST(s01_exchange_that_is_not_the_attested_one_is_refused)
{
    ck_assert(ecdh_generate(&mitm_key, ECDH_X25519));
    line.on_response = mitm_full;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(sessions(), 0);
    ecdh_done(&mitm_key);
}
END_TEST

/* A server without any TEE: own key, own Finished, something in the evidence's place. */
static void rogue(struct line *l, struct buf *message)
{
    struct sc2_message hello = line_message(&l->request);
    uint8_t head[256], body[SC2_BODY_MAX_SIZE], nonce[SC2_NONCE_SIZE] = {1}, mac[SC2_MAC_SIZE];
    struct writer h = writer_over(head, sizeof head), w = writer_over(body, sizeof body);
    struct sc2_hello_rsp rsp = {.suite = SC2_SUITE_X25519,
                                .session_id = UINT64_C(1) << 40,
                                .nonce = VIEW_OF(nonce),
                                .share = ecdh_public(&mitm_key),
                                .evidence = view_text("no TEE here")};
    struct schedule schedule;
    struct sc2_hello parsed;
    struct ecdh_shared shared;

    if (hello.type != SC2_HELLO)
        return;
    ck_assert_int_eq(sc2_hello_decode(hello.body, &parsed), CC_SUCCESS);
    sc2_hello_rsp_head_encode(&rsp, &h);
    ck_assert(ecdh_derive(&mitm_key, parsed.share, &shared));
    ck_assert(schedule_start(&schedule, hello.body, writer_view(&h), ecdh_shared_view(&shared)));
    ck_assert(schedule_evidence(&schedule, rsp.evidence) && schedule_fin_s(&schedule, mac));
    rsp.fin_s = VIEW_OF(mac);
    sc2_hello_rsp_encode(&rsp, &w);
    message_set(message, SC2_HELLO_RSP, rsp.session_id, writer_view(&w));
}

static bool finish_sent;

static void finish_watch(struct line *l, struct buf *message)
{
    (void)l;
    finish_sent |= message->data[0] == SC2_FINISH;
}

START_TEST(s02_server_without_a_tee_is_refused)
{
    ck_assert(ecdh_generate(&mitm_key, ECDH_X25519));
    finish_sent = false;
    line.on_response = rogue;
    line.on_request = finish_watch;
    ck_assert_int_ne(line_open(&line), CC_SUCCESS);
    ck_assert(!finish_sent); /* refused before the client says anything more */
    ecdh_done(&mitm_key);
}
END_TEST

static void other_uuid(struct report_body *body)
{
    memset(body->uuid.bytes, 0x99, sizeof body->uuid.bytes);
}

static void other_measurement(struct report_body *body)
{
    body->mrenclave[0] ^= 1;
}

static void debug_enclave(struct report_body *body)
{
    body->debug = true;
}

static void from_the_host(struct report_body *body)
{
    body->origin = REPORT_ORIGIN_REE;
}

static void for_another_purpose(struct report_body *body)
{
    body->purpose = REPORT_PURPOSE_APP;
}

static void as_it_is(struct report_body *body)
{
    (void)body;
}

static void rule_is(void (*change)(struct report_body *body), const char *rule)
{
    ck_assert_int_eq(open_with(change, rig.device), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_msg(strstr(cc_sec_chl_error_detail(), rule) != NULL, "%s: %s", rule,
                  cc_sec_chl_error_detail());
}

START_TEST(s03_enclave_of_another_uuid_is_refused)
{
    rig_policy(RIG_MRENCLAVE
               "},{\"uuid\":\"" RIG_OTHER_UUID "\",\"min_level\":\"installed\","
               "\"any_tcb_insecure\":true," RIG_MRENCLAVE); /* trusted, but not asked for */
    line.opts.policy_json_len = strlen(rig.policy);
    rule_is(other_uuid, "verify: uuid");
}
END_TEST

START_TEST(s03_enclave_of_another_measurement_is_refused)
{
    rule_is(other_measurement, "mrenclave");
}
END_TEST

START_TEST(s03_debug_enclave_is_refused)
{
    rule_is(debug_enclave, "debug");
}
END_TEST

START_TEST(s03_report_that_the_host_had_made_is_refused)
{
    rule_is(from_the_host, "origin");
}
END_TEST

START_TEST(s03_report_for_an_application_is_refused)
{
    rule_is(for_another_purpose, "purpose");
}
END_TEST

static void device_of_its_own(struct report_body *body)
{
    memcpy(body->device_id, rig.other->device_id, sizeof body->device_id);
}

START_TEST(s04_device_under_an_unknown_root_is_refused)
{
    ck_assert_int_eq(open_with(device_of_its_own, rig.other), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_msg(strstr(cc_sec_chl_error_detail(), "root") != NULL, "%s",
                  cc_sec_chl_error_detail());
}
END_TEST

START_TEST(s05_enclave_without_a_report_offers_nothing)
{
    rig.no_report = true;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

/* A record of the client, as the host sees it. */
struct sealed {
    uint8_t bytes[64];
    size_t size;
};

static struct sealed client_seals(const char *text)
{
    struct sealed s = {.size = sizeof s.bytes};

    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, text, strlen(text), s.bytes, &s.size),
                     CC_SUCCESS);
    return s;
}

static int enclave_opens(const struct sealed *s)
{
    uint8_t plain[64];
    size_t size = sizeof plain;

    return cc_sec_chl_enclave_decrypt(line.client.session_id, s->bytes, s->size, plain, &size);
}

START_TEST(s06_record_is_taken_once)
{
    struct sealed s;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    s = client_seals("pay 100");
    ck_assert_int_eq(enclave_opens(&s), 0);
    ck_assert_int_eq(enclave_opens(&s), CC_ERROR_SEC_CHL_DECRYPT);
}
END_TEST

START_TEST(s07_reflected_record_is_refused_and_directions_have_their_own_keys)
{
    struct sealed to, from = {.size = sizeof from.bytes};
    uint8_t plain[64];
    size_t size = sizeof plain;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    to = client_seals("the same");
    ck_assert_int_eq(cc_sec_chl_client_decrypt(&line.client, to.bytes, to.size, plain, &size),
                     CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(
        cc_sec_chl_enclave_encrypt(line.client.session_id, "the same", 8, from.bytes, &from.size),
        0);
    /* Same text, same number: under one key and nonce the ciphertexts would be one. */
    ck_assert_mem_ne(to.bytes + SC2_RECORD_HEADER_SIZE, from.bytes + SC2_RECORD_HEADER_SIZE, 8);
}
END_TEST

static struct buf kept_finish;

static void finish_keep(struct line *l, struct buf *message)
{
    (void)l;
    if (message->data[0] == SC2_FINISH)
        line_keep(&kept_finish, message->data, message->size);
}

START_TEST(s08_established_session_is_neither_taken_over_nor_destroyed)
{
    uint8_t forged[SC2_RECORD_OVERHEAD_SIZE] = {0};
    struct sc2_record close = {.flags = SC2_RECORD_CLOSE, .seq = 1};

    line.on_request = finish_keep;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    line.on_request = NULL;
    refused(ask_bytes(buf_view(&kept_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION);
    refused(ask(SC2_FINISH, line.client.session_id, VIEW_OF(bad_finish)),
            CC_ERROR_SEC_CHL_INVALID_SESSION);
    close.session_id = line.client.session_id;
    sc2_record_header_encode(&close, forged);
    refused(ask(SC2_DESTROY, line.client.session_id, VIEW_OF(forged)), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(line_echo(&line, "still ours"), CC_SUCCESS);
    buf_free(&kept_finish);
}
END_TEST

/* Something that nobody looks at, but for the transcript. */
static void hello_extend(struct line *l, struct buf *message)
{
    struct sc2_message m = line_message(message);
    uint8_t body[512];
    struct writer w = writer_over(body, sizeof body);
    struct sc2_hello hello;

    (void)l;
    if (m.type != SC2_HELLO)
        return;
    ck_assert_int_eq(sc2_hello_decode(m.body, &hello), CC_SUCCESS);
    ck_assert(sc2_exts_add(&hello.exts, 0x0700, view_text("x")));
    sc2_hello_encode(&hello, &w);
    message_set(message, SC2_HELLO, 0, writer_view(&w));
}

START_TEST(s09_each_byte_of_hello_is_in_the_transcript)
{
    line.on_request = hello_extend;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

/* A leaked device that the policy trusts, too, signs the same claims anew: whose keys are these? */
START_TEST(s10_evidence_of_another_signer_over_the_same_handshake_is_refused)
{
    ck_assert_int_eq(open_with(as_it_is, rig.device),
                     CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

START_TEST(s11_client_that_must_show_itself_and_does_not_is_refused)
{
    const cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts,
                                            .flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT};

    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), 0);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

/* The host answers the first HELLO: use P-256. */
static void retry_forge(struct line *l, struct buf *message)
{
    static const uint8_t body[] = {6, 0, 2, 0x80, 2, 0, SC2_SUITE_P256, 0};
    uint8_t room[64];
    struct sc2_message m = {.type = SC2_ERROR, .status = SC2_STATUS_RETRY, .body = VIEW_OF(body)};
    struct writer w = writer_over(room, sizeof room);

    if (l->requests > 1)
        return;
    sc2_message_encode(&m, &w);
    line_keep(message, room, w.size);
}

START_TEST(s12_nobody_on_the_way_chooses_the_suite)
{
    line.on_response = retry_forge;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

START_TEST(s13_messages_for_unknown_sessions_are_answered_and_harm_nothing)
{
    const uint64_t ids[] = {0, 1, UINT64_C(1) << 33, UINT64_MAX};

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        refused(ask(SC2_FINISH, ids[i], VIEW_OF(bad_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION);
        refused(ask(SC2_DESTROY, ids[i], VIEW_EMPTY), CC_ERROR_SEC_CHL_INVALID_SESSION);
    }
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(77, "x", 1, NULL, &(size_t){0}), -1);
    ck_assert_int_eq(line_echo(&line, "alive"), CC_SUCCESS);
}
END_TEST

/* The body says more than arrived; or the message is longer than any. */
static void lengths_lie(struct line *l, struct buf *message)
{
    (void)l;
    message->data[24] ^= 0xff;
}

static void too_long(struct line *l, struct buf *message)
{
    uint8_t room[SC2_RECEIVE_MAX_SIZE + 1] = {0};

    (void)l;
    memcpy(room, message->data, message->size);
    line_keep(message, room, sizeof room);
}

START_TEST(s14_client_bounds_what_it_is_sent)
{
    line.on_response = lengths_lie;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    line.on_response = too_long;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID);
}
END_TEST

START_TEST(s15_enclave_bounds_what_it_is_sent)
{
    static uint8_t room[SC2_RECEIVE_MAX_SIZE + 1];
    struct buf hello = hello_body(), message;
    struct sc2_message m = {.type = SC2_HELLO, .body = buf_view(&hello)};
    struct writer w = writer_over(room, sizeof room);

    sc2_message_encode(&m, &w);
    for (size_t cut = 0; cut < w.size; cut += 3) { /* of exactly that size, for ASan */
        ck_assert(buf_copy(&message, view_of(room, cut)));
        refused(ask_bytes(buf_view(&message)), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
        buf_free(&message);
    }
    refused(ask_bytes(VIEW_OF(room)), CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    buf_free(&hello);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/s01");
    const struct {
        const char *name;
        const TTest *test;
    } all[] = {
        {"S01", s01_exchange_that_is_not_the_attested_one_is_refused},
        {"S02", s02_server_without_a_tee_is_refused},
        {"S03 uuid", s03_enclave_of_another_uuid_is_refused},
        {"S03 measurement", s03_enclave_of_another_measurement_is_refused},
        {"S03 debug", s03_debug_enclave_is_refused},
        {"S03 origin", s03_report_that_the_host_had_made_is_refused},
        {"S03 purpose", s03_report_for_an_application_is_refused},
        {"S04", s04_device_under_an_unknown_root_is_refused},
        {"S05", s05_enclave_without_a_report_offers_nothing},
        {"S06", s06_record_is_taken_once},
        {"S07", s07_reflected_record_is_refused_and_directions_have_their_own_keys},
        {"S08", s08_established_session_is_neither_taken_over_nor_destroyed},
        {"S09", s09_each_byte_of_hello_is_in_the_transcript},
        {"S10", s10_evidence_of_another_signer_over_the_same_handshake_is_refused},
        {"S11", s11_client_that_must_show_itself_and_does_not_is_refused},
        {"S12", s12_nobody_on_the_way_chooses_the_suite},
        {"S13", s13_messages_for_unknown_sessions_are_answered_and_harm_nothing},
        {"S14", s14_client_bounds_what_it_is_sent},
        {"S15", s15_enclave_bounds_what_it_is_sent},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        TCase *tcase = tcase_of(suite, all[i].name);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, all[i].test);
    }
    return suite_main(suite);
}
