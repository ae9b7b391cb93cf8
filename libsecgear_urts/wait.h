/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * wait.h - the host's half of handing a slot over: publish a state, wait for the answer.
 *
 * No timeout on this path: arming a timer costs a twentieth of a call. Who ends an enclave, or sees
 * it end (the device, instance_mark_dead()), marks the word and wakes us. Inline: see base/futex.h.
 *
 * Layer: libsecgear_urts. Threads: the one that holds the slot.
 */
#ifndef URTS_WAIT_H
#define URTS_WAIT_H

#include "base/futex.h"
#include "call.h"
#include "ocall_workers.h"
#include "switchless.h"

static inline void slot_publish(struct call *call, enum slot_state state)
{
    if (call->task) {
        task_publish(call, state);
        return;
    }
    atomic_exchange(&call->slot->word, (uint32_t)state);
    futex_wake(&call->slot->word, 1);
}

/* The flags are set before the word is marked: whoever overwrote the mark sees a flag. */
static inline bool enclave_gone(const struct instance *instance)
{
    const struct window_control *control = instance->window;

    return atomic_load(&instance->dead) || atomic_load(&control->dead) != 0;
}

/* SLOT_OCALL or SLOT_ECALL_DONE; SLOT_DEAD when the enclave is gone. */
static inline enum slot_state slot_wait(struct call *call)
{
    if (call->task)
        return task_wait(call);
    for (;;) {
        uint32_t word = atomic_load(&call->slot->word);
        uint32_t state = slot_said(word);

        if (state == SLOT_ECALL_DONE || (state == SLOT_OCALL && ocall_claim(call)))
            return (enum slot_state)state;
        if (word == SLOT_OCALL) { /* a worker that had seen an earlier one is about to let go */
            cpu_relax();
            continue;
        }
        if (enclave_gone(call->instance)) {
            if (!atomic_load(&call->instance->dead)) /* else somebody wakes the others already */
                instance_mark_dead(call->instance);
            return SLOT_DEAD;
        }
        futex_wait(&call->slot->word, word);
    }
}

#endif
