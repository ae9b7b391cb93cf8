/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/session.h"
#include "support.h"
#include <pthread.h>
#include <string.h>

static const uint64_t ID = UINT64_C(0x0000000100000001);
static const char TEXT[] = "an ordinary message";

static struct session client, enclave;

static void pair_setup(void)
{
    struct traffic_keys keys;

    memset(&keys, 3, sizeof keys);
    memset(&keys.to_enclave, 1, sizeof keys.to_enclave);
    memset(&keys.to_client, 2, sizeof keys.to_client);
    keys.to_enclave.hash = keys.to_client.hash = HASH_SHA256;
    ck_assert(session_init(&client, SESSION_CLIENT, ID, &keys, NULL));
    ck_assert(session_init(&enclave, SESSION_ENCLAVE, ID, &keys, NULL));
}

static void pair_teardown(void)
{
    session_done(&client);
    session_done(&enclave);
}

struct record {
    uint8_t bytes[sizeof TEXT + SC2_RECORD_OVERHEAD_SIZE];
};

static struct record record_from(struct session *sender)
{
    struct record record;
    size_t size = sizeof record.bytes;

    ck_assert_int_eq(session_seal(sender, VIEW_OF(TEXT), record.bytes, &size), CC_SUCCESS);
    ck_assert_uint_eq(size, sizeof record.bytes);
    return record;
}

static cc_enclave_result_t opened_by(struct session *receiver, const struct record *record)
{
    static const char zero[sizeof TEXT];
    char plain[sizeof TEXT];
    size_t size = sizeof plain;
    cc_enclave_result_t rc;

    memset(plain, 0, sizeof plain);
    rc = session_open(receiver, VIEW_OF(record->bytes), plain, &size);
    ck_assert_mem_eq(plain, rc == CC_SUCCESS ? TEXT : zero, sizeof plain);
    return rc;
}

START_TEST(open_takes_records_in_any_order_but_each_once)
{
    struct record a = record_from(&client), b = record_from(&client);

    ck_assert_int_eq(opened_by(&enclave, &b), CC_SUCCESS);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(opened_by(&enclave, &b), CC_ERROR_SEC_CHL_DECRYPT);
}
END_TEST

START_TEST(open_refuses_a_reflected_record)
{
    struct record a = record_from(&client), b = record_from(&enclave);

    ck_assert_int_eq(opened_by(&client, &a), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(opened_by(&enclave, &b), CC_ERROR_SEC_CHL_DECRYPT);
    a.bytes[15] ^= SC2_RECORD_TO_CLIENT; /* direction bit turned: the key differs */
    ck_assert_int_eq(opened_by(&client, &a), CC_ERROR_SEC_CHL_DECRYPT);
}
END_TEST

START_TEST(open_refuses_each_flipped_bit)
{
    struct record good = record_from(&client);

    for (size_t bit = 0; bit < 8 * sizeof good.bytes; bit++) {
        struct record bad = good;

        bad.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(opened_by(&enclave, &bad), CC_SUCCESS);
    }
    ck_assert_int_eq(opened_by(&enclave, &good), CC_SUCCESS); /* the forgeries moved no window */
}
END_TEST

START_TEST(open_refuses_a_record_of_another_session)
{
    struct record a = record_from(&client);

    a.bytes[0] ^= 2;
    ck_assert_int_eq(opened_by(&enclave, &a), CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID);
}
END_TEST

START_TEST(open_refuses_an_unknown_epoch)
{
    struct record a = record_from(&client);

    for (uint8_t epoch = 1; epoch != 0; epoch++) {
        a.bytes[12] = epoch;
        ck_assert_int_eq(opened_by(&enclave, &a), CC_ERROR_SEC_CHL_DECRYPT);
        ck_assert_uint_eq(enclave.receiver.epoch, 0);
    }
    a.bytes[12] = 0;
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS); /* nothing turned */
}
END_TEST

/* The client's next record is of a new epoch. */
static void client_turns(void)
{
    client.limits.epoch_records = 1;
    client.sender.check_at = 0;
}

START_TEST(epochs_turn_by_records_bytes_and_time)
{
    struct record first = record_from(&client), a;

    ck_assert_int_eq(opened_by(&enclave, &first), CC_SUCCESS);
    client_turns();
    ck_assert_uint_eq((a = record_from(&client)).bytes[12], 1);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    client.limits.epoch_records = 1000;
    client.limits.epoch_bytes = 2 * sizeof TEXT;
    client.sender.bytes_left = sizeof TEXT; /* as if that had been so from the turn on */
    ck_assert_uint_eq((a = record_from(&client)).bytes[12], 1);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    ck_assert_uint_eq((a = record_from(&client)).bytes[12], 2);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    client.limits.epoch_bytes = 1000000;
    client.sender.bytes_left = 1000000;
    client.limits.epoch_ms = 0; /* passed at once; noticed within sixteen records */
    for (int i = 0; i < SESSION_CLOCK_EVERY_COUNT; i++) {
        a = record_from(&client);
        ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    }
    ck_assert_uint_eq(a.bytes[12], 3);
    ck_assert_uint_eq(enclave.receiver.epoch, 3);
    ck_assert_int_eq(opened_by(&enclave, &first), CC_ERROR_SEC_CHL_DECRYPT);
}
END_TEST

