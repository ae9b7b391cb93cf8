/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Packets with descriptors: as many as the type has, and none is left behind otherwise. */
#include "io/link.h"
#include "support.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SENT_MAX = 8 };

static int pair[2];

static void start(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
}

static void stop(void)
{
    close(pair[0]);
    close(pair[1]);
}

static int descriptors_open(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A CREATE with any number of descriptors. */
static void create_send(size_t count)
{
    struct device_message create = {.type = DEVICE_CREATE};
    uint8_t bytes[DEVICE_MESSAGE_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * SENT_MAX)];
    } room = {.bytes = {0}};
    struct iovec iov = {bytes, 0};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    int fds[SENT_MAX] = {0};

    device_encode(&create, &w);
    iov.iov_len = w.size;
    if (count > 0) {
        msg.msg_control = room.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        room.align.cmsg_level = SOL_SOCKET;
        room.align.cmsg_type = SCM_RIGHTS;
        room.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&room.align), fds, sizeof(int) * count);
    }
    ck_assert_int_eq(sendmsg(pair[0], &msg, 0), (ssize_t)w.size);
}

START_TEST(a_packet_with_other_descriptors_leaves_none_open)
{
    static struct link_packet packet;
    int before = descriptors_open();

    create_send((size_t)_i);
    ck_assert_int_eq(link_recv(pair[1], &packet), _i == 1 ? LINK_OK : LINK_BROKEN);
    if (_i == 1)
        link_packet_done(&packet);
    ck_assert_int_eq(descriptors_open(), before);
}
END_TEST

START_TEST(descriptors_dropped_for_want_of_numbers_are_told_from_garbage)
{
    static struct link_packet packet;
    struct rlimit few = {(rlim_t)pair[1] + 1, 256};

    create_send(1);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    ck_assert_int_eq(link_recv(pair[1], &packet), LINK_NO_FDS);
    ck_assert_int_eq(packet.message.type, DEVICE_CREATE);
    ck_assert_uint_eq(packet.fd_count, 0);
}
END_TEST

/* Who holds a copy of an end can take O_NONBLOCK off it; the device must not wait all the same. */
START_TEST(trying_never_waits_on_a_blocking_socket)
{
    struct device_message status = {.type = DEVICE_STATUS};
    struct link_packet packet;
    enum link_status sent;

    ck_assert_int_eq(fcntl(pair[0], F_SETFL, 0), 0);
    ck_assert_int_eq(link_try_recv(pair[0], &packet), LINK_AGAIN);
    do
        sent = link_try_send(pair[0], &status, NULL);
    while (sent == LINK_OK);
    ck_assert_int_eq(sent, LINK_AGAIN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("io/link");
    TCase *tcase = tcase_of(suite, "link");

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_loop_test(tcase, a_packet_with_other_descriptors_leaves_none_open, 0, SENT_MAX + 1);
    tcase_add_test(tcase, trying_never_waits_on_a_blocking_socket);
    tcase_add_test(tcase, descriptors_dropped_for_want_of_numbers_are_told_from_garbage);
    return suite_main(suite);
}
