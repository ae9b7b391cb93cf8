/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "message.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void put(uint8_t *bytes, uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *bytes, int size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

static int all_write(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static int all_read(int fd, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = recv(fd, bytes, size, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

int message_send(int fd, uint32_t type, uint64_t session, const void *bytes, size_t size)
{
    uint8_t all[MESSAGE_HEAD_SIZE + MESSAGE_MAX_SIZE];

    if (size > MESSAGE_MAX_SIZE)
        return -1;
    put(all, type, 4);
    put(all + 4, session, 8);
    put(all + 12, size, 4);
    if (size > 0)
        memcpy(all + MESSAGE_HEAD_SIZE, bytes, size);
    return all_write(fd, all, MESSAGE_HEAD_SIZE + size);
}

int message_recv(int fd, struct message *message)
{
    uint8_t head[MESSAGE_HEAD_SIZE];

    if (all_read(fd, head, sizeof head) != 0)
        return -1;
    message->type = (uint32_t)get(head, 4);
    message->session = get(head + 4, 8);
    message->size = (uint32_t)get(head + 12, 4);
    if (message->size > MESSAGE_MAX_SIZE)
        return -1;
    return all_read(fd, message->bytes, message->size);
}

static struct sockaddr_in here(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(port));
    return address;
}

int tcp_connect(const char *port)
{
    struct sockaddr_in address = here(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

int tcp_listen(const char *port, int *ret_port)
{
    struct sockaddr_in address = here(port);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 64) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        *ret_port = ntohs(address.sin_port);
        return fd;
    }
    close(fd);
    return -1;
}
