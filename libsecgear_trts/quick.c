/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quick.c - the enclave's half of a quick ocall (transition_using_threads) of an ordinary call: the
 * request stands in the call's own slot, where the host's workers look, and the caller sleeps on.
 * We spin for the answer. When no worker is awake, or it would have to run on this CPU, or none
 * comes in a while, the caller is woken, and serves it as any other ocall.
 *
 * Layer: libsecgear_trts. Threads: the slot's.
 */
#include "base/pace.h"
#include "runtime.h"
#include "wire/board.h"
#include <sched.h>

enum { TIGHT_LOOKS = 16 }; /* before it pauses between them */

static _Thread_local struct pace pace __attribute__((tls_model("initial-exec")));

/* All of it is the host's advice; it costs us time, and nothing else. */
static bool worker_is_near(void)
{
    const struct trts_boot *boot = runtime_boot();
    struct board_bell *bell = &board_of(boot->window, &boot->layout)->ocalls;
    uint32_t cpu = atomic_load_explicit(&bell->cpu, memory_order_relaxed);
    int here = sched_getcpu();

    if (atomic_load_explicit(&bell->awake, memory_order_relaxed) == 0) {
        atomic_fetch_add(&bell->bell, 1);
        futex_wake(&bell->bell, 1); /* for the next one */
        return false;
    }
    return cpu != 0 && here >= 0 && cpu != (uint32_t)here + 1;
}

static bool is_answered(const struct tcs *tcs)
{
    return slot_state_of(atomic_load_explicit(&tcs->slot->word, memory_order_acquire)) !=
           SLOT_OCALL;
}

/* False: none comes. */
static bool worker_answers(struct tcs *tcs)
{
    uint32_t most = runtime_boot()->switchless.fallback;
    bool answered;

    pace_quiet(&pace);
    answered = is_answered(tcs);
    pace_learn(&pace, answered);
    for (uint32_t pauses = 0; !answered && pauses < most; pauses++) {
        if (pauses >= TIGHT_LOOKS)
            cpu_relax();
        answered = is_answered(tcs);
    }
    if (answered && pace_count(&pace))
        pace_renew(&pace);
    return answered;
}

void quick_publish(struct tcs *tcs)
{
    _Atomic uint32_t *word = &tcs->slot->word;

    tcs->slot->status = pace.server;
    atomic_store_explicit(word, SLOT_OCALL | SLOT_QUICK | ++tcs->quick << SLOT_QUICK_SHIFT,
                          memory_order_release);
    if (runtime_boot()->switchless.uworkers > 0 && worker_is_near() && worker_answers(tcs))
        return;
    futex_wake(word, 1);
}

/* Whoever answers looks whether we sleep. Only what the host may say now ends the wait. */
enum slot_state quick_await(struct tcs *tcs)
{
    _Atomic uint32_t *word = &tcs->slot->word;

    for (;;) {
        uint32_t seen = atomic_load(word), state = seen & ~(uint32_t)SLOT_WAITED;

        if (state == SLOT_ECALL || state == SLOT_OCALL_DONE)
            return (enum slot_state)state;
        if ((seen & SLOT_WAITED) || atomic_compare_exchange_strong(word, &seen, seen | SLOT_WAITED))
            futex_wait(word, seen | SLOT_WAITED);
    }
}
