/* SPDX-License-Identifier: MulanPSL-2.0 */
/* kill -9 of enclave, device and host, with calls in flight: all are answered, nobody stays. */
#include "common.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLERS = 6 }; /* two more than the enclave has threads */

static cc_enclave_t enclave;
static atomic_int inside;

/* Each caller's nap begins with a marker that the test waits for: the ocall. */
static cc_enclave_result_t host_blocks(const uint8_t *in, size_t in_size, uint8_t *out,
                                       size_t out_size)
{
    (void)in, (void)in_size, (void)out, (void)out_size;
    atomic_fetch_add(&inside, 1);
    return CC_SUCCESS;
}

static const struct {
    uint64_t num;
    cc_ocall_func_t ocalls[1];
} table = {1, {host_blocks}};

static void *caller_main(void *arg)
{
    uint32_t ms = 100000;

    (void)arg;
    cc_enclave_call_function(&enclave, F_ASK, NULL, 0, NULL, 0, NULL, &table);
    return (void *)(uintptr_t)call(&enclave, F_NAP, &ms, sizeof ms, NULL, 0);
}

static void callers_start(pthread_t *callers)
{
    for (size_t i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, caller_main, NULL), 0);
    while (atomic_load(&inside) < 4) /* the other two wait for a thread of the enclave, or nap */
        sched_yield();
}

static void callers_all_got_dead(pthread_t *callers)
{
    void *rc;

    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i], &rc);
        ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
    }
}

START_TEST(death_of_the_enclave_reaches_every_caller)
{
    pthread_t callers[CALLERS];

    create_good(&enclave);
    callers_start(callers);
    ck_assert_int_eq(kill(enclave_pid(), SIGKILL), 0);
    callers_all_got_dead(callers);
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    create_good(&enclave); /* the device is unharmed */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(crash_of_the_enclave_reaches_every_caller)
{
    pthread_t callers[CALLERS - 4];

    create_good(&enclave);
    for (size_t i = 0; i < CALLERS - 4; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, caller_main, NULL), 0);
    while (atomic_load(&inside) < CALLERS - 4)
        sched_yield();
    ck_assert_int_eq(call(&enclave, F_CRASH, NULL, 0, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "SIGSEGV"));
    for (size_t i = 0; i < CALLERS - 4; i++) {
        void *rc;

        pthread_join(callers[i], &rc);
        ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
    }
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

static const struct {
    uint32_t attempt;
    const char *told;
} endings[] = {{TRY_EXIT, "exit() with status 7"},
               {TRY_ABORT, "abort()"},
               {TRY_EXECVE, "SIGSYS, a system call that enclaves may not make"}};

START_TEST(host_is_told_how_an_enclave_ended)
{
    uint32_t what = endings[_i].attempt;
    int got;

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_TRY, &what, sizeof what, &got, sizeof got),
                     CC_ERROR_ENCLAVE_DEAD);
    ck_assert_msg(strstr(cc_enclave_error_detail(), endings[_i].told) != NULL, "%s",
                  cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), endings[_i].told));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(death_of_the_device_reaches_every_caller_and_takes_the_enclave)
{
    pthread_t callers[CALLERS];
    pid_t device, victim;

    create_good(&enclave);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    victim = enclave_pid();
    callers_start(callers);
    ck_assert_int_eq(kill(device, SIGKILL), 0);
    callers_all_got_dead(callers);
    process_await_end(victim);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    create_good(&enclave); /* with a device started anew */
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(death_of_the_zygote_reaches_every_caller_and_the_next_create_works)
{
    pthread_t callers[CALLERS];
    char path[64], line[128];
    int zygote = -1;
    FILE *status;
    pid_t device;

    create_good(&enclave);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/status", enclave_pid());
    status = fopen(path, "re");
    while (status != NULL && zygote < 0 && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "PPid: %d", &zygote) != 1)
            zygote = -1;
    if (status != NULL)
        fclose(status);
    ck_assert_int_gt(zygote, 1);
    callers_start(callers);
    ck_assert_int_eq(kill(zygote, SIGKILL), 0);
    callers_all_got_dead(callers);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    process_await_end(zygote);
    process_await_end(device); /* it goes too, and a new one takes its place */
    create_good(&enclave);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

/* A host of its own, which tells us its enclave and device and then sits in a call. */
static pid_t host_start(pid_t *ret_enclave, pid_t *ret_device)
{
    int pipe_fds[2];
    pid_t pids[2] = {-1, -1};
    pid_t host;

    ck_assert_int_eq(pipe(pipe_fds), 0);
    host = fork();
    if (host == 0) {
        uint32_t ms = 100000;

        create_good(&enclave);
        pids[0] = enclave_pid();
        device_pids(&pids[1], 1);
        if (write(pipe_fds[1], pids, sizeof pids) != sizeof pids)
            _exit(1);
        call(&enclave, F_NAP, &ms, sizeof ms, NULL, 0);
        _exit(1);
    }
    ck_assert_int_eq(read(pipe_fds[0], pids, sizeof pids), sizeof pids);
    *ret_enclave = pids[0];
    *ret_device = pids[1];
    return host;
}

START_TEST(death_of_the_host_leaves_nothing_behind)
{
    pid_t victim, device, host;
    int status;

    host = host_start(&victim, &device);
    ck_assert_int_gt(victim, 0);
    ck_assert_int_gt(device, 0);
    ck_assert_int_eq(kill(host, SIGKILL), 0);
    ck_assert_int_eq(waitpid(host, &status, 0), host);
    process_await_end(victim);
    process_await_end(device);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/death");
    TCase *tcase = tcase_of(suite, "death");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, death_of_the_enclave_reaches_every_caller);
    tcase_add_test(tcase, crash_of_the_enclave_reaches_every_caller);
    tcase_add_loop_test(tcase, host_is_told_how_an_enclave_ended, 0,
                        sizeof endings / sizeof endings[0]);
    tcase_add_test(tcase, death_of_the_device_reaches_every_caller_and_takes_the_enclave);
    tcase_add_test(tcase, death_of_the_zygote_reaches_every_caller_and_the_next_create_works);
    tcase_add_test(tcase, death_of_the_host_leaves_nothing_behind);
    return suite_main(suite);
}
