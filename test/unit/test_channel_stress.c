/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Many sessions, many records, many HELLOs; how many: test/counts.h. */
#include "channel_ask.h"
#include "counts.h"
#include <malloc.h>

enum { THREADS = 8, BATCH = 512, TEXT_SIZE = 32 };

static struct line line;

static void setup(void)
{
    const cc_sec_chl_enclave_opts_t opts = {
        .struct_size = sizeof opts,
        .sessions_max = 8192,
        .half_open_ms = UINT32_MAX, /* however slow this machine is */
    };

    rig_ticks = true;
    rig_setup();
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), 0);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
    line_init(&line);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

/* --- sessions ----------------------------------------------------------------------------------
 */

static pthread_barrier_t all_open;

struct crowd {
    struct line *lines;
    size_t count;
    size_t failed;
};

static void *crowd_run(void *arg)
{
    struct crowd *crowd = arg;

    for (size_t i = 0; i < crowd->count; i++) {
        line_init(&crowd->lines[i]);
        crowd->failed += line_open(&crowd->lines[i]) != CC_SUCCESS;
    }
    pthread_barrier_wait(&all_open); /* now all are open at once */
    for (size_t i = 0; i < crowd->count; i++)
        crowd->failed += line_echo(&crowd->lines[i], "one of many") != CC_SUCCESS;
    pthread_barrier_wait(&all_open);
    pthread_barrier_wait(&all_open);
    for (size_t i = 0; i < crowd->count; i++)
        line_done(&crowd->lines[i]);
    return NULL;
}

START_TEST(many_sessions_at_once)
{
    size_t each = count_of(COUNT_SESSIONS_AT_ONCE) / THREADS;
    struct line *lines = calloc(THREADS * each, sizeof *lines);
    struct crowd crowds[THREADS];
    pthread_t threads[THREADS];

    ck_assert_ptr_nonnull(lines);
    pthread_barrier_init(&all_open, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        crowds[i] = (struct crowd){.lines = lines + i * each, .count = each};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, crowd_run, &crowds[i]), 0);
    }
    pthread_barrier_wait(&all_open);
    pthread_barrier_wait(&all_open);
    ck_assert_uint_eq(roster_count(&service_get()->roster), THREADS * each);
    pthread_barrier_wait(&all_open);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(crowds[i].failed, 0);
    }
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    pthread_barrier_destroy(&all_open);
    free(lines);
}
END_TEST

/* --- records -----------------------------------------------------------------------------------
 */

struct sealed {
    uint8_t bytes[TEXT_SIZE + SC2_RECORD_OVERHEAD_SIZE];
};

/* Each with a number inside, so that what comes out is known. */
static bool seal_number(struct session *session, uint64_t number, struct sealed *out)
{
    uint64_t text[TEXT_SIZE / 8] = {number, ~number};
    size_t size = sizeof out->bytes;

    return session_seal(session, VIEW_OF(text), out->bytes, &size) == CC_SUCCESS;
}

static bool open_number(struct session *session, const struct sealed *in, uint64_t *ret_number)
{
    uint64_t text[TEXT_SIZE / 8];
    size_t size = sizeof text;

    if (session_open(session, VIEW_OF(in->bytes), text, &size) != CC_SUCCESS || text[1] != ~text[0])
        return false;
    *ret_number = text[0];
    return true;
}

static void pair_init(struct session *client, struct session *enclave)
{
    const struct session_limits limits = {.epoch_records = 3 * BATCH + 7};
    struct traffic_keys keys;

    memset(&keys, 4, sizeof keys);
    keys.to_enclave.hash = keys.to_client.hash = HASH_SHA256;
    ck_assert(session_init(client, SESSION_CLIENT, UINT64_C(1) << 40, &keys, &limits));
    ck_assert(session_init(enclave, SESSION_ENCLAVE, UINT64_C(1) << 40, &keys, &limits));
}

static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void shuffle(struct sealed *records, uint32_t *seed)
{
    for (size_t i = BATCH - 1; i > 0; i--) {
        size_t k = draw(seed) % (i + 1);
        struct sealed kept = records[i];

        records[i] = records[k];
        records[k] = kept;
    }
}

struct courier {
    uint32_t seed;
    size_t count; /* records */
    size_t lost, twice;
};

/*
 * Batches in random order, all inside the window, over many epochs: each arrives. Of each, some are
 * sent again, and one of three batches ago, which has left the window: none arrives.
 */
