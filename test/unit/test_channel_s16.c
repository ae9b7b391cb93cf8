/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The reference's channel was open to S16 to S28 (docs/threat-model.md): the attacks on ours. */
#include "base/sink.h"
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

enum { ROOM = 128 };

static size_t client_seals(const char *text, uint8_t record[static ROOM])
{
    size_t size = ROOM;

    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, text, strlen(text), record, &size),
                     CC_SUCCESS);
    return size;
}

static int enclave_opens(const uint8_t *record, size_t size, uint8_t plain[static ROOM])
{
    size_t plain_size = ROOM;

    return cc_sec_chl_enclave_decrypt(line.client.session_id, record, size, plain, &plain_size);
}

START_TEST(s16_no_length_in_a_record_is_believed)
{
    uint8_t record[ROOM];
    size_t size, wanted = 0;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    size = client_seals("sixteen", record);
    for (size_t cut = 1; cut < size; cut++) /* also below the overhead */
        ck_assert_int_eq(
            cc_sec_chl_enclave_decrypt(line.client.session_id, record, cut, NULL, &wanted),
            CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
    for (int bit = 0; bit < 32; bit++) {
        record[8 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(cc_sec_chl_client_decrypt(&line.client, record, size, NULL, &wanted),
                         CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
        record[8 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_uint_eq(wanted, 0);
}
END_TEST

START_TEST(s17_refused_record_leaves_nothing_in_the_output)
{
    static const uint8_t zero[ROOM];
    uint8_t record[ROOM], plain[ROOM];
    size_t size;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    size = client_seals("0123456789abcdef0123456789abcdef", record);
    record[size - 1] ^= 1; /* the tag */
    memset(plain, 0, sizeof plain);
    ck_assert_int_eq(enclave_opens(record, size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_mem_eq(plain, zero, sizeof plain);
}
END_TEST

START_TEST(s18_failed_derivation_gives_no_keys)
{
    static const struct traffic_keys zero;
    struct secret z = {{1}};
    struct traffic_keys keys;
    struct schedule s;

    memset(&keys, 0, sizeof keys);
    ck_assert(schedule_start(&s, view_text("hello"), view_text("head"), VIEW_OF(z.bytes)));
    ck_assert(!schedule_keys(&s, &keys)); /* not finished: says so, and leaves nothing to use */
    ck_assert_mem_eq(&keys, &zero, sizeof keys);
    ck_assert(
        !schedule_start(&s, view_of("x", (size_t)UINT32_MAX + 1), VIEW_EMPTY, VIEW_OF(z.bytes)));
    ck_assert(!schedule_keys(&s, &keys));
}
END_TEST

START_TEST(s19_no_nonce_comes_twice)
{
    enum { COUNT = 40 };
    uint8_t records[COUNT][ROOM];

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (size_t i = 0; i < COUNT; i++) {
        (void)client_seals("one and the same", records[i]);
        for (size_t k = 0; k < i; k++)
            ck_assert_mem_ne(records[k] + SC2_RECORD_HEADER_SIZE,
                             records[i] + SC2_RECORD_HEADER_SIZE, 16);
    }
}
END_TEST

START_TEST(s20_keys_are_renewed_before_their_limits)
{
    uint8_t record[ROOM], plain[ROOM];

    line.opts.rekey_records = 1024;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i <= 1024; i++) {
        size_t size = client_seals("again", record);

        ck_assert_uint_eq(record[12], i < 1024 ? 0 : 1); /* the epoch */
        ck_assert_int_eq(enclave_opens(record, size, plain), 0);
    }
}
END_TEST

/* Whether the bytes are anywhere in an object. */
static bool holds(const void *object, size_t size, const struct secret *secret)
{
    for (size_t at = 0; at + sizeof *secret <= size; at++)
        if (memcmp((const uint8_t *)object + at, secret, sizeof *secret) == 0)
            return true;
    return false;
}

static struct secret hs;

static void hs_look(struct line *l, struct buf *message)
{
    struct sc2_message m = line_message(message);
    struct half_open entry;

    (void)l;
    if (m.type != SC2_FINISH)
        return;
    ck_assert(pool_copy(&service_get()->pool, m.session_id, &entry));
    hs = entry.schedule.hs;
}

START_TEST(s21_secrets_of_a_handshake_are_gone_when_it_ends)
{
    static const struct secret zero;

    line.on_request = hs_look;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_mem_ne(&hs, &zero, sizeof hs);
    ck_assert(!holds(service_get(), sizeof *service_get(), &hs));
}
END_TEST

START_TEST(s22_hellos_alone_fill_no_more_than_half_of_the_pool)
{
    service_get()->limits.half_open_max_count = 16;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i < 100; i++) {
        struct buf hello = hello_body();

        (void)ask(SC2_HELLO, 0, buf_view(&hello));
        buf_free(&hello);
    }
    ck_assert_uint_le(pool_count(&service_get()->pool), 8);
    ck_assert_int_eq(line_echo(&line, "undisturbed"), CC_SUCCESS);
    service_get()->limits.half_open_max_count = POOL_MAX_COUNT;
}
END_TEST

static void answer_of_another_type(struct line *l, struct buf *message)
{
    (void)l;
    if (message->data[0] == SC2_FINISH_RSP)
        message->data[0] = SC2_HELLO_RSP;
}

static void answer_twice(struct line *l, struct buf *message)
{
    (void)cc_sec_chl_client_callback(&l->client, message->data, message->size);
}

START_TEST(s23_answers_are_taken_once_and_only_of_the_type_that_is_due)
{
    line.on_response = answer_of_another_type;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM);
    line.on_response = answer_twice;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_echo(&line, "in step"), CC_SUCCESS);
}
END_TEST

static void small_id(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rsp->session_id = 10; /* records would begin like a DESTROY */
}

static void small_id_put(struct line *l, struct buf *message)
{
    (void)l;
    if (message->data[0] == SC2_HELLO_RSP)
        rsp_rewrite(message, small_id, NULL);
}

START_TEST(s24_session_ids_are_random_and_none_looks_like_a_message)
{
    uint64_t ids[100];

    for (size_t i = 0; i < 100; i++) {
        ids[i] = hello_session();
        ck_assert_uint_ne(ids[i] >> 32, 0);
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_ne(ids[k], ids[i]);
    }
    line.on_response = small_id_put;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

START_TEST(s25_refused_records_do_not_say_why)
{
    static const size_t places[] = {12, 13, 14, 15, 16, 20, 23, 24, 30, 45};
    uint8_t record[ROOM], plain[ROOM], seen[ROOM];
    size_t size;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    size = client_seals("sixteen bytes...", seen);
    ck_assert_int_eq(enclave_opens(seen, size, plain), 0);
    ck_assert_int_eq(enclave_opens(seen, size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    size = client_seals("sixteen bytes...", record);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        record[places[i]] ^= 0x20; /* epoch, version, flags, seq, ciphertext, tag */
        ck_assert_int_eq(enclave_opens(record, size, plain), CC_ERROR_SEC_CHL_DECRYPT);
        record[places[i]] ^= 0x20;
    }
}
END_TEST

START_TEST(s26_only_suites_of_the_table_are_spoken)
{
    struct buf hello = hello_body();

    for (uint32_t suite = 3; suite < 0x10000; suite += suite < 0x200 ? 1 : 0xff) {
        if ((suite == SC2_SUITE_X25519MLKEM768 && ecdh_available(ECDH_X25519MLKEM768)) ||
            (suite == SC2_SUITE_SM && aead_sm4_there()))
            continue;
        hello.data[2] = (uint8_t)suite;
        hello.data[3] = (uint8_t)(suite >> 8);
        refused(ask(SC2_HELLO, 0, buf_view(&hello)),
                CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    }
    buf_free(&hello);
}
END_TEST

START_TEST(s27_messages_of_another_version_or_form_are_refused)
{
    static const struct {
        size_t at;
        cc_enclave_result_t code;
    } fields[] = {{4, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},
                  {20, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM},
                  {22, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},
                  {28, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},
                  {0, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM}};
    uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct buf hello = hello_body();
    struct sc2_message m = {.type = SC2_HELLO, .body = buf_view(&hello)};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct writer w = writer_over(room, sizeof room);

        sc2_message_encode(&m, &w);
        room[fields[i].at] ^= 0x40;
        refused(ask_bytes(writer_view(&w)), fields[i].code);
    }
    buf_free(&hello);
}
END_TEST

static char logged[1 << 16];

static void log_keep(int level, const char *text, void *arg)
{
    size_t size = strlen(logged);

    (void)level;
    (void)arg;
    snprintf(logged + size, sizeof logged - size, "%s\n", text);
}

START_TEST(s28_no_secret_is_logged)
{
    static const char secret[] = "the password is swordfish";
    uint8_t record[ROOM], plain[ROOM];
    size_t size;

    logged[0] = '\0';
    setenv("SECGEAR_LOG", "debug", 1);
    cc_sec_chl_set_log(log_keep, NULL);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    size = client_seals(secret, record);
    ck_assert_int_eq(enclave_opens(record, size, plain), 0);
    ck_assert_int_eq(enclave_opens(record, size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_ptr_null(strstr(detail_get(), "swordfish"));
    cc_sec_chl_client_fini(&line.client);
    cc_sec_chl_set_log(rig_log, NULL);
    ck_assert_ptr_null(strstr(logged, "swordfish"));
}
END_TEST

/* --- the other attacks --------------------------------------------------------------------
 */

/* Three records in any order, one far behind the highest: once each, and the late one not. */
START_TEST(a94_reordering_inside_and_outside_the_window)
{
    static uint8_t records[REPLAY_COUNT + 2][ROOM];
    uint8_t plain[ROOM];
    size_t size = 0;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (size_t i = 0; i < REPLAY_COUNT + 2; i++)
        size = client_seals("in order", records[i]);
    ck_assert_int_eq(enclave_opens(records[REPLAY_COUNT], size, plain), 0);
    ck_assert_int_eq(enclave_opens(records[1], size, plain), 0); /* 1023 behind: the last taken */
    ck_assert_int_eq(enclave_opens(records[0], size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    for (size_t i = REPLAY_COUNT - 1; i > 1; i--)
        ck_assert_int_eq(enclave_opens(records[i], size, plain), 0);
    for (size_t i = 0; i <= REPLAY_COUNT; i++)
        ck_assert_int_eq(enclave_opens(records[i], size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(enclave_opens(records[REPLAY_COUNT + 1], size, plain), 0);
}
END_TEST

START_TEST(a94_skipped_epochs_are_refused)
{
    uint8_t record[ROOM], plain[ROOM];
    struct member *member;
    size_t size;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    size = client_seals("epoch 0", record);
    for (int epoch = 1; epoch < 4; epoch++) {
        record[12] = (uint8_t)epoch;
        ck_assert_int_eq(enclave_opens(record, size, plain), CC_ERROR_SEC_CHL_DECRYPT);
    }
    member = roster_acquire(&service_get()->roster, line.client.session_id);
    ck_assert_uint_eq(member->session.receiver.epoch, 0);
    roster_release(member);
    ck_assert_int_eq(line_echo(&line, "no harm done"), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/s16");
    const struct {
        const char *name;
        const TTest *test;
    } all[] = {
        {"S16", s16_no_length_in_a_record_is_believed},
        {"S17", s17_refused_record_leaves_nothing_in_the_output},
        {"S18", s18_failed_derivation_gives_no_keys},
        {"S19", s19_no_nonce_comes_twice},
        {"S20", s20_keys_are_renewed_before_their_limits},
        {"S21", s21_secrets_of_a_handshake_are_gone_when_it_ends},
        {"S22", s22_hellos_alone_fill_no_more_than_half_of_the_pool},
        {"S23", s23_answers_are_taken_once_and_only_of_the_type_that_is_due},
        {"S24", s24_session_ids_are_random_and_none_looks_like_a_message},
        {"S25", s25_refused_records_do_not_say_why},
        {"S26", s26_only_suites_of_the_table_are_spoken},
        {"S27", s27_messages_of_another_version_or_form_are_refused},
        {"S28", s28_no_secret_is_logged},
        {"window", a94_reordering_inside_and_outside_the_window},
        {"epochs", a94_skipped_epochs_are_refused},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        TCase *tcase = tcase_of(suite, all[i].name);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, all[i].test);
    }
    return suite_main(suite);
}
