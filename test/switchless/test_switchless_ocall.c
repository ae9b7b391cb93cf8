/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Ocalls with transition_using_threads: workers of the host serve them, or the caller does. */
#include "rig.h"
#include <pthread.h>
#include <semaphore.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

static pthread_t caller;
static int elsewhere;

static int quick_note(int a)
{
    elsewhere += !pthread_equal(pthread_self(), caller);
    return a + 1;
}

/* The caller sleeps, and serves only what no worker takes. */
START_TEST(quick_ocalls_are_served_by_workers_of_the_host)
{
    const int n = 200;
    uint64_t sum = 0;

    config.num_uworkers = 2;
    create_switchless();
    caller = pthread_self();
    host_quick = quick_note;
    do {
        CALL_OK(ordinary_quick(&enclave, &sum, n));
        ck_assert_uint_eq(sum, n * (n + 1) / 2);
    } while (elsewhere == 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1);
    CALL_OK(cc_enclave_destroy(&enclave)); /* with its workers */
}
END_TEST

static void quick_bytes_note(void)
{
    elsewhere += !pthread_equal(pthread_self(), caller);
}

/* Few that fit into the line, and many that do not, whoever serves them. */
START_TEST(quick_ocalls_carry_bytes_both_ways)
{
    static const size_t sizes[] = {0, 1, 48, 49, 8192};
    size_t wrong = 1;

    create_switchless();
    caller = pthread_self();
    host_quick_bytes = quick_bytes_note;
    do {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            CALL_OK(ordinary_quick_bytes(&enclave, &wrong, sizes[i], 100));
            ck_assert_uint_eq(wrong, 0);
        }
    } while (elsewhere == 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1);
}
END_TEST

static int caller_cpu, enclave_cpu, apart;

static int quick_note_cpu(int a)
{
    if (!pthread_equal(pthread_self(), caller))
        apart += sched_getcpu() != enclave_cpu;
    return a + 1;
}

static void bind_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static bool two_cpus(void)
{
    cpu_set_t set;

    sched_getaffinity(0, sizeof set, &set);
    caller_cpu = enclave_cpu = -1;
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, &set)) {
            enclave_cpu = caller_cpu;
            caller_cpu = i;
        }
    return enclave_cpu >= 0;
}

/* Beside it, each ocall would have the enclave sleep. Where its caller runs, who sleeps, is no
 * matter. */
START_TEST(worker_of_the_host_leaves_the_enclave_its_cpu)
{
    uint64_t sum = 0;

    if (!two_cpus())
        TEST_SKIP("two CPUs are needed");
    bind_to(caller_cpu);
    config.num_uworkers = 1;
    create_switchless();
    caller = pthread_self();
    host_quick = quick_note_cpu;
    while (apart == 0) {
        CALL_OK(ordinary_quick_on(&enclave, &sum, (uint32_t)enclave_cpu, 200));
        ck_assert_uint_eq(sum, 200 * 201 / 2);
    }
}
END_TEST

static int quick_calls_in(int a)
{
    int result = -1;

    return cc_enclave_destroy(&enclave) == CC_ERROR_BUSY &&
                   ordinary(&enclave, &result, a) == CC_SUCCESS
               ? result
               : -1;
}

/* Whichever thread serves it. */
START_TEST(quick_ocall_calls_in_again_and_can_not_destroy)
{
    uint64_t sum = 0;

    create_switchless();
    host_quick = quick_calls_in;
    for (int round = 0; round < 20; round++) {
        CALL_OK(ordinary_quick(&enclave, &sum, 50));
        ck_assert_uint_eq(sum, 50 * 51 / 2);
    }
}
END_TEST

START_TEST(quick_ocalls_without_the_feature_are_ordinary)
{
    uint64_t sum = 0;

    create_plain();
    caller = pthread_self();
    host_quick = quick_note;
    CALL_OK(ordinary_quick(&enclave, &sum, 20));
    ck_assert_uint_eq(sum, 20 * 21 / 2);
    ck_assert_int_eq(elsewhere, 0);
}
END_TEST

static sem_t inside, go_on;

static int quick_wait(int a)
{
    if (a == 199) {
        sem_post(&inside);
        sem_wait(&go_on);
    }
    return a;
}

static void *quick_main(void *arg)
{
    uint64_t sum = 0;

    (void)arg;
    return (void *)(uintptr_t)ordinary_quick(&enclave, &sum, 200);
}

/* The call is over when its ocall is, and with the code that says what happened. */
START_TEST(enclave_that_dies_in_a_quick_ocall_sends_the_caller_back)
{
    pthread_t thread;
    void *rc;

    sem_init(&inside, 0, 0);
    sem_init(&go_on, 0, 0);
    create_switchless();
    host_quick = quick_wait;
    ck_assert_int_eq(pthread_create(&thread, NULL, quick_main, NULL), 0);
    sem_wait(&inside);
    ck_assert_int_eq(kill(rig_enclave_pid(), SIGKILL), 0);
    sem_post(&go_on);
    pthread_join(thread, &rc);
    ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
    CALL_OK(cc_enclave_destroy(&enclave));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/ocall");
    TCase *tcase = tcase_of(suite, "ocall");

    tcase_add_checked_fixture(tcase, rig_begin, rig_end);
    tcase_add_test(tcase, quick_ocalls_are_served_by_workers_of_the_host);
    tcase_add_test(tcase, quick_ocalls_carry_bytes_both_ways);
    tcase_add_test(tcase, worker_of_the_host_leaves_the_enclave_its_cpu);
    tcase_add_test(tcase, quick_ocall_calls_in_again_and_can_not_destroy);
    tcase_add_test(tcase, quick_ocalls_without_the_feature_are_ordinary);
    tcase_add_test(tcase, enclave_that_dies_in_a_quick_ocall_sends_the_caller_back);
    return suite_main(suite);
}
