/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The enclave's service against whatever a host may call it with. */
#include "channel_ask.h"
#include <sched.h>
#include <unistd.h>

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

START_TEST(finish_with_a_bad_mac_is_counted_and_the_third_drops_the_entry)
{
    uint64_t id = hello_session();

    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(pool_count(&service_get()->pool), 1);
        refused(ask(SC2_FINISH, id, VIEW_OF(bad_finish)),
                CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    }
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    refused(ask(SC2_FINISH, id, VIEW_OF(bad_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION);
}
END_TEST

static unsigned bad_finishes;

/* An attacker's FINISH comes first; the client's own must still work. */
static void finish_before(struct line *l, struct buf *message)
{
    struct sc2_message m = line_message(message);

    (void)l;
    for (unsigned i = 0; m.type == SC2_FINISH && i < bad_finishes; i++)
        refused(ask(SC2_FINISH, m.session_id, VIEW_OF(bad_finish)),
                CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}

START_TEST(two_bad_finishes_do_not_harm_the_client)
{
    bad_finishes = 2;
    line.on_request = finish_before;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    bad_finishes = 3;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_SESSION);
}
END_TEST

START_TEST(messages_for_no_session_are_refused)
{
    const uint64_t ids[] = {0, 1, UINT64_C(1) << 33, UINT64_MAX};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        refused(ask(SC2_FINISH, ids[i], VIEW_OF(bad_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION);
        refused(ask(SC2_DESTROY, ids[i], VIEW_EMPTY), CC_ERROR_SEC_CHL_INVALID_SESSION);
    }
}
END_TEST

START_TEST(malformed_messages_are_called_so)
{
    refused(ask_bytes(view_text("no message")), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    refused(ask(SC2_HELLO, 0, VIEW_EMPTY), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    refused(ask(SC2_HELLO, 0, view_text("hello")), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    refused(ask(SC2_FINISH, hello_session(), view_text("x")), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    refused(ask(SC2_DESTROY, hello_session(), view_text("x")), CC_ERROR_SEC_CHL_INVALID_SESSION);
}
END_TEST

/* Well-formed, so that only the session is missing. */
START_TEST(close_of_an_unknown_session_is_refused)
{
    const struct sc2_record record = {.session_id = UINT64_C(1) << 40, .flags = SC2_RECORD_CLOSE};
    uint8_t close[SC2_RECORD_OVERHEAD_SIZE] = {0};

    sc2_record_header_encode(&record, close);
    refused(ask(SC2_DESTROY, record.session_id, VIEW_OF(close)), CC_ERROR_SEC_CHL_INVALID_SESSION);
}
END_TEST

/* Somebody else takes the last place while our FINISH is on its way. */
static void place_take(struct line *l, struct buf *message)
{
    if (line_message(message).type == SC2_FINISH)
        ck_assert_int_eq(line_open(l->note), CC_SUCCESS);
}

START_TEST(last_place_goes_to_who_finishes_first)
{
    struct line other;

    line_init(&other);
    service_get()->limits.sessions_max_count = 1;
    line.on_request = place_take;
    line.note = &other;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    ck_assert_ptr_null(line.client.handle);
    ck_assert_int_eq(line_echo(&other, "it has the place"), CC_SUCCESS);
    service_get()->limits.sessions_max_count = 4096;
    line_done(&other);
}
END_TEST

static struct buf kept_finish;

static void finish_keep(struct line *l, struct buf *message)
{
    (void)l;
    if (line_message(message).type == SC2_FINISH)
        line_keep(&kept_finish, message->data, message->size);
}

START_TEST(established_session_can_not_be_taken_over)
{
    struct buf hello;

    line.on_request = finish_keep;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    refused(ask_bytes(buf_view(&kept_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION); /* replayed */
    refused(ask(SC2_FINISH, line.client.session_id, VIEW_OF(bad_finish)),
            CC_ERROR_SEC_CHL_INVALID_SESSION);
    hello = hello_body();
    refused(ask(SC2_HELLO, line.client.session_id, buf_view(&hello)),
            CC_ERROR_SEC_CHL_INVALID_SESSION);
    ck_assert_int_eq(line_echo(&line, "still mine"), CC_SUCCESS);
    buf_free(&hello);
    buf_free(&kept_finish);
}
END_TEST

START_TEST(forged_destroy_ends_nothing)
{
    uint8_t record[SC2_RECORD_OVERHEAD_SIZE + 1];
    size_t size = sizeof record;
    uint64_t id;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    id = line.client.session_id;
    refused(ask(SC2_DESTROY, id, VIEW_EMPTY), CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "x", 1, record, &size), CC_SUCCESS);
    refused(ask(SC2_DESTROY, id, VIEW_OF(record)), CC_ERROR_SEC_CHL_DECRYPT); /* data, no close */
    record[15] |= SC2_RECORD_CLOSE;
    refused(ask(SC2_DESTROY, id, VIEW_OF(record)), CC_ERROR_SEC_CHL_DECRYPT);
    record[8] = 0;
    refused(ask(SC2_DESTROY, id, view_of(record, SC2_RECORD_OVERHEAD_SIZE)),
            CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(line_echo(&line, "still here"), CC_SUCCESS);
}
END_TEST

START_TEST(close_of_one_session_ends_no_other)
{
    struct line other;

    line_init(&other);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_open(&other), CC_SUCCESS);
    cc_sec_chl_client_fini(&other.client);
    refused(ask(SC2_DESTROY, line.client.session_id, line_message(&other.request).body),
            CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(line_echo(&line, "still here"), CC_SUCCESS);
    line_done(&other);
}
END_TEST

START_TEST(replayed_reflected_and_misdirected_records_are_refused)
{
    uint8_t record[64], plain[64];
    size_t size = sizeof record, plain_size = sizeof plain, id;
    struct line other;

    line_init(&other);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_open(&other), CC_SUCCESS);
    id = line.client.session_id;
    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "pay", 4, record, &size), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_client_decrypt(&line.client, record, size, plain, &plain_size),
                     CC_ERROR_SEC_CHL_DECRYPT); /* reflected */
    ck_assert_int_eq(
        cc_sec_chl_enclave_decrypt(other.client.session_id, record, size, plain, &plain_size),
        CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, size, plain, &plain_size), 0);
    plain_size = sizeof plain;
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, size, plain, &plain_size),
                     CC_ERROR_SEC_CHL_DECRYPT); /* replayed */
    ck_assert_mem_eq(plain, "\0\0\0\0", 4);
    line_done(&other);
}
END_TEST

START_TEST(enclaves_own_code_is_told_what_is_no_argument)
{
    uint8_t record[64] = {0}, plain[64];
    cc_sec_chl_peer_t peer = {.struct_size = 3};
    size_t id, size = sizeof plain;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    id = line.client.session_id;
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, NULL, 50, plain, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, 0, plain, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, 50, plain, NULL), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, NULL, 5, record, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, plain, 0, record, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, plain, 5, record, NULL), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(id, NULL), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(id, &peer), -1);
    ck_assert_int_eq(line_echo(&line, "as before"), CC_SUCCESS);
}
END_TEST

