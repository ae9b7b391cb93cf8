/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/frames.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { HEADER_SIZE = 5, BACKLOG_COUNT = 64 };

static struct addrinfo *resolve(const char *host, const char *port, int flags)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;

    return getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

/* With a limit: connect(2) has none of its own. */
static bool connect_within(int fd, const struct addrinfo *to, uint32_t timeout_ms)
{
    struct timeval limit = {.tv_sec = timeout_ms / 1000,
                            .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
           connect(fd, to->ai_addr, to->ai_addrlen) == 0;
}

uint64_t frames_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until when a frame that begins now must be through; 0: any time. */
static uint64_t frame_end(const struct frames *f)
{
    uint64_t own = f->frame_ms != 0 ? frames_now() + f->frame_ms : 0;

    return own == 0 || (f->end_ms != 0 && f->end_ms < own) ? f->end_ms : own;
}

static bool is_over(uint64_t end_ms)
{
    return end_ms != 0 && frames_now() > end_ms;
}

bool frames_limit(int fd, uint32_t timeout_ms)
{
    struct timeval limit = {.tv_sec = timeout_ms / 1000,
                            .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    int one = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* slower without it */
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

int frames_connect(const char *host, const char *port, uint32_t timeout_ms)
{
    struct addrinfo *all = resolve(host, port, 0);
    int fd = -1;

    for (struct addrinfo *a = all; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && (!connect_within(fd, a, timeout_ms) || !frames_limit(fd, timeout_ms))) {
            close(fd);
            fd = -1;
        }
    }
    if (all != NULL)
        freeaddrinfo(all);
    return fd;
}

int frames_listen(const char *host, const char *port)
{
    struct addrinfo *a = resolve(host, port, AI_PASSIVE);
    int fd = -1, one = 1;

    if (a == NULL)
        return -1;
    fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
                    bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, BACKLOG_COUNT) != 0)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(a);
    return fd;
}

int frames_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    struct sockaddr_in six = {.sin_port = 0};

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    /* The port stands at the same place in both families' addresses. */
    memcpy(&six, &address, sizeof six);
    return ntohs(six.sin_port);
}

static bool write_all(int fd, struct iovec *parts, int count, uint64_t end_ms)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};

    while (message.msg_iovlen > 0) {
        ssize_t done = sendmsg(fd, &message, MSG_NOSIGNAL);
        size_t left;

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        for (left = (size_t)done; message.msg_iovlen > 0 && left >= message.msg_iov->iov_len;) {
            left -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen > 0) {
            message.msg_iov->iov_base = (uint8_t *)message.msg_iov->iov_base + left;
            message.msg_iov->iov_len -= left;
            if (is_over(end_ms))
                return false;
        }
    }
    return true;
}

bool frames_send(struct frames *f, enum frame_kind kind, struct view head, struct view body)
{
    uint8_t header[HEADER_SIZE];
    struct writer w = writer_over(header, sizeof header);
    struct iovec parts[] = {{header, sizeof header},
                            {(void *)(uintptr_t)head.data, head.size},
                            {(void *)(uintptr_t)body.data, body.size}};

    if (f->fd < 0 || head.size > FRAMES_MAX_SIZE || body.size > FRAMES_MAX_SIZE - head.size)
        return false;
    writer_be32(&w, (uint32_t)(head.size + body.size + 1));
    writer_u8(&w, (uint8_t)kind);
    return write_all(f->fd, parts, 3, frame_end(f));
}

/* Who sends byte by byte resets what SO_RCVTIMEO counts, but not the end. */
static bool read_all(int fd, uint8_t *bytes, size_t size, uint64_t end_ms)
{
    while (size > 0) {
        ssize_t part = recv(fd, bytes, size, 0);

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0 || is_over(end_ms))
            return false;
        bytes += part;
        size -= (size_t)part;
    }
    return true;
}

/* A frame begins with its first byte: from there on it has its own time. */
static bool header_read(const struct frames *f, uint8_t header[static HEADER_SIZE],
                        uint64_t *ret_end_ms)
{
    ssize_t part;

    do
        part = recv(f->fd, header, HEADER_SIZE, 0);
    while (part < 0 && errno == EINTR);
    if (part <= 0 || is_over(f->end_ms))
        return false;
    *ret_end_ms = frame_end(f);
    return read_all(f->fd, header + part, HEADER_SIZE - (size_t)part, *ret_end_ms);
}

bool frames_recv(struct frames *f, enum frame_kind *ret_kind, struct view *ret_bytes)
{
    uint8_t header[HEADER_SIZE];
    struct reader r = reader_over(VIEW_OF(header));
    uint32_t size;
    uint64_t end_ms;
    uint8_t kind;

    if (f->fd < 0 || !header_read(f, header, &end_ms))
        return false;
    size = reader_be32(&r);
    kind = reader_u8(&r);
    if (size == 0 || --size > FRAMES_MAX_SIZE || kind < FRAME_CHANNEL || kind > FRAME_ANSWER)
        return false;
    if (size > f->in.size) {
        buf_free(&f->in);
        if (!buf_alloc(&f->in, size))
            return false;
    }
    if (!read_all(f->fd, f->in.data, size, end_ms))
        return false;
    *ret_kind = (enum frame_kind)kind;
    *ret_bytes = view_of(f->in.data, size);
    return true;
}

void frames_done(struct frames *f)
{
    if (f->fd >= 0)
        close(f->fd);
    buf_free(&f->in);
    *f = (struct frames){.fd = -1};
}
