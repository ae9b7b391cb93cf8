/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The kernel's rules that the order exec, close, fork, unshare stands on, each with the order that
 * would be wrong; and starts of an embedded device that were tampered with. When the kernel changes
 * a rule, a test here says so.
 */
#include "common.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char secret[] = "what the victim keeps";
static int ready[2];

static void victim_wait(void)
{
    if (write(ready[1], "r", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* When executed anew: closes its memory, as a loader under a sandbox program would. */
static void victim_executed(int fd)
{
    ready[1] = fd;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    victim_wait();
}

static pid_t victim_start(void (*order)(void))
{
    pid_t parent = getpid(), victim;
    char c;

    ck_assert_int_eq(pipe(ready), 0);
    victim = fork();
    if (victim == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            order();
        _exit(1);
    }
    close(ready[1]);
    if (read(ready[0], &c, 1) != 1) {
        waitpid(victim, NULL, 0);
        return -1;
    }
    return victim;
}

/* 0: read. The same program, so that its secret lies where ours does. */
static int victim_read(pid_t victim, uint64_t address)
{
    char got[sizeof secret];
    struct iovec local = {got, sizeof got}, remote = {(void *)(uintptr_t)address, sizeof got};

    return process_vm_readv(victim, &local, 1, &remote, 1, 0) > 0 ? 0 : errno;
}

static int victim_trace(pid_t victim)
{
    if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) != 0)
        return errno;
    ptrace(PTRACE_DETACH, victim, NULL, NULL);
    return 0;
}

static void unshare_then_execute(void)
{
    char self[512], fd[16];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    self[size > 0 ? size : 0] = '\0';
    snprintf(fd, sizeof fd, "%d", ready[1]);
    if (unshare(CLONE_NEWUSER) == 0)
        execl(self, self, "--victim", fd, (char *)NULL);
}

static void close_then_unshare(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (unshare(CLONE_NEWUSER) == 0)
        victim_wait();
}

/* So no loader may be executed inside of a sandbox that others made for it. */
START_TEST(control_a_program_executed_in_a_user_namespace_is_open_to_its_owner)
{
    pid_t victim = victim_start(unshare_then_execute);

    if (victim < 0)
        TEST_SKIP("no user namespaces here");
    if (access("/proc/sys/kernel/yama/ptrace_scope", F_OK) == 0)
        TEST_SKIP("Yama decides here");
    ck_assert_msg(victim_trace(victim) == 0, "this kernel closes it: the rule has changed");
    kill(victim, SIGKILL);
}
END_TEST

START_TEST(program_executed_first_and_confined_later_stays_closed)
{
    pid_t victim = victim_start(close_then_unshare);

    if (victim < 0)
        TEST_SKIP("no user namespaces here");
    ck_assert_int_eq(victim_trace(victim), EPERM);
    ck_assert_int_eq(victim_read(victim, (uint64_t)(uintptr_t)secret), EPERM);
    kill(victim, SIGKILL);
}
END_TEST

static int handed = -1; /* the victim's own end, by which it gives its namespace away */

static void close_unshare_and_give_away(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room = {.bytes = {0}};
    char byte = 0;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = room.bytes,
                         .msg_controllen = sizeof room.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
    int space;

    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (unshare(CLONE_NEWUSER) != 0)
        return;
    space = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof space);
    memcpy(CMSG_DATA(header), &space, sizeof space);
    if (space >= 0 && sendmsg(handed, &msg, 0) == 1)
        victim_wait();
}

static int namespace_take(int end)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room;
    char byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = room.bytes,
                         .msg_controllen = sizeof room.bytes};
    int space = -1;

    if (recvmsg(end, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg) != NULL)
        memcpy(&space, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof space);
    return space;
}

