/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * link.h - one message of the device protocol over a SOCK_SEQPACKET socket, with the file
 * descriptors that belong to its type (wire/device.h); any other number of them is an error, and
 * they are closed.
 *
 * Layer: common/io. Threads: one reader and one writer per socket.
 */
#ifndef CC_IO_LINK_H
#define CC_IO_LINK_H

#include "wire/device.h"

enum link_status {
    LINK_OK,
    LINK_AGAIN,  /* nothing to read, or no room to write, on a non-blocking socket */
    LINK_CLOSED, /* the peer is gone */
    LINK_BROKEN, /* not a message, or descriptors that do not belong to it */
    LINK_NO_FDS, /* a message whose descriptors were dropped: we have too many open */
};

struct link_packet {
    uint8_t bytes[DEVICE_MESSAGE_MAX]; /* what message.bytes borrows from */
    struct device_message message;
    int fds[DEVICE_FDS_MAX]; /* owned by the receiver; -1 = none */
    size_t fd_count;
};

enum link_status link_send(int fd, const struct device_message *message, const int *fds);
enum link_status link_recv(int fd, struct link_packet *ret_packet);
/* The same without ever waiting, whatever the peer, who may hold this end too, has set on it. */
enum link_status link_try_send(int fd, const struct device_message *message, const int *fds);
enum link_status link_try_recv(int fd, struct link_packet *ret_packet);
void link_packet_done(struct link_packet *packet);          /* closes what was not taken */
int link_take_fd(struct link_packet *packet, size_t index); /* the caller closes it now */

#endif
