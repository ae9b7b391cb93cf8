/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * device.h - what host, device, zygote and enclave say to each other over SOCK_SEQPACKET sockets:
 * one packet, one message. Never on the path of a call.
 *
 *   offset  size   field
 *        0     2   type        little-endian, enum device_type
 *        2     2   version     1
 *        4     4   bytes_size  of the bytes at the end
 *        8   8*n   numbers     u64 little-endian; n is fixed by the type
 *    8+8*n     m   bytes       m = bytes_size, at most what the type allows
 *
 * The table in device.c says n, the limit of m and the number of file descriptors of each type.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_DEVICE_H
#define CC_WIRE_DEVICE_H

#include "base/bytes.h"
#include "status.h"

enum {
    DEVICE_VERSION = 1,
    DEVICE_NUMBERS_MAX = 8,
    DEVICE_BYTES_MAX = 4096,
    DEVICE_HEADER_SIZE = 8,
    DEVICE_MESSAGE_MAX = DEVICE_HEADER_SIZE + 8 * DEVICE_NUMBERS_MAX + DEVICE_BYTES_MAX,
    DEVICE_FDS_MAX = 3,
    DEVICE_DETAIL_MAX = 400, /* text of a failure */
    DEVICE_STATUS_FIXED_SIZE = 50,
    DEVICE_STATUS_FOLDER_MAX = 512,
    DEVICE_STATUS_MAX_SIZE = DEVICE_STATUS_FIXED_SIZE + DEVICE_STATUS_FOLDER_MAX + 1280,
    DEVICE_KEY_SIZE = 32,
    DEVICE_IDENTITY_SIZE = 96,
    DEVICE_LOCAL_REPORT_SIZE = 96,
    DEVICE_ATTEST_SIZE = 80,     /* of DEVICE_REE_REPORT, too */
    DEVICE_UNCONFINED = 1 << 30, /* of ZYGOTE_UP: no protection, as it was told */
    DEVICE_EXIT_REFUSED = 3,     /* exit status: the device does not trust how it was started */
};

/* To a zygote, which then is; named: its tool reads an image by the path of a file. */
#define DEVICE_UNCONFINED_WORD "unconfined_insecure"
#define DEVICE_UNCONFINED_NAMED_WORD "unconfined_insecure_named"

enum device_type {
    /* host to device, on its first socket */
    DEVICE_CONNECT = 1, /* fds: a new socket, to be served like a connection */
    /* host to device, on a connection; one request, one answer */
    DEVICE_CREATE = 2,  /* window address, flags, size of the image's key; bytes: that key, if
                           there is one (wire/encrypted_image.h), then nothing or
                           wire/switchless.h; fds: image */
    DEVICE_DESTROY = 3, /* the enclave of this connection */
    DEVICE_STATUS = 4,
    DEVICE_ROOT = 5,
    DEVICE_REE_REPORT = 6, /* bytes: UUID of a running enclave (16), user data (64) */
    DEVICE_REQUEST = 7,
    DEVICE_RENEW = 8, /* bytes: none, or u16 size and root, u16 size and device certificate */
    /* device to host */
    DEVICE_CREATED = 16, /* window size, tcs count, flags, protections, level, heap size;
                              bytes: UUID (16); fds: window, pidfd */
    DEVICE_FAILED = 17,  /* code; bytes: detail, UTF-8 */
    DEVICE_DESTROYED = 18,
    DEVICE_CRASHED = 24, /* a debug enclave, while it started: code; bytes: what it left of that
                            (wire/crash.h), then detail, UTF-8 */
    DEVICE_STATUS_IS =
        19,              /* level, protections; enclaves, created, reports, bytes of memory, calls:
                              of the asker's user, or of all when the last, 1, says so; bytes:
                              device id (16), MRTCB (32), u16 size and its state folder, then what
                              is missing and why, UTF-8 */
    DEVICE_ROOT_IS = 20, /* bytes: DER certificate of the vendor root */
    DEVICE_REE_REPORT_IS = 21, /* bytes: report of origin host */
    DEVICE_REQUEST_IS = 22,    /* bytes: a request for a certificate */
    DEVICE_RENEWED = 23,
    /* device and zygote */
    DEVICE_ZYGOTE_UP = 32, /* protections that work here; bytes: what is missing and why */
    DEVICE_SPAWN = 33, /* window address, window size, tcs, stack, heap, flags; bytes: wire/spawn.h;
                              fds: image, window, control */
    DEVICE_SPAWNED = 34, /* code, process as the zygote counts; fds: pidfd when code is 0 */
    DEVICE_ENDED = 35,   /* process, how: struct window_control.ended */
    /* enclave and device, on the enclave's control socket */
    DEVICE_READY = 48,     /* code; bytes: detail */
    DEVICE_REPORT = 49,    /* purpose; bytes: user data */
    DEVICE_REPORT_IS = 50, /* code; bytes: report */
    DEVICE_SEAL_KEY = 51,  /* policy (wire/seal.h), svn, tcb svn */
    DEVICE_KEY_IS = 52,    /* code; bytes: key */
    DEVICE_IDENTITY = 53,
    DEVICE_IDENTITY_IS = 54,  /* prod id, svn, tcb svn, debug, protections, level; bytes: uuid (16),
                                MRENCLAVE (32), MRSIGNER (32), device id (16) */
    DEVICE_COUNTER = 55,      /* create 1, read 2 or increment 3; policy, id */
    DEVICE_COUNTER_IS = 56,   /* code, value */
    DEVICE_LOCAL_REPORT = 57, /* target is debug; bytes: target's MRENCLAVE (32), user data (64) */
    DEVICE_REPORT_KEY = 58,
    DEVICE_ATTEST = 59,   /* which of those with the UUID, from 0; bytes: UUID (16), nonce (64) */
    DEVICE_EXTEND = 60,   /* register; bytes: digest (32) */
    DEVICE_EXTENDED = 61, /* code */
    DEVICE_TIME = 62,
    DEVICE_TIME_IS = 63, /* seconds since 1970, nanoseconds, source: 1 the kernel's clock */
};

enum device_flag {
    DEVICE_FLAG_DEBUG = 1 << 0,    /* asked for, or granted */
    DEVICE_FLAG_DUMPABLE = 1 << 1, /* positive control of the attack tests; never in production */
    DEVICE_FLAG_TRACED = 1 << 2,   /* a debug enclave says how long its functions take */
    DEVICE_FLAG_HELD = 1 << 3,     /* a dumpable one that crashes waits until its core is taken */
};

struct device_message {
    enum device_type type;
    uint64_t numbers[DEVICE_NUMBERS_MAX];
    struct view bytes; /* decoded: borrows from the packet */
};

/* File descriptors that come with a type; the receiver refuses any other count. */
size_t device_fd_count(const struct device_message *message);

cc_enclave_result_t device_decode(struct view packet, struct device_message *ret_message)
    __attribute__((warn_unused_result)); /* CC_ERROR_BAD_FORMAT, output untouched */
void device_encode(const struct device_message *message, struct writer *w); /* fails by w->failed */

#endif
