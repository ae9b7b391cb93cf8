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

#include "base/cpu.h"
#include "enclave_internal.h"
#include "instance.h"

struct call {
    struct call *outer; /* of this thread, any enclave */
    struct instance *instance;
    unsigned depth;  /* calls of the same enclave around it */
    uint32_t index;  /* of the slot */
    bool task;       /* the slot is that of a switchless call, and the index, too */
    bool apart;      /* a worker serves one of its ocalls: what that calls goes another way */
    bool serving;    /* its slot's ocall, or that of a call around it, is ours to serve */
    uint32_t number; /* task: in its word */
    struct window_slot *slot;
    struct slot_host *host;
    size_t arena; /* offset of our half, and its size */
    size_t arena_size;
    size_t in_size; /* of its frame, for messages */
    size_t out_size;
    const ocall_enclave_table_t *ocalls;
    const cc_lent_list_t *in_lent; /* parts of the frames that stand elsewhere */
    const cc_lent_list_t *out_lent;
};

/* What an ordinary and a timed call have in common: the extra steps of one are not in the other's
 * code. */
#define CALL_FORM static inline __attribute__((always_inline)) cc_enclave_result_t

struct call_buffers {
    const void *in;
    size_t in_size;
    void *out;
    size_t out_size;
};

/* Where an ecall's bytes lie while it runs. */
struct call_frame {
    bool indirect;
    bool from_heap;
    size_t offset; /* indirect */
    size_t taken;  /* of the arena */
};

/* Room for so many bytes each way; the slot's own line if they fit. */
cc_enclave_result_t call_frame_take(struct call *call, size_t in_size, size_t out_size,
                                    struct call_frame *ret_frame);
void call_frame_give(struct call *call, const struct call_frame *frame);
/* Answers the ocall in the slot; what the application calls from within it goes over that slot. */
void call_serve(struct call *call);
/* CC_ERROR_ENCLAVE_DEAD, and the detail says how it ended. */
cc_enclave_result_t call_dead(struct instance *instance);
/* Attacker: the enclave. What it answered: its code, else where its bytes are, and how many it says
 * there are. */
cc_enclave_result_t call_reply(struct call *call, const struct call_frame *frame,
                               struct window_slot *ret_copy, const uint8_t **ret_answer,
                               size_t *ret_size);
/* Bytes from to below end of an answer that has size of them, or more; the rest is zero. */
void answer_copy(void *to, const uint8_t *answer, size_t from, size_t end, size_t size);

/* The engine's cc_ecall_enclave: enters the enclave's instance, makes the call, leaves. */
cc_enclave_result_t call_enclave(cc_enclave_t *enclave, uint32_t function, const void *in,
                                 size_t in_size, void *out, size_t out_size, void *ms,
                                 const void *ocalls);
/* The engine's cc_ecall_lent: the same, with parts of the frames left where they are. */
cc_enclave_result_t call_enclave_lent(cc_enclave_t *enclave, uint32_t function,
                                      const cc_lent_call_t *lent);
/* Either, of a traced enclave; its caller begins and ends the sample. Lists: both or none. */
struct trace_sample;
cc_enclave_result_t call_enclave_timed(cc_enclave_t *enclave, uint32_t function,
                                       const cc_lent_call_t *lent, struct trace_sample *sample);
/* Whether this thread is inside an ocall of that enclave. */
bool call_is_inside(const struct instance *instance);

/* ocall_serve.c: answers the ocall that stands in the slot. */
void ocall_serve(struct call *call);

#endif
