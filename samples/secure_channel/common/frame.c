/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "common/frame.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t part = send(fd, bytes, size, MSG_NOSIGNAL);

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return -1;
        bytes += part;
        size -= (size_t)part;
    }
    return 0;
}

static int read_all(int fd, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t part = recv(fd, bytes, size, 0);

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return -1;
        bytes += part;
        size -= (size_t)part;
    }
    return 0;
}

int frame_send(int fd, enum frame_kind kind, const void *bytes, size_t size)
{
    uint8_t header[5] = {(uint8_t)((size + 1) >> 24), (uint8_t)((size + 1) >> 16),
                         (uint8_t)((size + 1) >> 8), (uint8_t)(size + 1), (uint8_t)kind};

    if (size > FRAME_MAX_SIZE)
        return -1;
    return write_all(fd, header, sizeof header) == 0 ? write_all(fd, bytes, size) : -1;
}

long frame_recv(int fd, enum frame_kind *kind, uint8_t **bytes)
{
    uint8_t header[5], *body;
    uint32_t size;

    if (read_all(fd, header, sizeof header) != 0)
        return -1;
    size = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 |
           header[3];
    if (size == 0 || --size > FRAME_MAX_SIZE)
        return -1;
    body = malloc((size_t)size + 1);
    if (body == NULL || read_all(fd, body, size) != 0) {
        free(body);
        return -1;
    }
    *kind = (enum frame_kind)header[4];
    *bytes = body;
    return (long)size;
}

static struct addrinfo *resolve(const char *host, const char *port, int flags)
{
    struct addrinfo hints, *found = NULL;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    return getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

int tcp_connect(const char *host, const char *port)
{
    struct addrinfo *all = resolve(host, port, 0);
    int fd = -1, one = 1;

    for (struct addrinfo *a = all; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    if (all != NULL)
        freeaddrinfo(all);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

int tcp_listen(const char *host, const char *port)
{
    struct addrinfo *a = resolve(host, port, AI_PASSIVE);
    int fd = -1, one = 1;

    if (a == NULL)
        return -1;
    fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 64) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(a);
    return fd;
}

int tcp_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}
