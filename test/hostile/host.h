/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * host.h - a good host of hostile.edl: one valid call of each kind, and the calls as bytes, for
 * attackers to start from. Generated code calls host_transport() instead of the runtime.
 * Layer: test; installed headers only. Threads: one.
 */
#ifndef HOSTILE_HOST_H
#define HOSTILE_HOST_H

#include "enclave.h"
#include <stdbool.h>

enum { FRAME_BYTES_MAX = 2048, FRAMES_MAX = 64 };

/* A call, or an ocall, as its sender writes it. */
struct frame {
    uint32_t function;
    size_t in_size, out_size;
    uint8_t in[FRAME_BYTES_MAX];
};

struct frames {
    struct frame each[FRAMES_MAX];
    size_t count;
};

/* Where the wrappers' calls go; set before calls_make(). */
typedef cc_enclave_result_t (*transport_t)(const struct frame *frame, void *out);
extern transport_t host_transport_to;
extern cc_enclave_t host_enclave; /* with an engine, large buffers go past the transport */

cc_enclave_result_t host_transport(cc_enclave_t *enclave, uint32_t function, const void *in,
                                   size_t in_size, void *out, size_t out_size, void *ms,
                                   const void *ocalls);
extern const void *host_ocalls; /* the generated table, as the last call brought it */

void calls_make(void);                        /* every kind of call, once */
void calls_record(struct frames *ret_frames); /* as bytes; nothing is called */
enum { CALLS_OCALLS = 6, ECALL_OCALLS = 15, ECALL_PRIVATE = 16, ECALL_COUNT = 17 };

#endif
