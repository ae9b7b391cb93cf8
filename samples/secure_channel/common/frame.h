/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * frame.h - the sample's own framing on TCP: u32 size, big-endian, of what follows; u8 kind; bytes.
 */
#ifndef SAMPLE_FRAME_H
#define SAMPLE_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_MAX_SIZE = 1 << 20, PIECE_SIZE = 64 * 1024 };

enum frame_kind {
    FRAME_CHANNEL = 1, /* a message of the secure channel */
    FRAME_PIECE = 2,   /* u64 session id, little-endian; a record: a piece of the file */
    FRAME_FINISH = 3,  /* u64 session id: the file is complete */
    FRAME_ANSWER = 4,  /* i32 0 or an error, little-endian; a record after FRAME_FINISH */
};

/* 0, or -1 when the connection is gone. */
int frame_send(int fd, enum frame_kind kind, const void *bytes, size_t size);
/* Size of the bytes, or -1: connection gone, frame too large. The caller frees *bytes. */
long frame_recv(int fd, enum frame_kind *kind, uint8_t **bytes);

int tcp_connect(const char *host, const char *port); /* -1 */
int tcp_listen(const char *host, const char *port);  /* port "0": any free one */
int tcp_port(int fd);

#endif