/* Newer kernels let the same user join by number; here the namespace is even handed over. */
START_TEST(member_of_an_enclaves_user_namespace_reads_nothing_either)
{
    int pair[2], space, status = -1;
    pid_t victim, attacker;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    handed = pair[1];
    victim = victim_start(close_unshare_and_give_away);
    if (victim < 0)
        TEST_SKIP("no user namespaces here");
    space = namespace_take(pair[0]);
    ck_assert_int_ge(space, 0);
    attacker = fork();
    if (attacker == 0) {
        if (setns(space, CLONE_NEWUSER) != 0)
            _exit(100);
        _exit(victim_trace(victim) == EPERM &&
                      victim_read(victim, (uint64_t)(uintptr_t)secret) == EPERM
                  ? 0
                  : 101);
    }
    ck_assert_int_eq(waitpid(attacker, &status, 0), attacker);
    ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 100),
                  "status 0x%x", status);
    kill(victim, SIGKILL);
}
END_TEST

/* Executes the device as libsecgear_urts does, with things done to it; its exit status. */
static int device_exec(void (*tamper)(void), char **environment, int *ret_link, int *ret_mem)
{
    char *argv[] = {"secgear-device", "--embedded", (char *)(uintptr_t)state_folder(), NULL};
    char program[1100], own[1000], path[64];
    int pair[2], executed[2], status = -1;
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    pid_t child;
    char c;

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(program, sizeof program, "%s/../stage/libexec/secgear/secgear-device", own);
    ck_assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
              pipe2(executed, O_CLOEXEC) == 0);
    child = fork();
    if (child == 0) {
        dup2(pair[1], 3);
        if (tamper != NULL)
            tamper();
        execve(program, argv, environment);
        _exit(99);
    }
    close(pair[1]);
    close(executed[1]);
    if (ret_mem != NULL) { /* the very moment after exec */
        ck_assert_int_eq(read(executed[0], &c, 1), 0);
        snprintf(path, sizeof path, "/proc/%d/mem", child);
        *ret_mem = open(path, O_RDONLY | O_CLOEXEC);
    }
    close(executed[0]);
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, NULL, NULL);
    *ret_link = pair[0];
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void trace_me(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

START_TEST(embedded_device_refuses_a_tracer_and_preloaded_libraries)
{
    char *preload[] = {"LD_PRELOAD=/nowhere/evil.so", NULL}, *empty[] = {NULL};
    int link;

    if (getenv("ASAN_OPTIONS") == NULL) /* its loader would be preloaded as well */
        ck_assert_int_eq(device_exec(NULL, preload, &link, NULL), 3);
    ck_assert_int_eq(device_exec(trace_me, empty, &link, NULL), 3);
    ck_assert_int_eq(device_exec(NULL, empty, &link, NULL), 0);
}
END_TEST

/* Between exec and the first prctl() its memory is open; what was opened then is the old map. */
START_TEST(handle_opened_while_a_device_starts_reads_nothing_later)
{
    char *empty[] = {NULL};
    unsigned opened = 0;

    for (unsigned round = 0; round < 20; round++) {
        int link, mem = -1;
        char byte;

        ck_assert_int_eq(device_exec(NULL, empty, &link, &mem), 0);
        opened += mem >= 0;
        if (mem >= 0)
            for (uint64_t at = UINT64_C(0x550000000000); at < UINT64_C(0x570000000000);
                 at += UINT64_C(1) << 36)
                ck_assert_int_le(pread(mem, &byte, 1, (off_t)at), 0);
        close(mem);
        close(link);
    }
    (void)opened; /* how often is up to the scheduler */
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite;
    TCase *tcase;

    if (argc == 3 && strcmp(argv[1], "--victim") == 0)
        victim_executed(atoi(argv[2]));
    suite = suite_create("integration/order");
    tcase = tcase_of(suite, "order");
    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, control_a_program_executed_in_a_user_namespace_is_open_to_its_owner);
    tcase_add_test(tcase, program_executed_first_and_confined_later_stays_closed);
    tcase_add_test(tcase, member_of_an_enclaves_user_namespace_reads_nothing_either);
    tcase_add_test(tcase, embedded_device_refuses_a_tracer_and_preloaded_libraries);
    tcase_add_test(tcase, handle_opened_while_a_device_starts_reads_nothing_later);
    return suite_main(suite);
}
