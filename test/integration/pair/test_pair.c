/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Two enclaves attest each other through the channel: each judges the other by a policy, and the
 * host between them, which carries and keeps every message, gets nowhere with what it has seen.
 */
#include "common.h"
#include "pair.h"
#include "pair_u.h"
#include "secure_channel_host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLICY_ROOM = 16384, PROOF_ROOM = 4096, FINISH = 5, HEADER_SIZE = 32 };

static cc_enclave_t server, client;
static cc_sec_chl_svr_ctx_t service;
static char policy[POLICY_ROOM], why[PAIR_WHY_ROOM];

/* What the host sees of a client's proof: FINISH begins with it, in the clear. */
static uint8_t proof[PROOF_ROOM];
static size_t proof_size;
static size_t session; /* of the last message */

static void proof_keep(const uint8_t *message, size_t size)
{
    size_t length;

    memcpy(&session, message + 8, sizeof session);
    if (message[0] != FINISH || size < HEADER_SIZE + 6)
        return;
    if ((message[HEADER_SIZE] | message[HEADER_SIZE + 1]) == 0)
        return; /* it shows nothing */
    length = (size_t)message[HEADER_SIZE + 4] | (size_t)message[HEADER_SIZE + 5] << 8;
    ck_assert_uint_le(length, sizeof proof);
    memcpy(proof, message + HEADER_SIZE + 6, length);
    proof_size = length;
}

/* --- the host between them ------------------------------------------------------------------- */

struct reply {
    uint8_t *bytes;
    size_t room, size;
};

static int reply_take(void *conn, void *buf, size_t count)
{
    struct reply *reply = conn;

    if (count > reply->room)
        return -1;
    memcpy(reply->bytes, buf, count);
    reply->size = count;
    return (int)count;
}

int pair_carry(const uint8_t *request, size_t len, uint8_t *answer, size_t room, size_t *answer_len)
{
    struct reply reply = {answer, room, 0};
    cc_sec_chl_conn_ctx_t conn = {&service, {reply_take, &reply}};

    if (len >= HEADER_SIZE)
        proof_keep(request, len);
    (void)cc_sec_chl_svr_callback(&conn, request, len); /* what went wrong is in the answer */
    *answer_len = reply.size;
    return reply.size > 0 ? 0 : -1;
}

int pair_record(size_t id, const uint8_t *record, size_t len, uint8_t *answer, size_t room,
                size_t *answer_len)
{
    int rc = -1;

    *answer_len = room;
    if (pair_answer(&server, &rc, id, record, len, answer, room, answer_len) != CC_SUCCESS)
        return -1;
    return rc;
}

/* --- setting up ------------------------------------------------------------------------------ */

static void image_create(const char *name, cc_enclave_t *ret_enclave)
{
    cc_enclave_result_t rc = create(name, ret_enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s: %s: %s", name, cc_enclave_res2_str(rc),
                  cc_enclave_error_detail());
}

/* Accepts the two images on this device. */
static void policy_make(void)
{
    static const char command[] =
        "PATH=\"$IMAGES../../stage/bin:$PATH\"; secgear device root >\"$XDG_STATE_HOME/root.pem\" "
        "&&"
        "secgear policy from-image \"$IMAGES\"pair_server.signed.so "
        "\"$IMAGES\"pair_client.signed.so "
        "--root \"$XDG_STATE_HOME/root.pem\" --mrtcb \"$(secgear device mrtcb)\" "
        "--allow-embedded-device-insecure 2>\"$XDG_STATE_HOME/log\"";
    FILE *from;
    size_t size;

    setenv("IMAGES", image_path(""), 1);
    from = popen(command, "re");
    ck_assert_ptr_nonnull(from);
    size = fread(policy, 1, sizeof policy - 1, from);
    policy[size] = '\0';
    ck_assert_int_eq(pclose(from), 0);
}

static void setup(void)
{
    int rc = -1;

    state_fresh();
    policy_make();
    image_create("pair_server.signed.so", &server);
    ck_assert_int_eq(pair_judge_by(&server, &rc, policy, strlen(policy)), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    service = (cc_sec_chl_svr_ctx_t){.enclave_ctx = &server};
    ck_assert_int_eq(cc_sec_chl_svr_init(&service), CC_SUCCESS);
    image_create("pair_client.signed.so", &client);
}

static void teardown(void)
{
    ck_assert_int_eq(cc_sec_chl_svr_fini(&service), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&client), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&server), CC_SUCCESS);
}

