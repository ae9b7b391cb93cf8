/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Switchless calls when something ends: each caller returns, with the code that says what happened,
 * whether it spins, sleeps, is in an ocall, or fetches later. And very many calls of every kind.
 */
#include "rig.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLERS = 4, NAP_MS = 60000, THREADS = 8, IN_FLIGHT = 6, CALLS_OF_A_THREAD = 32 };

static sem_t inside;

static int say_inside(int a)
{
    sem_post(&inside);
    return a;
}

/* In the enclave, once it has said so by an ocall, for as long as it lives. */
static void *caller_main(void *arg)
{
    int result;
    cc_enclave_result_t rc = s_ask_nap(&enclave, &result, NAP_MS);

    (void)arg;
    return (void *)(uintptr_t)rc;
}

static pthread_t callers[CALLERS];
static int tasks[CALLERS];

static void in_flight(void)
{
    sem_init(&inside, 0, 0);
    host_double = say_inside;
    config.num_tworkers = 2 * CALLERS + 1;
    config.retries_before_fallback = UINT32_MAX;
    create_switchless();
    for (int i = 0; i < CALLERS; i++) {
        CALL_OK(s_nap_async(&enclave, &tasks[i], NAP_MS));
        ck_assert_int_eq(pthread_create(&callers[i], NULL, caller_main, NULL), 0);
    }
    for (int i = 0; i < CALLERS; i++)
        sem_wait(&inside);
}

static void all_are_dead(void)
{
    uint64_t sum;

    for (int i = 0; i < CALLERS; i++) {
        void *rc;

        pthread_join(callers[i], &rc);
        ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
        ck_assert_int_eq(fetch(tasks[i], NULL), CC_ERROR_ENCLAVE_DEAD);
        ck_assert_int_eq(fetch(tasks[i], NULL), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    }
    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(s_add_async(&enclave, &tasks[0], NULL, 1, 2), CC_ERROR_ENCLAVE_DEAD);
    CALL_OK(cc_enclave_destroy(&enclave));
}

START_TEST(killed_enclave_sends_every_caller_back)
{
    pid_t pid;

    in_flight();
    pid = rig_enclave_pid();
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    all_are_dead();
}
END_TEST

START_TEST(crash_in_a_worker_sends_every_caller_back)
{
    in_flight();
    ck_assert_int_eq(s_crash(&enclave), CC_ERROR_ENCLAVE_DEAD);
    all_are_dead();
}
END_TEST

START_TEST(crash_in_an_asynchronous_call_is_told_when_it_is_fetched)
{
    int task;

    create_switchless();
    CALL_OK(s_crash_async(&enclave, &task));
    ck_assert_int_eq(fetch(task, NULL), CC_ERROR_ENCLAVE_DEAD);
}
END_TEST

START_TEST(dead_device_sends_every_caller_back)
{
    pid_t device;

    in_flight();
    device = rig_device_pid();
    ck_assert_int_gt(device, 0);
    ck_assert_int_eq(kill(device, SIGKILL), 0);
    all_are_dead();
}
END_TEST

START_TEST(destroy_ends_calls_in_flight_and_forgets_results)
{
    cc_enclave_t copy;

    setenv("SECGEAR_DESTROY_WAIT_MS", "50", 1);
    in_flight();
    copy = enclave;
    CALL_OK(cc_enclave_destroy(&enclave));
    for (int i = 0; i < CALLERS; i++) {
        void *rc;

        pthread_join(callers[i], &rc);
        ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
    }
    ck_assert_int_eq(cc_sl_get_async_result(&copy, tasks[0], NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(s_nothing(&copy), CC_ERROR_BAD_PARAMETERS);
    host_double = NULL;
    create_switchless(); /* in the same place */
    CALL_OK(s_nothing(&enclave));
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, tasks[0], NULL),
                     CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
}
END_TEST

static cc_enclave_t destroyed; /* as it was */

/* Of every kind, until there is no enclave any more. */
static void *until_barred_main(void *arg)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    uint64_t sum = 0;
    int task;

    for (unsigned n = 0; rc == CC_SUCCESS; n++) {
        rc = s_add(&destroyed, &sum, n, 1);
        if (rc == CC_SUCCESS && n % 8 == (uintptr_t)arg)
            rc = s_add_async(&destroyed, &task, NULL, n, 1);
        while (rc == CC_SUCCESS && n % 8 == (uintptr_t)arg &&
               (rc = cc_sl_get_async_result(&destroyed, task, NULL)) ==
                   CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
            rc = CC_SUCCESS;
        if (rc == CC_SUCCESS && sum != n + 1)
            rc = CC_FAIL;
        sem_post(&inside);
    }
    return (void *)(uintptr_t)rc;
}

START_TEST(destroy_waits_for_each_call_and_bars_the_next)
{
    sem_init(&inside, 0, 0);
    for (int round = 0; round < 5; round++) {
        create_switchless();
        destroyed = enclave;
        for (uintptr_t i = 0; i < CALLERS; i++)
            ck_assert_int_eq(pthread_create(&callers[i], NULL, until_barred_main, (void *)i), 0);
        for (int i = 0; i < 200; i++)
            sem_wait(&inside);
        CALL_OK(cc_enclave_destroy(&enclave));
        for (int i = 0; i < CALLERS; i++) {
            void *rc;

            pthread_join(callers[i], &rc);
            ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_BAD_PARAMETERS);
        }
    }
}
END_TEST

START_TEST(fork_of_the_host_has_no_part_in_it)
{
    int task = 0, status = 0;
    uint64_t sum = 0;
    pid_t child;

    create_switchless();
    CALL_OK(s_add_async(&enclave, &task, NULL, 40, 2));
    child = fork();
    if (child == 0)
        _exit(s_nothing(&enclave) == CC_ERROR_ENCLAVE_LOST &&
                      cc_sl_get_async_result(&enclave, task, NULL) == CC_ERROR_ENCLAVE_LOST &&
                      cc_malloc_shared_memory(&enclave, 10) == NULL
                  ? 0
                  : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CALL_OK(fetch(task, &sum));
    ck_assert_uint_eq(sum, 42);
}
END_TEST

/* ---------------------------------------------------------------------------------------- many */

static atomic_uint wrong;

static bool sync_one(uint64_t n)
{
    uint8_t bytes[100];
    uint64_t sum = 0;
    uint32_t total = 0;

    if (n % 16 != 0)
        return s_add(&enclave, &sum, n, 7) == CC_SUCCESS && sum == n + 7;
    memset(bytes, (int)(n % 100), sizeof bytes);
    return s_sum(&enclave, &total, bytes, sizeof bytes) == CC_SUCCESS && total == n % 100 * 100;
}

static bool async_some(uint64_t n)
{
    uint8_t out[IN_FLIGHT][64];
    int ids[IN_FLIGHT];
    bool good = true;

    for (int i = 0; i < IN_FLIGHT; i++)
        if (s_fill_async(&enclave, &ids[i], out[i], sizeof out[i], (uint8_t)(n + (uint64_t)i)) !=
            CC_SUCCESS)
            return false;
    for (int i = 0; i < IN_FLIGHT; i++)
        good = good && fetch(ids[i], NULL) == CC_SUCCESS &&
               out[i][0] == (uint8_t)(n + (uint64_t)i) && out[i][63] == out[i][0];
    return good;
}

static void *mixed_main(void *arg)
{
    size_t count = count_of(COUNT_SWITCHLESS_CALLS) / THREADS, done = 0;
    uint64_t n = (uintptr_t)arg * 1000003;

    while (done < count && atomic_load(&wrong) == 0) {
        bool sync = n % 4 != 0, good = sync ? sync_one(n) : async_some(n);

        if (!good)
            atomic_fetch_add(&wrong, 1);
        done += sync ? 1 : IN_FLIGHT;
        n++;
    }
    return NULL;
}

START_TEST(very_many_calls_of_both_kinds_have_their_own_results)
{
    pthread_t threads[THREADS];

    config.num_tworkers = 3;
    create_switchless();
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, mixed_main, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&wrong), 0);
}
END_TEST

