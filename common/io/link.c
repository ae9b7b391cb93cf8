/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/link.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * DEVICE_FDS_MAX)];
};

static void fds_attach(struct msghdr *msg, union control_room *room, const int *fds, size_t count)
{
    struct cmsghdr *header;

    if (count == 0)
        return;
    msg->msg_control = room->bytes;
    msg->msg_controllen = CMSG_SPACE(sizeof(int) * count);
    header = CMSG_FIRSTHDR(msg);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
}

static enum link_status packet_send(int fd, const struct device_message *message, const int *fds,
                                    int flags)
{
    uint8_t bytes[DEVICE_MESSAGE_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    union control_room room = {.bytes = {0}};
    struct iovec iov;
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t sent;

    device_encode(message, &w);
    if (w.failed)
        return LINK_BROKEN;
    iov = (struct iovec){bytes, w.size};
    fds_attach(&msg, &room, fds, device_fd_count(message));
    do
        sent = sendmsg(fd, &msg, MSG_NOSIGNAL | flags);
    while (sent < 0 && errno == EINTR);
    wipe(bytes, w.size); /* keys travel this way, too */
    if (sent == (ssize_t)w.size)
        return LINK_OK;
    return sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? LINK_AGAIN : LINK_CLOSED;
}

static void fds_collect(struct msghdr *msg, struct link_packet *packet)
{
    for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL; h = CMSG_NXTHDR(msg, h)) {
        size_t count;

        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (count > DEVICE_FDS_MAX)
            count = DEVICE_FDS_MAX; /* the room allows no more */
        memcpy(packet->fds, CMSG_DATA(h), sizeof(int) * count);
        packet->fd_count = count;
    }
}

static enum link_status packet_recv(int fd, struct link_packet *ret_packet, int flags)
{
    union control_room room;
    struct iovec iov = {ret_packet->bytes, sizeof ret_packet->bytes};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = room.bytes,
                         /* not its padding, which would have room for one more */
                         .msg_controllen = CMSG_LEN(sizeof(int) * DEVICE_FDS_MAX)};
    bool decoded, dropped;
    ssize_t got;

    ret_packet->fd_count = 0;
    for (size_t i = 0; i < DEVICE_FDS_MAX; i++)
        ret_packet->fds[i] = -1;
    /* Reset: it closed with words of ours unread; its own last ones come on the second try. */
    for (int resets = 0;; resets += errno == ECONNRESET) {
        got = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | flags);
        if (got >= 0 || (errno != EINTR && (errno != ECONNRESET || resets > 0)))
            break;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return LINK_AGAIN;
    if (got <= 0)
        return LINK_CLOSED;
    fds_collect(&msg, ret_packet);
    /* MSG_CTRUNC: descriptors were dropped for want of free numbers; never a shorter list. */
    decoded = !(msg.msg_flags & MSG_TRUNC) && device_decode(view_of(ret_packet->bytes, (size_t)got),
                                                            &ret_packet->message) == CC_SUCCESS;
    if (decoded && !(msg.msg_flags & MSG_CTRUNC) &&
        device_fd_count(&ret_packet->message) == ret_packet->fd_count)
        return LINK_OK;
    dropped = decoded && (msg.msg_flags & MSG_CTRUNC) &&
              ret_packet->fd_count < device_fd_count(&ret_packet->message);
    link_packet_done(ret_packet);
    return dropped ? LINK_NO_FDS : LINK_BROKEN;
}

void link_packet_done(struct link_packet *packet)
{
    for (size_t i = 0; i < packet->fd_count; i++)
        if (packet->fds[i] >= 0)
            close(packet->fds[i]);
    packet->fd_count = 0;
}

int link_take_fd(struct link_packet *packet, size_t index)
{
    int fd = packet->fds[index];

    packet->fds[index] = -1;
    return fd;
}

enum link_status link_send(int fd, const struct device_message *message, const int *fds)
{
    return packet_send(fd, message, fds, 0);
}

enum link_status link_try_send(int fd, const struct device_message *message, const int *fds)
{
    return packet_send(fd, message, fds, MSG_DONTWAIT);
}

enum link_status link_recv(int fd, struct link_packet *ret_packet)
{
    return packet_recv(fd, ret_packet, 0);
}

enum link_status link_try_recv(int fd, struct link_packet *ret_packet)
{
    return packet_recv(fd, ret_packet, MSG_DONTWAIT);
}
