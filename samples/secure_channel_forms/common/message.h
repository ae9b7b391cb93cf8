/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * message.h - what goes over the connection, the same in C and Python: u32 type, u64 session,
 * u32 size, all little-endian, then size bytes.
 */
#ifndef SAMPLE_MESSAGE_H
#define SAMPLE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum { MESSAGE_MAX_SIZE = 16384, MESSAGE_HEAD_SIZE = 16 };
enum message_type { MESSAGE_BUSINESS = 11, MESSAGE_CHANNEL = 55 };

struct message {
    uint32_t type;
    uint64_t session;
    uint32_t size;
    uint8_t bytes[MESSAGE_MAX_SIZE];
};

/* 0, or -1: the connection is gone, or the message too large. */
int message_send(int fd, uint32_t type, uint64_t session, const void *bytes, size_t size);
int message_recv(int fd, struct message *message);

int tcp_connect(const char *port); /* 127.0.0.1 only; -1 */
int tcp_listen(const char *port, int *ret_port);

#endif