static void *counted_main(void *arg)
{
    uint64_t made = 0, *before = arg;

    for (int i = 0; i < CALLS_OF_A_THREAD; i++)
        if (s_count(&enclave, &made) != CC_SUCCESS || made != ++*before)
            atomic_fetch_add(&wrong, 1);
    return NULL;
}

/* Who calls takes each call back after its first look for an answer, and makes it the ordinary way.
 * A thread that is new looks at once, and later and later with each call: somewhen just when the
 * worker is about to take it. */
START_TEST(calls_that_are_withdrawn_at_any_moment_are_made_once)
{
    uint64_t count = count_of(COUNT_WITHDRAWN_CALLS), made = 0;

    config.num_tworkers = 1;
    config.retries_before_fallback = 1;
    create_switchless();
    while (made < count && atomic_load(&wrong) == 0) {
        pthread_t thread;

        ck_assert_int_eq(pthread_create(&thread, NULL, counted_main, &made), 0);
        pthread_join(thread, NULL);
    }
    ck_assert_uint_eq(atomic_load(&wrong), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/death");
    TCase *tcase = tcase_of(suite, "death"), *many = tcase_of(suite, "many");

    tcase_add_checked_fixture(tcase, rig_begin, rig_end);
    tcase_add_test(tcase, killed_enclave_sends_every_caller_back);
    tcase_add_test(tcase, crash_in_a_worker_sends_every_caller_back);
    tcase_add_test(tcase, crash_in_an_asynchronous_call_is_told_when_it_is_fetched);
    tcase_add_test(tcase, dead_device_sends_every_caller_back);
    tcase_add_test(tcase, destroy_ends_calls_in_flight_and_forgets_results);
    tcase_add_test(tcase, destroy_waits_for_each_call_and_bars_the_next);
    tcase_add_test(tcase, fork_of_the_host_has_no_part_in_it);
    tcase_add_checked_fixture(many, rig_begin, rig_end);
    tcase_set_timeout(many, 3600);
    tcase_add_test(many, calls_that_are_withdrawn_at_any_moment_are_made_once);
    tcase_add_test(many, very_many_calls_of_both_kinds_have_their_own_results);
    return suite_main(suite);
}