static void *courier_run(void *arg)
{
    struct courier *c = arg;
    struct sealed *records = calloc(BATCH, sizeof *records), old[4] = {{{0}}};
    struct session client, enclave;
    uint64_t number;

    pair_init(&client, &enclave);
    for (size_t done = 0; done < c->count; done += BATCH) {
        bool seen[BATCH] = {false};

        for (size_t i = 0; i < BATCH; i++)
            c->lost += !seal_number(&client, done + i, &records[i]);
        shuffle(records, &c->seed);
        for (size_t i = 0; i < BATCH; i++) {
            if (!open_number(&enclave, &records[i], &number) || number - done >= BATCH)
                c->lost++;
            else if (seen[number - done])
                c->twice++;
            else
                seen[number - done] = true;
        }
        for (size_t i = 0; i < 16; i++)
            c->twice += open_number(&enclave, &records[draw(&c->seed) % BATCH], &number);
        if (done >= 4 * BATCH)
            c->twice += open_number(&enclave, &old[done / BATCH % 4], &number);
        old[done / BATCH % 4] = records[0];
    }
    session_done(&client);
    session_done(&enclave);
    free(records);
    return NULL;
}

START_TEST(no_record_is_lost_inside_the_window_or_taken_twice)
{
    struct courier couriers[THREADS];
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        couriers[i] = (struct courier){.seed = (uint32_t)(99 + i),
                                       .count = count_of(COUNT_CHANNEL_RECORDS) / THREADS};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, courier_run, &couriers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(couriers[i].lost, 0);
        ck_assert_uint_eq(couriers[i].twice, 0);
    }
}
END_TEST

/* One session for all: whoever seals, each record is opened by two, and at most one of them may. */
static struct session shared_client, shared_enclave;

static void *sharer_run(void *arg)
{
    size_t *taken = arg;
    size_t count = count_of(COUNT_CHANNEL_RECORDS) / THREADS / 4;
    struct sealed record;
    uint64_t number;

    for (size_t i = 0; i < count; i++) {
        unsigned opened = 0;

        if (!seal_number(&shared_client, i, &record))
            break;
        opened += open_number(&shared_enclave, &record, &number);
        opened += open_number(&shared_enclave, &record, &number);
        if (opened > 1)
            *taken = SIZE_MAX / 2;
        *taken += opened;
    }
    return NULL;
}

START_TEST(threads_that_share_a_session_take_each_record_at_most_once)
{
    size_t taken[THREADS] = {0};
    pthread_t threads[THREADS];

    pair_init(&shared_client, &shared_enclave);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sharer_run, &taken[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_le(taken[i], count_of(COUNT_CHANNEL_RECORDS) / THREADS / 4);
        ck_assert_uint_gt(taken[i], 0);
    }
    session_done(&shared_client);
    session_done(&shared_enclave);
}
END_TEST

/* --- a flood -----------------------------------------------------------------------------------
 */

START_TEST(flood_of_hellos_costs_no_memory_and_no_session)
{
    struct buf hello = hello_body();
    uint8_t *nonce = hello.data + 2 + 2 + UUID_TEXT_SIZE;
    size_t count = count_of(COUNT_FLOOD_HELLOS), before;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (size_t i = 0; i < POOL_MAX_COUNT; i++) {
        memcpy(nonce, &i, sizeof i);
        (void)ask(SC2_HELLO, 0, buf_view(&hello));
    }
    before = mallinfo2().uordblks;
    for (size_t i = POOL_MAX_COUNT; i < count; i++) {
        memcpy(nonce, &i, sizeof i);
        ck_assert_uint_gt(answer_cookie(ask(SC2_HELLO, 0, buf_view(&hello))).size, 0);
        if (i % (count / 16) == 0)
            ck_assert_int_eq(line_echo(&line, "undisturbed"), CC_SUCCESS);
    }
    ck_assert_uint_eq(pool_count(&service_get()->pool), POOL_MAX_COUNT / 2);
    ck_assert_uint_le(mallinfo2().uordblks, before + (64 << 10));
    buf_free(&hello);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/stress");
    TCase *tcase = tcase_of(suite, "stress");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, many_sessions_at_once);
    tcase_add_test(tcase, no_record_is_lost_inside_the_window_or_taken_twice);
    tcase_add_test(tcase, threads_that_share_a_session_take_each_record_at_most_once);
    tcase_add_test(tcase, flood_of_hellos_costs_no_memory_and_no_session);
    return suite_main(suite);
}
