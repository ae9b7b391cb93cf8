/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quick.c - the enclave's half of a quick ocall (transition_using_threads) of an ordinary call: the
 * request stands in the call's own slot, where the host's workers look, and the caller sleeps on.
 * We spin for the answer. When no worker is awake, or it would have to run on this CPU, or none
 * comes in a while, the caller is woken, and serves it as any other ocall.
 *
 * Layer: libsecgear_trts. Threads: the slot's.
 */
#include "gp_ocall.h"
#include "runtime.h"
#include "base/codes.h"
#include "base/cpu.h"
#include "base/pace.h"
#include "secgear_image.h"
#include "wire/board.h"
#include "wire/slot_values.h"

enum { TIGHT_LOOKS = 16 }; /* before it pauses between them */

static _Thread_local struct pace pace __attribute__((tls_model("initial-exec")));

/* All of it is the host's advice; it costs us time, and nothing else. */
static bool worker_is_near(void)
{
    const struct trts_boot *boot = runtime_boot();
    struct board_bell *bell = &board_of(boot->window, &boot->layout)->ocalls;
    uint32_t cpu = atomic_load_explicit(&bell->cpu, memory_order_relaxed), here = cpu_here();

    if (atomic_load_explicit(&bell->awake, memory_order_relaxed) == 0) {
        atomic_fetch_add(&bell->bell, 1);
        futex_wake(&bell->bell, 1); /* for the next one */
        return false;
    }
    if (cpu != 0 && cpu == here)
        atomic_store_explicit(&bell->beside, here, memory_order_relaxed);
    return cpu != 0 && here != 0 && cpu != here;
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
    bool due = pace_count(&pace), answered;

    pace_quiet(&pace);
    pace_fetch_first(pace.advice, tcs->slot);
    answered = is_answered(tcs);
    pace_learn(&pace, answered);
    for (uint32_t pauses = 0; !answered && pauses < most; pauses++) {
        if (pauses >= TIGHT_LOOKS)
            cpu_relax();
        else
            pace_space(pace.advice);
        pace_fetch(pace.advice, tcs->slot);
        answered = is_answered(tcs);
    }
    if (__builtin_expect(answered && due, 0))
        pace_renew(&pace);
    return answered;
}

void quick_publish(struct tcs *tcs)
{
    _Atomic uint32_t *word = &tcs->slot->word;

    tcs->slot->status = pace.advice;
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

/* ------------------------------------------------------------------------------------- values */

/* A task's caller watches already; in a nested call it is the caller who has to answer. */
static bool is_quick(const struct tcs *tcs, size_t function)
{
    return tcs != NULL && !tcs->task && tcs->depth == 1 &&
           function < runtime_boot()->image->ocall_count;
}

/* The line takes whole words: of the last one, nothing but values may leave the enclave. At most
 * sizeof in. */
static inline void values_trim(cc_sl_values_t *values)
{
    unsigned word = values->in_size / 8u, bits = values->in_size % 8u * 8u;

    if (bits > 0)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        values->in[word] &= UINT64_MAX >> (64u - bits);
#else
        values->in[word] &= UINT64_MAX << (64u - bits);
#endif
}

/* Attacker: the host. A code, or a number that is nothing but a number, each read once. */
static cc_enclave_result_t values_read(const struct window_slot *slot, cc_sl_values_t *values)
{
    uint32_t status = *(const volatile uint32_t *)&slot->status;

    if (status != CC_SUCCESS)
        return status_of(status);
    values->out = *(const volatile slot_word *)(const volatile void *)slot->payload;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_ocall_values_switchless(cc_sl_values_t *values)
{
    struct tcs *tcs = tcs_self();
    long outer;

    if (values == NULL || values->in_size > sizeof values->in ||
        values->out_size > sizeof values->out)
        return CC_ERROR_BAD_PARAMETERS;
    if (!is_quick(tcs, values->func_id))
        return cc_ocall_enclave_switchless(values->func_id, values->in, values->in_size,
                                           values->out_size > 0 ? &values->out : NULL,
                                           values->out_size);
    print_flush(); /* so that the two sides' output stays in order */
    outer = tcs->ocall;
    tcs->ocall = values->func_id;
    values_trim(values);
    slot_values_write(tcs->slot, values);
    quick_publish(tcs);
    while (quick_await(tcs) == SLOT_ECALL) /* the host may call back in before it answers */
        ecall_serve(tcs);
    tcs->ocall = outer;
    return values_read(tcs->slot, values);
}
