/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * frames.h - messages on TCP for both ends of a channel that own a socket (docs/protocol.md, "On
 * TCP"): how many bytes follow, their kind, the bytes.
 *
 *   offset  size  field
 *        0     4  size   u32 big-endian, of what follows: 1 .. FRAMES_MAX_SIZE + 1
 *        4     1  kind   enum frame_kind
 *        5     n  bytes
 *
 * The peer is the network: sizes are bounded before anything is allocated.
 *
 * Layer: common/io. Threads: one at a time on a struct frames.
 */
#ifndef CC_IO_FRAMES_H
#define CC_IO_FRAMES_H

#include "base/bytes.h"

enum { FRAMES_MAX_SIZE = (1 << 20) + 4096 };

enum frame_kind {
    FRAME_CHANNEL = 1, /* a message of the handshake, either way */
    FRAME_RECORD = 2,  /* u64 session id, little-endian; a record */
    FRAME_ANSWER = 3,  /* i32 0 or what went wrong, little-endian; a record or nothing */
};

struct frames {
    int fd;            /* owned; -1: none */
    struct buf in;     /* grows to the largest frame so far */
    uint32_t frame_ms; /* a frame that takes longer, from its first byte on, ends it; 0: no limit */
    uint64_t end_ms;   /* by frames_now(): no frame counts that is not whole by then; 0: no end */
};

/* -1 when there is nobody. */
int frames_connect(const char *host, const char *port, uint32_t timeout_ms);
int frames_listen(const char *host, const char *port);
int frames_port(int fd);
/* Milliseconds of a clock that only goes on. */
uint64_t frames_now(void);
/* Nobody who is silent, or reads nothing, for so long keeps this end: what looks at frame_ms and
 * end_ms is at most that late. */
bool frames_limit(int fd, uint32_t timeout_ms) __attribute__((warn_unused_result));
bool frames_send(struct frames *f, enum frame_kind kind, struct view head, struct view body)
    __attribute__((warn_unused_result));
/* The bytes stay until the next call. False: gone, silent, too slow, or out of bounds. */
bool frames_recv(struct frames *f, enum frame_kind *ret_kind, struct view *ret_bytes)
    __attribute__((warn_unused_result));
void frames_done(struct frames *f);

#endif
