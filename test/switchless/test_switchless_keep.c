/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Tasks that threads keep from one call to the next (libsecgear_urts/keeper.h): whoever else needs
 * one has it, results go to whoever asks for them, and nothing is done twice.
 */
#include "rig.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 64, THREADS = 8, ROUNDS = 40 };

static sem_t submitted, fetched;
static int tasks[POOL];

static void add_each(void)
{
    for (int i = 0; i < POOL; i++)
        CALL_OK(s_add_async(&enclave, &tasks[i], NULL, (uint64_t)i, 1));
}

static void fetch_each(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < POOL; i++) {
        CALL_OK(fetch(tasks[i], &sum));
        ck_assert_uint_eq(sum, (uint64_t)i + 1);
    }
}

static void *submitter_main(void *arg)
{
    for (int round = 0; round < ROUNDS; round++) {
        if (round > 0)
            sem_wait(&fetched);
        add_each();
        sem_post(&submitted);
    }
    return arg;
}

START_TEST(results_are_fetched_by_another_thread_than_asked_for_them)
{
    pthread_t thread;
    uint64_t sum;

    sem_init(&submitted, 0, 0);
    sem_init(&fetched, 0, 0);
    create_switchless();
    ck_assert_int_eq(pthread_create(&thread, NULL, submitter_main, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&submitted);
        fetch_each();
        ck_assert_int_eq(cc_sl_get_async_result(&enclave, tasks[round % POOL], &sum),
                         CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
        sem_post(&fetched);
    }
    pthread_join(thread, NULL);
}
END_TEST

/* A result, and what must not be touched behind it. */
union guarded {
    int8_t minus;
    uint16_t twice;
    float half;
    uint64_t sum;
    uint8_t bytes[2 * sizeof(uint64_t)];
};

static union guarded fetch_guarded(int task, size_t size)
{
    union guarded result;

    memset(&result, 0xa5, sizeof result);
    CALL_OK(fetch(task, &result));
    for (size_t i = size; i < sizeof result.bytes; i++)
        ck_assert_uint_eq(result.bytes[i], 0xa5);
    return result;
}

/* Once the thread has been through the pool, it keeps all tasks. */
START_TEST(numbers_of_each_size_are_fetched_and_nothing_behind_them)
{
    create_switchless();
    for (int i = 0; i < ROUNDS; i++) {
        CALL_OK(s_minus_async(&enclave, &tasks[0], NULL, (int8_t)(i + 1)));
        CALL_OK(s_twice_async(&enclave, &tasks[1], NULL, (uint16_t)(i + 300)));
        CALL_OK(s_half_async(&enclave, &tasks[2], NULL, 3.5F + (float)i));
        CALL_OK(s_add_async(&enclave, &tasks[3], NULL, UINT32_MAX, (uint64_t)i));
        CALL_OK(s_nothing_async(&enclave, &tasks[4]));
        CALL_OK(s_add_async(&enclave, &tasks[5], NULL, 1, 1));
        ck_assert_int_eq(fetch_guarded(tasks[0], sizeof(int8_t)).minus, -i - 1);
        ck_assert_uint_eq(fetch_guarded(tasks[1], sizeof(uint16_t)).twice, 2u * (unsigned)i + 600);
        ck_assert_float_eq(fetch_guarded(tasks[2], sizeof(float)).half, (3.5F + (float)i) / 2);
        ck_assert_uint_eq(fetch_guarded(tasks[3], sizeof(uint64_t)).sum,
                          (uint64_t)UINT32_MAX + (uint64_t)i);
        (void)fetch_guarded(tasks[4], 0);
        CALL_OK(fetch(tasks[5], NULL)); /* nobody wants it */
    }
}
END_TEST

/* They are idle, and none is free. */
START_TEST(tasks_that_a_thread_keeps_are_had_by_others)
{
    pthread_t thread;
    uint64_t sum = 0;

    sem_init(&submitted, 0, 0);
    sem_init(&fetched, 0, 0);
    create_switchless();
    add_each();
    fetch_each(); /* this thread keeps all */
    ck_assert_int_eq(pthread_create(&thread, NULL, submitter_main, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&submitted);
        ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
        fetch_each();
        CALL_OK(s_add(&enclave, &sum, 1, 2));
        sem_post(&fetched);
    }
    pthread_join(thread, NULL);
}
END_TEST

static cc_enclave_t others;

/* Each over its own tasks, none of which has the other's number or address. */
START_TEST(thread_calls_two_enclaves_in_turn)
{
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};
    uint64_t sum = 0;
    int task, other;

    create_switchless();
    CALL_OK(create_with(&features, 1, &others));
    for (uint64_t i = 0; i < 200; i++) {
        CALL_OK(s_add_async(&enclave, &task, NULL, i, 1));
        CALL_OK(s_add(&others, &sum, i, 2));
        ck_assert_uint_eq(sum, i + 2);
        CALL_OK(s_add_async(&others, &other, NULL, i, 3));
        CALL_OK(fetch(task, &sum));
        ck_assert_uint_eq(sum, i + 1);
        while (cc_sl_get_async_result(&others, other, &sum) ==
               CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
            ;
        ck_assert_uint_eq(sum, i + 3);
    }
    CALL_OK(cc_enclave_destroy(&others));
}
END_TEST

static void *short_lived_main(void *arg)
{
    uint64_t sum = 0;
    int task;

    CALL_OK(s_add(&enclave, &sum, 1, (uintptr_t)arg));
    ck_assert_uint_eq(sum, 1 + (uintptr_t)arg);
    CALL_OK(s_add_async(&enclave, &task, NULL, 1, 2));
    return (void *)(intptr_t)task;
}

/* What it kept is of use to others, and what it asked for is not lost. */
START_TEST(threads_end_and_leave_what_they_kept)
{
    for (uintptr_t i = 0; i < 300; i++) {
        pthread_t thread;
        uint64_t sum = 0;
        void *task;

        if (i == 0)
            create_switchless();
        ck_assert_int_eq(pthread_create(&thread, NULL, short_lived_main, (void *)i), 0);
        pthread_join(thread, &task);
        CALL_OK(fetch((int)(intptr_t)task, &sum));
        ck_assert_uint_eq(sum, 3);
    }
}
END_TEST

static _Atomic int given[THREADS]; /* a task's number and 1 more, for the next thread to fetch */
static _Atomic uint64_t counted;
static _Atomic bool over;

static bool is_over_for(cc_enclave_result_t rc)
{
    return rc == CC_ERROR_ENCLAVE_DEAD || rc == CC_ERROR_BAD_PARAMETERS;
}

/* Calls of its own, and results of its neighbour's, until the enclave is gone. */
static void *neighbour_main(void *arg)
{
    int own = (int)(intptr_t)arg, next = (own + 1) % THREADS;
    uint64_t count;

    while (!atomic_load(&over)) {
        int task, none = 0;
        cc_enclave_result_t rc = s_count(&enclave, &count);

        if (rc == CC_SUCCESS)
            atomic_fetch_add(&counted, 1);
        else if (is_over_for(rc))
            break;
        if (atomic_load(&given[own]) == 0 && s_count_async(&enclave, &task, &count) == CC_SUCCESS)
            atomic_compare_exchange_strong(&given[own], &none, task + 1);
        task = atomic_exchange(&given[next], 0) - 1;
        if (task < 0)
            continue;
        do {
            rc = cc_sl_get_async_result(&enclave, task, &count);
            if (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
                sched_yield();
        } while (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
        if (rc == CC_SUCCESS)
            atomic_fetch_add(&counted, 1);
        else
            ck_assert_msg(is_over_for(rc), "a task of the neighbour's: %#x", rc);
    }
    return NULL;
}

static void neighbours_run(pthread_t threads[static THREADS])
{
    atomic_store(&over, false);
    atomic_store(&counted, 0);
    for (int i = 0; i < THREADS; i++) /* of an earlier enclave */
        atomic_store(&given[i], 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, neighbour_main, (void *)(intptr_t)i), 0);
}

static void neighbours_end(pthread_t threads[static THREADS])
{
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

START_TEST(neighbours_fetch_from_each_other_and_nothing_is_done_twice)
{
    uint64_t want = getenv("SECGEAR_STRESS") != NULL ? 2000000 : 20000, count = 0;
    pthread_t threads[THREADS];

    create_switchless();
    neighbours_run(threads);
    while (atomic_load(&counted) < want)
        sched_yield();
    atomic_store(&over, true);
    neighbours_end(threads);
    for (int i = 0; i < THREADS; i++)
        if (atomic_load(&given[i]) > 0) {
            CALL_OK(fetch(atomic_load(&given[i]) - 1, &count));
            atomic_fetch_add(&counted, 1);
        }
    CALL_OK(s_count(&enclave, &count));
    ck_assert_uint_eq(count, atomic_load(&counted) + 1);
}
END_TEST

/* Destroy has to take tasks from those who keep them, in the middle of their calls. */
START_TEST(enclave_is_destroyed_under_threads_that_keep_tasks)
{
    for (int round = 0; round < 10; round++) {
        pthread_t threads[THREADS];

        create_switchless();
        neighbours_run(threads);
        while (atomic_load(&counted) < 500)
            sched_yield();
        CALL_OK(cc_enclave_destroy(&enclave));
        neighbours_end(threads);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/keep");
    TCase *tcase = tcase_of(suite, "keep");

    tcase_add_checked_fixture(tcase, rig_begin, rig_end);
    tcase_add_test(tcase, results_are_fetched_by_another_thread_than_asked_for_them);
    tcase_add_test(tcase, numbers_of_each_size_are_fetched_and_nothing_behind_them);
    tcase_add_test(tcase, tasks_that_a_thread_keeps_are_had_by_others);
    tcase_add_test(tcase, thread_calls_two_enclaves_in_turn);
    tcase_add_test(tcase, threads_end_and_leave_what_they_kept);
    tcase_add_test(tcase, neighbours_fetch_from_each_other_and_nothing_is_done_twice);
    tcase_add_test(tcase, enclave_is_destroyed_under_threads_that_keep_tasks);
    return suite_main(suite);
}
