/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ocall_workers.h - threads of the host that serve quick ocalls (transition_using_threads) of
 * ordinary calls, so that neither side has to be woken. The caller, who sleeps meanwhile, serves
 * what no worker takes: one of them claims each ocall, in the host's own memory.
 *
 * Workers are started one by one, when an ocall of this kind found none. What an ocall calls in the
 * enclave from a worker's thread is a call as from outside.
 *
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_OCALL_WORKERS_H
#define URTS_OCALL_WORKERS_H

#include "call.h"
#include "switchless.h"

/* At most so many; NULL: no memory. */
struct ocall_workers *ocall_workers_new(struct instance *instance, uint32_t most);
void ocall_workers_free(struct ocall_workers *workers); /* waits for their ends; NULL is fine */
/* One more, or elsewhere: a caller has served an ocall that was meant for one. */
void ocall_workers_want(struct ocall_workers *workers);

static inline struct ocall_workers *ocall_workers_of(const struct call *call)
{
    const struct switchless *s = call->instance->switchless;

    return s != NULL && !call->task ? s->workers : NULL;
}

/* Whether the ocall that stands in the slot is ours to serve; ocall_let() when it is answered. */
bool ocall_claim_shared(struct call *call);
static inline bool ocall_claim(struct call *call)
{
    return ocall_workers_of(call) == NULL || call->serving || ocall_claim_shared(call);
}
void ocall_let_shared(struct call *call);
static inline void ocall_let(struct call *call)
{
    if (call->serving && call->depth == 0 && ocall_workers_of(call) != NULL)
        ocall_let_shared(call);
}

/* Around a call: which ocalls workers may run for it. When it is closed, none runs. */
void ocalls_open(struct call *call);
void ocalls_close(struct call *call);

#endif