START_TEST(records_of_the_epoch_before_are_taken_for_a_while)
{
    struct record old[3], a;

    for (int i = 0; i < 3; i++)
        old[i] = record_from(&client);
    client_turns();
    a = record_from(&client);
    ck_assert_int_eq(opened_by(&enclave, &old[1]), CC_SUCCESS);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    ck_assert_int_eq(opened_by(&enclave, &old[2]), CC_SUCCESS);
    ck_assert_int_eq(opened_by(&enclave, &old[1]), CC_ERROR_SEC_CHL_DECRYPT);
    enclave.receiver.turned_ms -= SESSION_GRACE_MS;
    ck_assert_int_eq(opened_by(&enclave, &old[0]), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert(!aead_there(&enclave.receiver.before.aead)); /* and the key is gone */
}
END_TEST

START_TEST(tick_forgets_the_key_of_the_epoch_before)
{
    struct record a = record_from(&client);

    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    client_turns();
    a = record_from(&client);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    session_tick(&enclave, enclave.receiver.turned_ms + SESSION_GRACE_MS - 1);
    ck_assert(aead_there(&enclave.receiver.before.aead));
    session_tick(&enclave, enclave.receiver.turned_ms + SESSION_GRACE_MS);
    ck_assert(!aead_there(&enclave.receiver.before.aead));
}
END_TEST

/* Whoever gets hold of an old key can not speak behind the turn with it. */
START_TEST(old_key_opens_no_number_behind_the_turn)
{
    struct session_sender stolen;
    struct record a = record_from(&client), b, forged;
    struct aead aead;
    size_t size = sizeof b.bytes;

    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
    stolen = client.sender;
    ck_assert(aead_init(&aead, (const uint8_t[AEAD_KEY_SIZE]){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                        AEAD_SEAL)); /* pair_setup()'s key */
    client_turns();
    b = record_from(&client);
    ck_assert_int_eq(opened_by(&enclave, &b), CC_SUCCESS);
    stolen.aead = aead;
    stolen.seq = 5;
    stolen.check_at = 100;
    {
        struct session thief = client;

        thief.sender = stolen;
        ck_assert_int_eq(session_seal(&thief, VIEW_OF(TEXT), forged.bytes, &size), CC_SUCCESS);
    }
    ck_assert_uint_eq(forged.bytes[12], 0);
    ck_assert_int_eq(opened_by(&enclave, &forged), CC_ERROR_SEC_CHL_DECRYPT);
    aead_done(&aead);
}
END_TEST

START_TEST(secret_of_an_epoch_that_is_over_is_gone)
{
    struct secret before = client.sender.secret;

    (void)record_from(&client);
    client_turns();
    (void)record_from(&client);
    ck_assert_mem_ne(&client.sender.secret, &before, sizeof before);
    for (size_t at = 0; at + sizeof before <= sizeof client; at++)
        ck_assert_mem_ne((const uint8_t *)&client + at, &before, sizeof before);
}
END_TEST

START_TEST(session_ends_at_its_age_on_both_sides)
{
    struct record a = record_from(&client);
    size_t size = sizeof a.bytes;
    struct record out;

    client.limits.age_ms = enclave.limits.age_ms = 1000;
    enclave.born_ms -= 1000;
    ck_assert_int_eq(opened_by(&enclave, &a), CC_ERROR_SEC_CHL_NOTREADY);
    client.born_ms -= 1000;
    for (int i = 0; i < SESSION_CLOCK_EVERY_COUNT - 1; i++)
        ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), out.bytes, &size), CC_SUCCESS);
    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), out.bytes, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

