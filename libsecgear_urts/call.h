/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * call.h - one ecall on its way: which slot it holds, where its frame lies, and which call it is
 * nested in. Calls of a thread form a stack; an ecall made from within an ocall of the same enclave
 * goes over the slot of the call it is inside of.
 *
 * Layer: libsecgear_urts. Threads: a struct call belongs to the thread that makes it.
 */
#ifndef URTS_CALL_H
#define URTS_CALL_H

#include "enclave_internal.h"
#include "instance.h"

struct call {
    struct call *outer; /* of this thread, any enclave */
    struct instance *instance;
    unsigned depth; /* calls of the same enclave around it */
    uint32_t index; /* of the slot */
    struct window_slot *slot;
    const ocall_enclave_table_t *ocalls;
    const cc_lent_list_t *in_lent; /* parts of the frames that stand elsewhere */
    const cc_lent_list_t *out_lent;
};

struct call_buffers {
    const void *in;
    size_t in_size;
    void *out;
    size_t out_size;
};

/* The engine's cc_ecall_enclave: enters the enclave's instance, makes the call, leaves. */
cc_enclave_result_t call_enclave(cc_enclave_t *enclave, uint32_t function, const void *in,
                                 size_t in_size, void *out, size_t out_size, void *ms,
                                 const void *ocalls);
/* The engine's cc_ecall_lent: the same, with parts of the frames left where they are. */
cc_enclave_result_t call_enclave_lent(cc_enclave_t *enclave, uint32_t function,
                                      const cc_lent_call_t *lent);
/* Whether this thread is inside an ocall of that enclave. */
bool call_is_inside(const struct instance *instance);

/* ocall_serve.c: answers the ocall that stands in the slot. */
void ocall_serve(struct call *call);

#endif
