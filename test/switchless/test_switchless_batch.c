/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Batches of switchless calls as an application sees them: what they carry, in which order things
 * must be done, and what is told when the pool is full, memory short, or the enclave gone.
 */
#include "rig.h"
#include "secgear_switchless_batch.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static cc_sl_batch_t *batch;
static cc_enclave_t *to;

static void batch_new(void)
{
    create_switchless();
    CALL_OK(cc_sl_batch_create(&enclave, &batch));
    to = cc_sl_batch_context(batch);
}

static void batch_end(void)
{
    cc_sl_batch_destroy(batch);
    batch = NULL;
}

static void batch_run(void)
{
    CALL_OK(cc_sl_batch_submit(batch));
    CALL_OK(cc_sl_batch_wait(batch));
}

START_TEST(each_call_of_a_batch_carries_what_it_carries_alone)
{
    struct large large = {.tail = 21}, back;
    struct pair swapped = {0, 0};
    uint8_t bytes[3000], filled[100] = {0}, turned[5000], *shared;
    uint64_t sum = 0, inverted = 0, where = 0;
    uint32_t total = 0;
    size_t length = 0;
    int32_t both = 0;
    int task[9];

    batch_new();
    shared = cc_malloc_shared_memory(&enclave, 100);
    ck_assert_ptr_nonnull(shared);
    memset(bytes, 3, sizeof bytes);
    memset(turned, 1, sizeof turned);
    CALL_OK(s_add_async(to, &task[0], &sum, 40, 2));
    CALL_OK(s_sum_async(to, &task[1], &total, bytes, sizeof bytes));
    CALL_OK(s_fill_async(to, &task[2], filled, sizeof filled, 9));
    CALL_OK(s_invert_async(to, &task[3], &inverted, turned, sizeof turned));
    CALL_OK(s_pair_async(to, &task[4], &both, (struct pair){3, 4}, &swapped));
    CALL_OK(s_large_async(to, &task[5], &back, large));
    CALL_OK(s_text_async(to, &task[6], &length, "twelve bytes"));
    CALL_OK(s_where_async(to, &task[7], &where, shared, 100));
    CALL_OK(s_nothing_async(to, &task[8]));
    memset(bytes, 0, sizeof bytes); /* copied by now */
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, task[0], &sum));
    CALL_OK(cc_sl_get_async_result(to, task[1], &total));
    CALL_OK(cc_sl_get_async_result(to, task[2], NULL));
    CALL_OK(cc_sl_get_async_result(to, task[3], &inverted));
    CALL_OK(cc_sl_get_async_result(to, task[4], &both));
    CALL_OK(cc_sl_get_async_result(to, task[5], &back));
    CALL_OK(cc_sl_get_async_result(to, task[6], &length));
    CALL_OK(cc_sl_get_async_result(to, task[7], &where));
    CALL_OK(cc_sl_get_async_result(to, task[8], NULL));
    ck_assert(sum == 42 && total == 9000 && filled[0] == 9 && filled[99] == 9);
    ck_assert(turned[0] == 0xfe && turned[4999] == 0xfe && both == 7);
    ck_assert(swapped.a == 4 && swapped.b == 3 && back.bytes[99] == 1 && back.tail == 42);
    ck_assert(length == 12 && where == (uintptr_t)shared);
    batch_end();
}
END_TEST

START_TEST(batch_is_used_again_with_as_many_calls_as_it_takes)
{
    uint64_t sum;
    int task;

    batch_new();
    for (uint64_t round = 0; round < 3; round++) {
        for (int i = 0; i < CC_SL_BATCH_CALLS_MAX; i++) {
            CALL_OK(s_add_async(to, &task, NULL, (uint64_t)i, round));
            ck_assert_int_eq(task, i);
        }
        ck_assert_int_eq(s_add_async(to, &task, NULL, 1, 2), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
        batch_run();
        for (int i = 0; i < CC_SL_BATCH_CALLS_MAX; i++) {
            CALL_OK(cc_sl_get_async_result(to, i, &sum));
            ck_assert_uint_eq(sum, (uint64_t)i + round);
        }
        cc_sl_batch_clear(batch);
    }
    batch_end();
}
END_TEST

START_TEST(one_call_fits_the_line_alone)
{
    int task;

    batch_new();
    CALL_OK(s_nothing_async(to, &task));
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, task, NULL));
    batch_end();
}
END_TEST