START_TEST(both_ends_export_the_same_and_only_for_the_same)
{
    uint8_t ours[40], theirs[40];
    struct view label = view_text("label"), context = view_text("context");

    ck_assert_int_eq(session_export(&client, label, context, ours, sizeof ours), CC_SUCCESS);
    ck_assert_int_eq(session_export(&enclave, label, context, theirs, sizeof theirs), CC_SUCCESS);
    ck_assert_mem_eq(ours, theirs, sizeof ours);
    ck_assert_int_eq(session_export(&enclave, label, label, theirs, sizeof theirs), CC_SUCCESS);
    ck_assert_mem_ne(ours, theirs, sizeof ours);
    ck_assert_int_eq(session_export(&enclave, context, context, theirs, sizeof theirs), CC_SUCCESS);
    ck_assert_mem_ne(ours, theirs, sizeof ours);
    ck_assert_int_eq(session_export(&client, VIEW_EMPTY, context, ours, sizeof ours),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(session_export(&client, label, context, ours, EXPORT_MAX_SIZE + 1),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(session_export(&client, label, context, ours, 0), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(open_refuses_a_record_of_another_length)
{
    struct record a = record_from(&client);
    size_t size = sizeof a.bytes;
    char plain[sizeof TEXT];

    for (size_t cut = 0; cut < sizeof a.bytes; cut++)
        ck_assert_int_eq(session_open(&enclave, view_of(a.bytes, cut), plain, &size),
                         CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
}
END_TEST

START_TEST(asking_for_a_size_uses_up_no_number)
{
    struct record a;
    size_t size = 0;

    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), NULL, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, sizeof TEXT + SC2_RECORD_OVERHEAD_SIZE);
    size--;
    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), &a, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    a = record_from(&client);
    ck_assert_uint_eq(a.bytes[16], 0); /* seq */

    size = 0;
    ck_assert_int_eq(session_open(&enclave, VIEW_OF(a.bytes), NULL, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, sizeof TEXT);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
}
END_TEST

START_TEST(seal_refuses_nothing_and_overlap)
{
    uint8_t room[128];
    size_t size = sizeof room;

    ck_assert_int_eq(session_seal(&client, VIEW_EMPTY, room, &size), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(session_seal(&client, view_of(room + 8, 16), room, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(
        session_seal(&client, view_of(TEXT, (size_t)SC2_RECORD_DATA_MAX_SIZE + 1), room, &size),
        CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(open_refuses_overlap_and_uses_up_no_number)
{
    struct record a = record_from(&client), own = a;
    size_t size = sizeof TEXT;

    ck_assert_int_eq(session_open(&enclave, VIEW_OF(own.bytes), own.bytes + 8, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_mem_eq(own.bytes, a.bytes, sizeof a.bytes);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_SUCCESS);
}
END_TEST

/* What a peer that has the keys may write, and our own sender never does. */
static void peer_seal(uint8_t flags, struct view plain, uint8_t *ret_record)
{
    struct session_sender *s = &client.sender;
    const struct sc2_record record = {
        .session_id = ID, .flags = flags, .seq = s->seq, .data = plain};
    uint8_t nonce[AEAD_NONCE_SIZE], *data = ret_record + SC2_RECORD_HEADER_SIZE;

    memcpy(nonce, s->iv, sizeof nonce);
    for (size_t i = 0; i < sizeof s->seq; i++)
        nonce[AEAD_NONCE_SIZE - 1 - i] ^= (uint8_t)(s->seq >> 8 * i);
    s->seq++;
    sc2_record_header_encode(&record, ret_record);
    ck_assert(aead_seal(&s->aead, nonce, view_of(ret_record, SC2_RECORD_AAD_SIZE), plain, data,
                        data + plain.size));
}

START_TEST(genuine_record_of_the_wrong_kind_is_refused)
{
    struct record record;
    uint8_t plain[sizeof TEXT], close[SC2_RECORD_OVERHEAD_SIZE];
    size_t size = sizeof plain;

    peer_seal(0, VIEW_OF(TEXT), record.bytes); /* as ours would */
    ck_assert_int_eq(opened_by(&enclave, &record), CC_SUCCESS);
    peer_seal(SC2_RECORD_CLOSE, VIEW_OF(TEXT), record.bytes); /* a close with data */
    ck_assert_int_eq(session_open(&enclave, VIEW_OF(record.bytes), plain, &size),
                     CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(record.bytes)), CC_ERROR_SEC_CHL_DECRYPT);
    peer_seal(SC2_RECORD_TO_CLIENT, VIEW_OF(TEXT), record.bytes);
    ck_assert_int_eq(session_open(&enclave, VIEW_OF(record.bytes), plain, &size),
                     CC_ERROR_SEC_CHL_DECRYPT);
    peer_seal(0, VIEW_EMPTY, close); /* nothing at all, and no close */
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(close)), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(session_seal_close(&client, close), CC_SUCCESS);
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(close)), CC_SUCCESS);
}
END_TEST

START_TEST(close_must_authenticate_and_ends_both_directions_of_the_sender)
{
    uint8_t close[SC2_RECORD_OVERHEAD_SIZE], forged[sizeof close];
    struct record a = record_from(&client);
    size_t size = sizeof a.bytes;
    char plain[64];
    size_t plain_size = sizeof plain;

    ck_assert_int_eq(session_seal_close(&client, close), CC_SUCCESS);
    memcpy(forged, close, sizeof close);
    forged[30] ^= 1;
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(forged)), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(a.bytes)), CC_ERROR_SEC_CHL_DECRYPT);
    ck_assert_int_eq(session_open(&enclave, VIEW_OF(close), plain, &plain_size),
                     CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID); /* a close is no data */
    ck_assert_int_eq(session_open_close(&enclave, VIEW_OF(close)), CC_SUCCESS);
    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), a.bytes, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(opened_by(&enclave, &a), CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

START_TEST(seal_stops_at_the_limits_of_a_key)
{
    struct record a;
    size_t size = sizeof a.bytes;

    client.sender.epoch = SESSION_EPOCH_LAST;
    client.sender.epoch_seq = client.sender.check_at = 5;
    client.sender.seq = 5 + SESSION_RECORDS_MAX_COUNT - 1;
    a = record_from(&client);
    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), a.bytes, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
    client.sender.seq = 5;
    client.sender.bytes_left = 1;
    ck_assert_int_eq(session_seal(&client, VIEW_OF(TEXT), a.bytes, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

enum { THREADS = 4, PER_THREAD = 500 };

static void *seal_many(void *arg)
{
    struct record *out = arg;

    for (size_t i = 0; i < PER_THREAD; i++)
        out[i] = record_from(&client);
    return NULL;
}

static void *open_many(void *arg)
{
    struct record *in = arg;
    size_t taken = 0;

    for (size_t i = 0; i < PER_THREAD; i++) {
        char plain[sizeof TEXT];
        size_t size = sizeof plain;

        taken += session_open(&enclave, VIEW_OF(in[i].bytes), plain, &size) == CC_SUCCESS;
    }
    return (void *)taken;
}

/* Two threads are given each record: exactly one of them gets it, or it has left the window. */
START_TEST(threads_never_share_a_number)
{
    static struct record records[THREADS][PER_THREAD];
    static bool seen[THREADS * PER_THREAD];
    pthread_t threads[THREADS];
    size_t taken = 0;

    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, seal_many, records[i]);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS * PER_THREAD; i++) {
        struct reader r = reader_over(VIEW_OF(records[i / PER_THREAD][i % PER_THREAD].bytes));
        uint64_t seq;

        reader_take(&r, 16);
        seq = reader_le64(&r);
        ck_assert_uint_lt(seq, THREADS * PER_THREAD);
        ck_assert(!seen[seq]);
        seen[seq] = true;
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, open_many, records[i / 2]);
    for (size_t i = 0; i < THREADS; i++) {
        void *count;

        pthread_join(threads[i], &count);
        taken += (size_t)count;
    }
    ck_assert_uint_le(taken, 2 * PER_THREAD);
    ck_assert_uint_ge(taken, PER_THREAD / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/session");
    TCase *tcase = tcase_of(suite, "session");

    tcase_add_checked_fixture(tcase, pair_setup, pair_teardown);
    tcase_add_test(tcase, open_takes_records_in_any_order_but_each_once);
    tcase_add_test(tcase, open_refuses_a_reflected_record);
    tcase_add_test(tcase, open_refuses_each_flipped_bit);
    tcase_add_test(tcase, open_refuses_a_record_of_another_session);
    tcase_add_test(tcase, open_refuses_an_unknown_epoch);
    tcase_add_test(tcase, epochs_turn_by_records_bytes_and_time);
    tcase_add_test(tcase, records_of_the_epoch_before_are_taken_for_a_while);
    tcase_add_test(tcase, tick_forgets_the_key_of_the_epoch_before);
    tcase_add_test(tcase, old_key_opens_no_number_behind_the_turn);
    tcase_add_test(tcase, secret_of_an_epoch_that_is_over_is_gone);
    tcase_add_test(tcase, session_ends_at_its_age_on_both_sides);
    tcase_add_test(tcase, both_ends_export_the_same_and_only_for_the_same);
    tcase_add_test(tcase, open_refuses_a_record_of_another_length);
    tcase_add_test(tcase, asking_for_a_size_uses_up_no_number);
    tcase_add_test(tcase, seal_refuses_nothing_and_overlap);
    tcase_add_test(tcase, open_refuses_overlap_and_uses_up_no_number);
    tcase_add_test(tcase, genuine_record_of_the_wrong_kind_is_refused);
    tcase_add_test(tcase, close_must_authenticate_and_ends_both_directions_of_the_sender);
    tcase_add_test(tcase, seal_stops_at_the_limits_of_a_key);
    tcase_add_test(tcase, threads_never_share_a_number);
    return suite_main(suite);
}