static int open_from(cc_enclave_t *from, const char *by, enum pair_how how)
{
    static const uint8_t none[1];
    int rc = -1;

    ck_assert_int_eq(pair_open(from, &rc, PAIR_SERVER, by, by != NULL ? strlen(by) : 0, how,
                               proof_size > 0 ? proof : none, proof_size > 0 ? proof_size : 1, why),
                     CC_SUCCESS);
    return rc;
}

/* --- tests ----------------------------------------------------------------------------------- */

START_TEST(two_enclaves_attest_each_other_and_talk)
{
    static const uint8_t uuid[16] = {0x5e, 0x22, 0xe2, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 2};
    char reply[PAIR_REPLY_ROOM];
    uint8_t found[16];
    uint32_t kind = 0;
    int rc;

    rc = open_from(&client, policy, PAIR_ENCLAVE);
    ck_assert_msg(rc == 0, "%d: %s", rc, why);
    ck_assert_int_eq(pair_ask(&client, &rc, "from one enclave", reply), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    ck_assert_str_eq(reply, "from one enclave");
    ck_assert_int_eq(pair_peer(&server, &rc, session, &kind, found), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_eq(kind, 2); /* CC_SEC_CHL_PEER_ENCLAVE */
    ck_assert_mem_eq(found, uuid, sizeof uuid);
    ck_assert_int_eq(pair_close(&client), CC_SUCCESS);
    ck_assert_int_eq(pair_ask(&client, &rc, "too late", reply), CC_SUCCESS);
    ck_assert_int_eq(rc, CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

START_TEST(report_for_the_application_is_no_clients_proof)
{
    ck_assert_int_eq(open_from(&client, policy, PAIR_APP), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_int_eq(open_from(&client, policy, PAIR_ENCLAVE), 0);
}
END_TEST

START_TEST(proof_of_an_earlier_handshake_is_refused)
{
    ck_assert_int_eq(open_from(&client, policy, PAIR_ENCLAVE), 0);
    ck_assert_uint_gt(proof_size, 200);
    ck_assert_int_eq(pair_close(&client), CC_SUCCESS);
    ck_assert_int_eq(open_from(&client, policy, PAIR_GIVEN), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
}
END_TEST

START_TEST(enclave_that_is_not_in_the_policy_is_refused)
{
    cc_enclave_t stranger;

    image_create("pair_stranger.signed.so", &stranger);
    ck_assert_int_eq(open_from(&stranger, policy, PAIR_ENCLAVE),
                     CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    /* And with the proof of one that is. */
    ck_assert_int_eq(open_from(&client, policy, PAIR_ENCLAVE), 0);
    ck_assert_int_eq(open_from(&stranger, policy, PAIR_GIVEN), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_int_eq(cc_enclave_destroy(&stranger), CC_SUCCESS);
}
END_TEST

START_TEST(client_that_shows_nothing_is_refused)
{
    ck_assert_int_eq(open_from(&client, policy, PAIR_NOTHING), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
}
END_TEST

START_TEST(calling_enclave_judges_the_other_one)
{
    char others[POLICY_ROOM], *digit;

    strcpy(others, policy);
    digit = strstr(others, "\"mrenclave\"");
    ck_assert_ptr_nonnull(digit);
    digit = strpbrk(digit + 11, "0123456789abcdef");
    *digit = *digit == '0' ? '1' : '0'; /* of the first entry, the server's */
    ck_assert_int_eq(open_from(&client, others, PAIR_ENCLAVE), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(why, "mrenclave"));
    ck_assert_uint_eq(proof_size, 0); /* it did not even say who it is */
}
END_TEST

START_TEST(without_a_policy_the_enclave_says_what_it_wants)
{
    ck_assert_int_eq(open_from(&client, NULL, PAIR_ENCLAVE), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_msg(strstr(why, "policy_json") != NULL, "%s", why);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/pair");
    TCase *tcase = tcase_of(suite, "pair");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, two_enclaves_attest_each_other_and_talk);
    tcase_add_test(tcase, report_for_the_application_is_no_clients_proof);
    tcase_add_test(tcase, proof_of_an_earlier_handshake_is_refused);
    tcase_add_test(tcase, enclave_that_is_not_in_the_policy_is_refused);
    tcase_add_test(tcase, client_that_shows_nothing_is_refused);
    tcase_add_test(tcase, calling_enclave_judges_the_other_one);
    tcase_add_test(tcase, without_a_policy_the_enclave_says_what_it_wants);
    return suite_main(suite);
}
