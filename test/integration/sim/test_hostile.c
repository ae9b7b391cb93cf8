/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Scarcity, deaths among many, forks, and images and machines that do not help. */
#include "common.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 48, SCARCE_FILES = 128 };

static cc_enclave_t many[MANY];

static sem_t calling;

static void *napper_main(void *arg)
{
    uint32_t ms = 100000;

    sem_post(&calling);
    return (void *)(uintptr_t)call(arg, F_NAP, &ms, sizeof ms, NULL, 0);
}

/* For this process and all that it starts: something else happens to one system call. */
static long call_filter(unsigned nr, unsigned what, unsigned flags)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, what),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* As in a container. */
static void call_forbid(unsigned nr)
{
    ck_assert_int_eq(call_filter(nr, SECCOMP_RET_ERRNO | EPERM, 0), 0);
}

/* The kernel closes a dead device's sockets one after the other; each caller must be told. */
START_TEST(death_of_the_device_reaches_the_callers_of_every_enclave)
{
    pthread_t callers[MANY];
    pid_t device;
    void *rc;

    ck_assert_int_eq(sem_init(&calling, 0, 0), 0);
    for (size_t i = 0; i < MANY; i++) {
        create_good(&many[i]);
        ck_assert_int_eq(pthread_create(&callers[i], NULL, napper_main, &many[i]), 0);
    }
    for (size_t i = 0; i < MANY; i++)
        ck_assert_int_eq(sem_wait(&calling), 0);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    ck_assert_int_eq(kill(device, SIGKILL), 0);
    for (size_t i = 0; i < MANY; i++) {
        pthread_join(callers[i], &rc);
        ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_ENCLAVE_DEAD);
        ck_assert_int_eq(cc_enclave_destroy(&many[i]), CC_SUCCESS);
    }
}
END_TEST

static const char *scarce_image;

static void *creator_main(void *arg)
{
    return (void *)(uintptr_t)cc_enclave_create(scarce_image, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0,
                                                arg);
}

/* Whoever runs out of descriptors can not have one more enclave; those that run go on. */
START_TEST(too_few_descriptors_cost_no_running_enclave)
{
    pthread_t creators[MANY];
    void *result;
    struct rlimit few = {SCARCE_FILES, SCARCE_FILES};
    cc_enclave_result_t rc = CC_SUCCESS;
    size_t count = 0;
    char out[2];

    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    scarce_image = image_path("enclave.signed.so");
    memset(many, 0, sizeof many);
    for (; count < 10; count++)
        create_good(&many[count]);
    for (size_t i = count; i < MANY; i++)
        ck_assert_int_eq(pthread_create(&creators[i], NULL, creator_main, &many[i]), 0);
    for (size_t i = count; i < MANY; i++) {
        pthread_join(creators[i], &result);
        rc = (cc_enclave_result_t)(uintptr_t)result;
        ck_assert_msg(rc == CC_SUCCESS || rc == CC_ERROR_OUT_OF_MEMORY || rc == CC_ERROR_NO_DEVICE,
                      "%s", cc_enclave_res2_str(rc));
        if (rc == CC_SUCCESS)
            many[count++] = many[i];
    }
    ck_assert_uint_lt(count, MANY);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(call(&many[i], F_ECHO, "a", 2, out, 2), CC_SUCCESS);
    /* Those that were made at once may have shared what the making of one takes for a moment: there
     * is room for one again when some are gone, and the device has heard so from its zygote. */
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(cc_enclave_destroy(&many[--count]), CC_SUCCESS);
    while (create("enclave.signed.so", &many[count]) != CC_SUCCESS)
        sched_yield();
    count++;
    while (count > 0)
        ck_assert_int_eq(cc_enclave_destroy(&many[--count]), CC_SUCCESS);
}
END_TEST

/* Holds up whoever asks: the zygote, between making an enclave and telling the device. */
static void *slow_answers_main(void *listener)
{
    struct seccomp_notif asked;
    struct seccomp_notif_resp go = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    for (;;) {
        memset(&asked, 0, sizeof asked);
        if (ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue;
        usleep(300000);
        go.id = asked.id;
        ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_SEND, &go);
    }
    return NULL;
}