START_TEST(session_id_in_use_is_not_given_again)
{
    static const struct traffic_keys keys;
    const cc_sec_chl_peer_t peer = {.kind = CC_SEC_CHL_PEER_NONE};
    struct service *s = service_get();
    struct roster_entry entry = {.keys = &keys, .limits = &s->limits.session, .peer = &peer};

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    entry.id = line.client.session_id;
    ck_assert_int_eq(roster_add(&s->roster, &entry, 10), CC_ERROR_SEC_CHL_INIT_SESSEION);
    ck_assert_uint_eq(roster_count(&s->roster), 1);
    ck_assert_int_eq(line_echo(&line, "still ours"), CC_SUCCESS);
}
END_TEST

START_TEST(garbage_gets_an_error)
{
    uint8_t junk[256];

    ck_assert_int_eq(ask_bytes(VIEW_EMPTY)->message.type, SC2_ERROR);
    for (size_t i = 0, count = count_of(COUNT_GARBAGE_REQUESTS); i < count; i++) {
        size_t size;

        ck_assert(random_fill(junk, sizeof junk));
        size = junk[255];
        if (i % 2 == 0) { /* a header that is right as far as it goes */
            memset(junk, 0, SC2_HEADER_SIZE);
            junk[0] = (uint8_t)(i % 14);
            junk[20] = SC2_VERSION;
            junk[22] = SC2_HEADER_SIZE;
            junk[24] = (uint8_t)(size > SC2_HEADER_SIZE ? size - SC2_HEADER_SIZE : 0);
        }
        ck_assert_int_eq(ask_bytes(view_of(junk, size))->message.type, SC2_ERROR);
    }
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

START_TEST(requests_that_are_too_long_and_answers_without_room)
{
    static uint8_t big[SC2_RECEIVE_MAX_SIZE + 1], small[SC2_MESSAGE_MAX_SIZE - 1];
    size_t size = 7;

    refused(ask_bytes(VIEW_OF(big)), CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID);
    ck_assert_uint_eq((unsigned)cc_sc_process(big, 1, small, sizeof small, &size),
                      CC_ERROR_SHORT_BUFFER);
    ck_assert_uint_eq((unsigned)cc_sc_process(NULL, 1, big, sizeof big, &size),
                      CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq((unsigned)cc_sc_process(big, 1, NULL, 1, &size), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq((unsigned)cc_sc_process(big, 1, big, sizeof big, NULL),
                      CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(size, 7);
}
END_TEST

START_TEST(bad_points_are_refused)
{
    struct buf body = hello_body();

    memset(body.data + body.size - 2 - 32, 0, 32); /* X25519: all zero, so the result would be */
    refused(ask(SC2_HELLO, 0, buf_view(&body)), CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM);
    body.data[2] = SC2_SUITE_P256; /* 32 bytes are no point of P-256 */
    refused(ask(SC2_HELLO, 0, buf_view(&body)), CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    buf_free(&body);
}
END_TEST

START_TEST(flood_of_hellos_is_bounded_and_harms_no_session)
{
    service_get()->limits.half_open_max_count = 8;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i < 40; i++)
        (void)hello_session();
    ck_assert_uint_eq(pool_count(&service_get()->pool), 8);
    ck_assert_int_eq(line_echo(&line, "undisturbed"), CC_SUCCESS);
    service_get()->limits.half_open_max_count = POOL_MAX_COUNT;
}
END_TEST

START_TEST(oldest_half_open_entry_gives_way)
{
    static struct pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct half_open entry = {.id = 0}, out;

    ck_assert(!pool_add(&pool, &entry, 4)); /* closed */
    pool_reset(&pool, true);
    for (uint64_t i = 1; i <= 6; i++) {
        entry.id = i;
        entry.born_ms = 100 + i;
        entry.nonce_c[0] = (uint8_t)i;
        ck_assert(pool_add(&pool, &entry, 4));
    }
    ck_assert(!pool_add(&pool, &entry, 4)); /* id in use */
    entry.id = 7;
    ck_assert(!pool_add(&pool, &entry, 4)); /* nonce in use */
    ck_assert(!pool_copy(&pool, 1, &out) && !pool_copy(&pool, 2, &out));
    ck_assert(pool_copy(&pool, 3, &out) && !pool_copy(&pool, 0, &out));
    ck_assert(pool_take(&pool, 3) && !pool_take(&pool, 3));
    pool_expire(&pool, 105);
    ck_assert(!pool_contains(&pool, 4) && pool_contains(&pool, 5));
    ck_assert_uint_eq(pool_count(&pool), 2);
}
END_TEST

/* Until the service's own clock has gone on by more than so much. */
static void clock_pass(uint64_t ms)
{
    uint64_t start = session_now_ms();

    while (session_now_ms() <= start + ms)
        sched_yield();
}

START_TEST(full_service_says_so_and_recovers)
{
    struct line other;
    struct buf hello;

    line_init(&other);
    service_get()->limits.sessions_max_count = 1;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_open(&other), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    hello = hello_body(); /* at once, before the device is asked for anything */
    refused(ask_hello(&hello), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    buf_free(&hello);
    service_get()->limits.idle_ms = 0;
    clock_pass(0);
    ck_assert_int_eq(line_open(&other), CC_SUCCESS); /* no tick was needed: the idle one went */
    ck_assert_int_eq(line_echo(&line, "gone"), (cc_enclave_result_t)-1);
    service_get()->limits.sessions_max_count = 4096;
    service_get()->limits.idle_ms = 16 * 60 * 1000;
    line_done(&other);
}
END_TEST

START_TEST(slow_handshakes_expire_without_a_tick)
{
    uint64_t id = hello_session();

    service_get()->limits.half_open_ms = 1;
    clock_pass(1);
    refused(ask(SC2_FINISH, id, VIEW_OF(bad_finish)), CC_ERROR_SEC_CHL_INVALID_SESSION);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 1);
    ck_assert_int_eq(cc_sc_tick(), 0);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    service_get()->limits.half_open_ms = 10000;
}
END_TEST

/* What the enclave's own code asks once the service has stopped. */
static void stopped_expect(size_t session_id)
{
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer};
    uint8_t record[SC2_RECORD_OVERHEAD_SIZE + 8] = {0}, plain[8];
    size_t record_size = sizeof record, plain_size = sizeof plain;

    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(session_id, "a", 1, record, &record_size),
                     (int)CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(
        cc_sec_chl_enclave_decrypt(session_id, record, sizeof record, plain, &plain_size),
        (int)CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(session_id, &peer),
                     (int)CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_enclave_export(session_id, "label", NULL, 0, plain, sizeof plain),
                     (int)CC_ERROR_SEC_CHL_NOTREADY);
}

START_TEST(stop_ends_all_and_start_begins_anew)
{
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    (void)hello_session();
    ck_assert_int_eq(cc_sc_start(), 0); /* again: changes nothing */
    ck_assert_int_eq(line_echo(&line, "here"), CC_SUCCESS);
    ck_assert_int_eq(cc_sc_stop(), 0);
    ck_assert_int_eq(cc_sc_stop(), 0);
    ck_assert_int_eq(line_echo(&line, "gone"), CC_ERROR_SEC_CHL_NOTREADY);
    stopped_expect(line.client.session_id);
    refused(ask(SC2_HELLO, 0, VIEW_EMPTY), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sc_start(), 0);
    ck_assert_int_eq(line_echo(&line, "gone"), (cc_enclave_result_t)-1);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

static bool memory_holds(const void *memory, size_t size, struct view secret)
{
    return memmem(memory, size, secret.data, secret.size) != NULL;
}

START_TEST(half_open_secrets_are_wiped)
{
    struct half_open entry;
    uint64_t id = hello_session();
    struct service *s = service_get();

    ck_assert(pool_copy(&s->pool, id, &entry));
    ck_assert(memory_holds(s, sizeof *s, VIEW_OF(entry.schedule.hs.bytes)));
    for (int i = 0; i < 3; i++)
        (void)ask(SC2_FINISH, id, VIEW_OF(bad_finish));
    ck_assert(!memory_holds(s, sizeof *s, VIEW_OF(entry.schedule.hs.bytes)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/service");
    TCase *tcase = tcase_of(suite, "on the enclave");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, finish_with_a_bad_mac_is_counted_and_the_third_drops_the_entry);
    tcase_add_test(tcase, two_bad_finishes_do_not_harm_the_client);
    tcase_add_test(tcase, malformed_messages_are_called_so);
    tcase_add_test(tcase, close_of_an_unknown_session_is_refused);
    tcase_add_test(tcase, last_place_goes_to_who_finishes_first);
    tcase_add_test(tcase, messages_for_no_session_are_refused);
    tcase_add_test(tcase, established_session_can_not_be_taken_over);
    tcase_add_test(tcase, forged_destroy_ends_nothing);
    tcase_add_test(tcase, close_of_one_session_ends_no_other);
    tcase_add_test(tcase, replayed_reflected_and_misdirected_records_are_refused);
    tcase_add_test(tcase, enclaves_own_code_is_told_what_is_no_argument);
    tcase_add_test(tcase, session_id_in_use_is_not_given_again);
    tcase_add_test(tcase, garbage_gets_an_error);
    tcase_add_test(tcase, requests_that_are_too_long_and_answers_without_room);
    tcase_add_test(tcase, bad_points_are_refused);
    tcase_add_test(tcase, flood_of_hellos_is_bounded_and_harms_no_session);
    tcase_add_test(tcase, oldest_half_open_entry_gives_way);
    tcase_add_test(tcase, full_service_says_so_and_recovers);
    tcase_add_test(tcase, slow_handshakes_expire_without_a_tick);
    tcase_add_test(tcase, stop_ends_all_and_start_begins_anew);
    tcase_add_test(tcase, half_open_secrets_are_wiped);
    return suite_main(suite);
}