START_TEST(steps_out_of_order_are_refused)
{
    uint64_t sum = 0;
    int task, more;

    batch_new();
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_BAD_PARAMETERS); /* empty */
    ck_assert_int_eq(cc_sl_batch_wait(batch), CC_ERROR_BAD_STATE);
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    ck_assert_int_eq(cc_sl_get_async_result(to, task, &sum), CC_ERROR_BAD_STATE);
    CALL_OK(cc_sl_batch_submit(batch));
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_BAD_STATE);
    ck_assert_int_eq(s_add_async(to, &more, &sum, 1, 2), CC_ERROR_BAD_STATE);
    CALL_OK(cc_sl_batch_wait(batch));
    CALL_OK(cc_sl_batch_wait(batch)); /* nothing left to wait for */
    ck_assert_int_eq(s_add_async(to, &more, &sum, 1, 2), CC_ERROR_BAD_STATE);
    ck_assert_int_eq(cc_sl_get_async_result(to, -1, &sum), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_get_async_result(to, task + 1, &sum),
                     CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    CALL_OK(cc_sl_get_async_result(to, task, &sum));
    ck_assert_uint_eq(sum, 3);
    ck_assert_int_eq(cc_sl_get_async_result(to, task, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    batch_end();
}
END_TEST

START_TEST(result_is_asked_for_without_waiting)
{
    cc_enclave_result_t rc;
    uint64_t sum = 0;
    int nap, task;

    batch_new();
    CALL_OK(s_nap_async(to, &nap, 50));
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    CALL_OK(cc_sl_batch_submit(batch));
    ck_assert_int_eq(cc_sl_get_async_result(to, task, &sum),
                     CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
    while ((rc = cc_sl_get_async_result(to, task, &sum)) ==
           CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        sched_yield();
    ck_assert(rc == CC_SUCCESS && sum == 3);
    CALL_OK(cc_sl_get_async_result(to, nap, NULL));
    batch_end();
}
END_TEST

START_TEST(waiting_for_a_long_batch_ends)
{
    int task;

    batch_new();
    for (int i = 0; i < 3; i++)
        CALL_OK(s_nap_async(to, &task, 60)); /* far longer than anybody spins */
    batch_run();
    batch_end();
}
END_TEST

START_TEST(call_that_is_refused_leaves_the_others_alone)
{
    uint64_t sum[2] = {0, 0};
    int first, refused, last, result;

    batch_new();
    CALL_OK(s_add_async(to, &first, &sum[0], 1, 2));
    CALL_OK(s_private_async(to, &refused, &result, 7));
    CALL_OK(s_add_async(to, &last, &sum[1], 3, 4));
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, first, &sum[0]));
    ck_assert_int_eq(cc_sl_get_async_result(to, refused, &result), CC_ERROR_ECALL_NOT_ALLOWED);
    CALL_OK(cc_sl_get_async_result(to, last, &sum[1]));
    ck_assert(sum[0] == 3 && sum[1] == 7);
    batch_end();
}
END_TEST

START_TEST(functions_of_a_batch_make_ocalls)
{
    int task[5], result;

    batch_new();
    for (int i = 0; i < 5; i++)
        CALL_OK(s_ask_async(to, &task[i], &result, i));
    batch_run();
    for (int i = 0; i < 5; i++) {
        CALL_OK(cc_sl_get_async_result(to, task[i], &result));
        ck_assert_int_eq(result, 2 * i);
    }
    batch_end();
}
END_TEST

START_TEST(context_is_for_asynchronous_calls_alone)
{
    cc_sl_batch_t *second;
    uint64_t sum;
    int result, task;

    batch_new();
    ck_assert_int_eq(s_add(to, &sum, 1, 2), CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ordinary(to, &result, 1), CC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_null(cc_malloc_shared_memory(to, 10));
    ck_assert_int_eq(cc_free_shared_memory(to, &sum), CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(cc_enclave_destroy(to), CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(cc_sl_batch_create(to, &second), CC_ERROR_BAD_PARAMETERS);
    CALL_OK(s_add_async(to, &task, &sum, 1, 2)); /* and is whole after all that */
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, task, &sum));
    batch_end();
}
END_TEST

START_TEST(batches_of_no_enclave_are_refused)
{
    cc_enclave_t never = {0};

    create_plain();
    ck_assert_int_eq(cc_sl_batch_create(&enclave, &batch), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_int_eq(cc_sl_batch_create(&never, &batch), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_batch_create(NULL, &batch), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_batch_create(&enclave, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_batch_submit(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_batch_wait(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_null(cc_sl_batch_context(NULL));
    cc_sl_batch_clear(NULL);
    cc_sl_batch_destroy(NULL);
}
END_TEST

START_TEST(functions_of_more_parameters_than_agreed_are_refused)
{
    int task, result;

    config.num_max_params = 2;
    batch_new();
    ck_assert_int_eq(
        s_p16_async(to, &task, &result, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        CC_ERROR_SWITCHLESS_INVALID_ARG_NUM);
    batch_end();
}
END_TEST

/* Whether results that nobody fetched hold the pool, or ordinary calls would be made instead. */
START_TEST(full_pool_keeps_the_batch_until_there_is_room)
{
    uint64_t sum;
    int held[64], task;

    config.rollback_to_common = (uint32_t)_i;
    batch_new();
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    for (int i = 0; i < 64; i++)
        CALL_OK(s_nothing_async(&enclave, &held[i]));
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    CALL_OK(fetch(held[5], NULL));
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, task, &sum));
    ck_assert_uint_eq(sum, 3);
    batch_end();
}
END_TEST

START_TEST(batch_larger_than_shared_memory_is_refused_whole)
{
    enum { PIECE = 1 << 20, PIECES = 64 };
    uint8_t *bytes = calloc(1, PIECE);
    uint32_t sum;
    int task;

    batch_new();
    for (int i = 0; i < PIECES; i++)
        CALL_OK(s_sum_async(to, &task, &sum, bytes, PIECE));
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_OUT_OF_MEMORY);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "sharedSize"));
    cc_sl_batch_clear(batch);
    CALL_OK(s_sum_async(to, &task, &sum, bytes, PIECE));
    batch_run();
    CALL_OK(cc_sl_get_async_result(to, task, &sum));
    batch_end();
    free(bytes);
}
END_TEST

/* ------------------------------------------------------------------------------------- its end */

START_TEST(death_of_the_enclave_ends_a_batch)
{
    uint64_t sum;
    int task;

    batch_new();
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    if (_i == 0)
        CALL_OK(s_crash_async(to, &task));
    else
        CALL_OK(s_nap_async(to, &task, 60000));
    CALL_OK(cc_sl_batch_submit(batch));
    if (_i == 1)
        ck_assert_int_eq(kill(rig_enclave_pid(), SIGKILL), 0);
    ck_assert_int_eq(cc_sl_batch_wait(batch), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_sl_get_async_result(to, 0, &sum), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_sl_get_async_result(to, 0, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    cc_sl_batch_clear(batch);
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_ENCLAVE_DEAD);
    batch_end();
}
END_TEST

START_TEST(batch_is_of_the_enclave_that_it_was_made_for)
{
    cc_sl_batch_t *other;
    uint64_t sum;
    int task;

    setenv("SECGEAR_DESTROY_WAIT_MS", "50", 1);
    batch_new();
    CALL_OK(s_nap_async(to, &task, 60000));
    CALL_OK(cc_sl_batch_submit(batch));
    CALL_OK(cc_enclave_destroy(&enclave));
    create_switchless(); /* in the same place, and as busy as the one before */
    CALL_OK(cc_sl_batch_create(&enclave, &other));
    CALL_OK(s_add_async(cc_sl_batch_context(other), &task, &sum, 1, 2));
    CALL_OK(cc_sl_batch_submit(other));
    ck_assert_int_eq(cc_sl_batch_wait(batch), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_get_async_result(to, 0, NULL), CC_ERROR_BAD_PARAMETERS);
    cc_sl_batch_clear(batch);
    CALL_OK(s_add_async(to, &task, &sum, 1, 2));
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_BAD_PARAMETERS);
    batch_end();
    CALL_OK(cc_sl_batch_wait(other));
    CALL_OK(cc_sl_get_async_result(cc_sl_batch_context(other), 0, &sum));
    ck_assert_uint_eq(sum, 3);
    cc_sl_batch_destroy(other);
}
END_TEST

/* -------------------------------------------------------------------------------- many threads */

enum { THREADS = 4, CALLS = 48 };

static bool round_run(cc_sl_batch_t *own, uint64_t seed)
{
    cc_enclave_t *context = cc_sl_batch_context(own);
    uint64_t sums[CALLS];
    int task;

    for (uint64_t i = 0; i < CALLS; i++)
        if (s_add_async(context, &task, &sums[i], seed, i) != CC_SUCCESS)
            return false;
    if (cc_sl_batch_submit(own) != CC_SUCCESS)
        return false;
    if (seed % 2 == 0 && cc_sl_batch_wait(own) != CC_SUCCESS)
        return false;
    for (int i = 0; i < CALLS; i++) {
        cc_enclave_result_t rc;

        while ((rc = cc_sl_get_async_result(context, i, &sums[i])) ==
               CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
            sched_yield();
        if (rc != CC_SUCCESS || sums[i] != seed + (uint64_t)i)
            return false;
    }
    cc_sl_batch_clear(own);
    return true;
}

static void *thread_main(void *arg)
{
    size_t rounds = count_of(COUNT_CALLS_EACH) / CALLS + 1;
    cc_sl_batch_t *own;
    bool good = cc_sl_batch_create(&enclave, &own) == CC_SUCCESS;

    for (uint64_t i = (uintptr_t)arg; good && i < rounds; i++)
        good = round_run(own, i);
    cc_sl_batch_destroy(good ? own : NULL);
    return good ? arg : (void *)UINTPTR_MAX;
}

START_TEST(threads_have_batches_of_their_own)
{
    pthread_t threads[THREADS];

    create_switchless();
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_main, (void *)i), 0);
    for (uintptr_t i = 0; i < THREADS; i++) {
        void *got;

        pthread_join(threads[i], &got);
        ck_assert_uint_eq((uintptr_t)got, i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/batch");
    TCase *tcase = tcase_of(suite, "batch");

    tcase_add_checked_fixture(tcase, rig_begin, rig_end);
    tcase_add_test(tcase, each_call_of_a_batch_carries_what_it_carries_alone);
    tcase_add_test(tcase, batch_is_used_again_with_as_many_calls_as_it_takes);
    tcase_add_test(tcase, one_call_fits_the_line_alone);
    tcase_add_test(tcase, steps_out_of_order_are_refused);
    tcase_add_test(tcase, result_is_asked_for_without_waiting);
    tcase_add_test(tcase, waiting_for_a_long_batch_ends);
    tcase_add_test(tcase, call_that_is_refused_leaves_the_others_alone);
    tcase_add_test(tcase, functions_of_a_batch_make_ocalls);
    tcase_add_test(tcase, context_is_for_asynchronous_calls_alone);
    tcase_add_test(tcase, batches_of_no_enclave_are_refused);
    tcase_add_test(tcase, functions_of_more_parameters_than_agreed_are_refused);
    tcase_add_loop_test(tcase, full_pool_keeps_the_batch_until_there_is_room, 0, 2);
    tcase_add_test(tcase, batch_larger_than_shared_memory_is_refused_whole);
    tcase_add_loop_test(tcase, death_of_the_enclave_ends_a_batch, 0, 2);
    tcase_add_test(tcase, batch_is_of_the_enclave_that_it_was_made_for);
    tcase_add_test(tcase, threads_have_batches_of_their_own);
    return suite_main(suite);
}