START_TEST(an_enclave_that_is_faster_than_its_zygote_starts)
{
    int listener =
        (int)call_filter(SYS_pidfd_open, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    pthread_t slow;

    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(pthread_create(&slow, NULL, slow_answers_main, (void *)(intptr_t)listener), 0);
    create_good(&many[0]);
    ck_assert_int_eq(cc_enclave_destroy(&many[0]), CC_SUCCESS);
}
END_TEST

/* In the child: its own enclaves work, all of them, while the parent's stay lost. */
static int child_run(cc_enclave_t *of_parent)
{
    cc_enclave_t own[2];
    char out[2];

    for (size_t i = 0; i < 2; i++)
        if (create("enclave.signed.so", &own[i]) != CC_SUCCESS)
            return 1;
    for (size_t i = 0; i < 2; i++)
        if (call(&own[i], F_ECHO, "a", 2, out, 2) != CC_SUCCESS)
            return 2;
    if (call(of_parent, F_ECHO, "a", 2, out, 2) != CC_ERROR_ENCLAVE_LOST ||
        cc_enclave_destroy(of_parent) != CC_ERROR_ENCLAVE_LOST)
        return 3;
    for (size_t i = 0; i < 2; i++)
        if (cc_enclave_destroy(&own[i]) != CC_SUCCESS)
            return 4;
    return 0;
}

START_TEST(a_fork_of_the_host_has_enclaves_of_its_own)
{
    int status;
    pid_t child;

    create_good(&many[0]);
    child = fork();
    if (child == 0)
        _exit(child_run(&many[0]));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(call(&many[0], F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&many[0]), CC_SUCCESS);
}
END_TEST

START_TEST(death_of_the_device_takes_the_enclave_without_namespaces_too)
{
    pid_t device, victim;

    call_forbid(SYS_unshare);
    create_good(&many[0]);
    victim = enclave_pid();
    ck_assert_int_gt(victim, 0);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    ck_assert_int_eq(kill(device, SIGKILL), 0);
    process_await_end(victim);
    ck_assert_int_eq(cc_enclave_destroy(&many[0]), CC_SUCCESS);
}
END_TEST

/* Protections that are only half there are not claimed. */
START_TEST(a_root_folder_that_stays_is_no_namespace_protection)
{
    call_forbid(SYS_pivot_root);
    setenv("SECGEAR_REQUIRE", "namespaces", 1);
    ck_assert_int_eq(create("enclave.signed.so", &many[0]), CC_ERROR_NO_DEVICE);
    unsetenv("SECGEAR_REQUIRE");
    create_good(&many[0]);
    ck_assert_int_eq(cc_enclave_destroy(&many[0]), CC_SUCCESS);
}
END_TEST

/* Each of these images asks for it in a constructor, and is ended there. */
static const struct {
    const char *image;
    const char *what;
} constructors[] = {
    {"limits.signed.so", "sets limits of another process"},
    {"exec_window.signed.so", "executes what the host wrote"},
    {"exec_twice.signed.so", "executes it by another descriptor"},
    {"exec_writable.signed.so", "executes what it wrote"},
};

START_TEST(constructors_can_not)
{
    cc_enclave_result_t rc = create(constructors[_i].image, &many[0]);

    ck_assert_msg(rc == CC_ERROR_ENCLAVE_DEAD, "%s: %s", constructors[_i].what,
                  cc_enclave_res2_str(rc));
    create_good(&many[1]); /* the zygote is unharmed */
    ck_assert_int_eq(cc_enclave_destroy(&many[1]), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/hostile");
    TCase *tcase = tcase_of(suite, "hostile");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, death_of_the_device_reaches_the_callers_of_every_enclave);
    tcase_add_test(tcase, too_few_descriptors_cost_no_running_enclave);
    tcase_add_test(tcase, an_enclave_that_is_faster_than_its_zygote_starts);
    tcase_add_test(tcase, a_fork_of_the_host_has_enclaves_of_its_own);
    tcase_add_test(tcase, death_of_the_device_takes_the_enclave_without_namespaces_too);
    tcase_add_test(tcase, a_root_folder_that_stays_is_no_namespace_protection);
    tcase_add_loop_test(tcase, constructors_can_not, 0,
                        sizeof constructors / sizeof constructors[0]);
    return suite_main(suite);
}
