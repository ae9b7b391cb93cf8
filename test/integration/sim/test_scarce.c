/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A device without a free descriptor, while enclaves end and start. The host speaks to its device
 * by hand, as a hostile one would: connections that say nothing hold descriptors.
 */
#include "common.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FEW_FILES = 128, CONNECT = 1, CREATE = 2, STATUS = 4, CREATED = 16, STATUS_IS = 19 };

static cc_enclave_t enclave;
static atomic_bool holding;
static sem_t held, go;

/* Holds the zygote up where it asks who ended. */
static void *waits_main(void *listener)
{
    struct seccomp_notif asked;
    struct seccomp_notif_resp on = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    for (;;) {
        memset(&asked, 0, sizeof asked);
        if (ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue;
        if (atomic_load(&holding)) {
            sem_post(&held);
            sem_wait(&go);
        }
        on.id = asked.id;
        ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_SEND, &on);
    }
    return NULL;
}

static void waits_catch(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_waitid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    pthread_t thread;
    long listener;

    ck_assert_int_eq(sem_init(&held, 0, 0) | sem_init(&go, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, waits_main, (void *)listener), 0);
}

/* A message with three numbers or none, and one descriptor or none. */
static void say(int to, uint16_t type, const uint64_t *numbers, int fd)
{
    uint8_t bytes[32] = {(uint8_t)type, 0, 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec iov = {bytes, numbers != NULL ? sizeof bytes : 8};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (numbers != NULL)
        memcpy(bytes + 8, numbers, 24);
    if (fd >= 0) {
        msg.msg_control = control.room;
        msg.msg_controllen = sizeof control.room;
        *CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &fd, sizeof fd);
    }
    sendmsg(to, &msg, MSG_NOSIGNAL);
}

/* Type of the next message; 0: the device closed it. */
static unsigned hear(int from)
{
    uint8_t bytes[2048];

    return recv(from, bytes, sizeof bytes, 0) >= 8 ? bytes[0] : 0;
}

static bool answers(int connection)
{
    say(connection, STATUS, NULL, -1);
    return hear(connection) == STATUS_IS;
}

/* The device's first socket: the host's library opened it before all others. */
static int device_socket(void)
{
    for (int fd = 3; fd < FEW_FILES; fd++) {
        int type = 0;
        socklen_t size = sizeof type;

        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
            return fd;
    }
    ck_abort_msg("no socket to the device");
}

static int connection_more(int device)
{
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    say(device, CONNECT, NULL, pair[1]);
    close(pair[1]);
    return pair[0];
}

static void enclave_kill_and_hold_the_news(void)
{
    pid_t victim = enclave_pid();

    ck_assert_int_gt(victim, 0);
    atomic_store(&holding, true);
    ck_assert_int_eq(kill(victim, SIGKILL), 0);
    process_await_end(victim);
    sem_wait(&held);
}

/* The descriptor of the enclave that starts has its place, whoever's end is told in between. */
START_TEST(an_end_that_is_told_while_another_enclave_starts_costs_no_device)
{
    const uint64_t create_numbers[3] = {UINT64_C(0x200000000000), 0, 0};
    struct rlimit few = {FEW_FILES, FEW_FILES};
    int device, starting, image;

    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    waits_catch();
    create_good(&enclave);
    device = device_socket();
    starting = connection_more(device);
    enclave_kill_and_hold_the_news();
    image = open(image_path("enclave.signed.so"), O_RDONLY | O_CLOEXEC);
    say(starting, CREATE, create_numbers, image);
    ck_assert(answers(starting)); /* so the zygote has been asked */
    while (answers(connection_more(device)))
        ;
    sem_post(&go);
    sem_wait(&held); /* the end has been told */
    ck_assert(answers(starting));
    answers(connection_more(device));
    atomic_store(&holding, false);
    sem_post(&go);
    ck_assert_uint_eq(hear(starting), CREATED);
}
END_TEST

/* As of ulimit -f: the device says what is wrong; it is not ended by a signal. */
START_TEST(a_limit_on_files_is_named)
{
    struct rlimit small = {65536, 65536};

    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_ne(create("enclave.signed.so", &enclave), CC_SUCCESS);
    ck_assert_msg(strstr(cc_enclave_error_detail(), strerror(EFBIG)) != NULL, "%s",
                  cc_enclave_error_detail());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/scarce");
    TCase *tcase = tcase_of(suite, "scarce");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, an_end_that_is_told_while_another_enclave_starts_costs_no_device);
    tcase_add_test(tcase, a_limit_on_files_is_named);
    return suite_main(suite);
}
