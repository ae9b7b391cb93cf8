/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * task_wait.c - the host's half of the order of steps in wire/board.h: hand a task to the workers,
 * wake one when all sleep, another one when nobody takes it, wait by spinning for as long as that
 * is cheaper than sleeping, and take the task back when no worker comes.
 *
 * Layer: libsecgear_urts. Threads: the one that holds the task.
 */
#include "switchless.h"
#include "base/barrier.h"
#include "base/pace.h"
#include "wait.h"
#include <sched.h>

enum {
    ESCALATE_PAUSES = 128, /* power of two; about 2 us */
    SPIN_PAUSES = 2048,    /* then it sleeps: about what sleeping and waking costs across CPUs */
    YIELD_PAUSES = 1024, /* power of two: while nobody has taken it, its worker may need this CPU */
    TIGHT_LOOKS = 16,    /* before it pauses between them */
    NAP_NS = 1000000,    /* the longest sleep while it can still be withdrawn */
    LOOKS_MIN = 4,       /* at a task that nobody took, before another worker is woken */
};

static _Thread_local struct pace pace __attribute__((tls_model("initial-exec")));

static struct board_bell *bell_of(const struct call *call)
{
    return call->instance->switchless->bell;
}

static uint32_t mark_of(const struct call *call)
{
    return atomic_load(board_mark_at(call->instance->window, &call->instance->layout, call->index));
}

static bool is_taken(const struct call *call)
{
    return mark_of(call) == board_mark(call->number, true);
}

void workers_ring(struct board_bell *bell)
{
    atomic_fetch_add(&bell->bell, 1);
    futex_wake(&bell->bell, 1);
}

/* Whatever the board says: who wrote there may have been the enclave. */
void task_escalate(struct call *call)
{
    if (is_taken(call))
        return;
    task_show(bell_of(call), call->index);
    workers_ring(bell_of(call));
}

void task_look_in_vain(struct call *call, uint32_t *looks)
{
    uint32_t now = ++*looks;

    if (now >= LOOKS_MIN && (now & (now - 1)) == 0)
        task_escalate(call);
}

void task_hand_over(struct window_slot *slot, uint32_t number)
{
    slot->status = pace.advice; /* see base/pace.h */
    atomic_store_explicit(&slot->word, board_word(number, SLOT_ECALL), memory_order_release);
}

void task_submit(struct call *call, enum task_manner manner)
{
    const struct switchless *switchless = call->instance->switchless;

    if (manner == TASK_STAYS) {
        task_hand_over(call->slot, call->number);
    } else {
        call->slot->status = 0;
        atomic_store_explicit(&call->slot->word,
                              board_word(call->number, SLOT_ECALL) |
                                  (manner == TASK_POLLS ? SLOT_POLLED : 0u),
                              memory_order_release);
    }
    workers_wake(switchless->bell);
}

void task_publish(struct call *call, enum slot_state state)
{
    uint32_t old = atomic_exchange(&call->slot->word, board_word(call->number, state));

    if (old & SLOT_WAITED)
        futex_wake(&call->slot->word, 1);
}

/* SLOT_IDLE: no news. */
static enum slot_state news(const struct call *call, uint32_t word)
{
    enum slot_state state = slot_state_of(word);

    if (word >> SLOT_NUMBER_SHIFT == call->number &&
        (state == SLOT_ECALL_DONE || state == SLOT_OCALL))
        return state;
    return SLOT_IDLE;
}

static enum slot_state dead_note(struct call *call)
{
    if (!atomic_load(&call->instance->dead))
        instance_mark_dead(call->instance);
    return SLOT_DEAD;
}

/* Until the word changes, or ns have passed (0: for ever). Whoever changes it looks for us after
 * that, and the kernel looks at the word after we have said that we sleep. */
static void word_sleep(struct call *call, uint32_t seen, long ns)
{
    const struct timespec moment = {.tv_nsec = ns};
    _Atomic uint32_t *sleeper = board_sleeper_of(call->slot);

    atomic_store(sleeper, 1);
    atomic_thread_fence(memory_order_seq_cst);
    syscall(SYS_futex, &call->slot->word, FUTEX_WAIT, seen, ns > 0 ? &moment : NULL, NULL, 0);
    atomic_store_explicit(sleeper, 0, memory_order_relaxed);
}

/* Beside us, who are here, the worker can't run while we spin. */
static inline bool is_beside(const struct switchless *switchless, uint32_t here)
{
    uint32_t cpu = atomic_load_explicit(&switchless->bell->cpu, memory_order_relaxed);

    return cpu != 0 && cpu == here;
}

static enum slot_state news_await(struct call *call, bool maybe_untaken)
{
    _Atomic uint32_t *word = &call->slot->word;
    unsigned spin = is_beside(call->instance->switchless, cpu_here()) ? 0 : SPIN_PAUSES;

    for (unsigned pauses = 0;; pauses++) {
        uint32_t seen = atomic_load_explicit(word, memory_order_acquire);
        enum slot_state heard = news(call, seen);

        if (heard != SLOT_IDLE)
            return heard;
        if (enclave_gone(call->instance))
            return dead_note(call);
        if (maybe_untaken &&
            (pauses >= spin || (pauses >= ESCALATE_PAUSES && (pauses & (pauses - 1)) == 0)))
            task_escalate(call);
        if (pauses < spin)
            cpu_relax();
        else
            word_sleep(call, seen, maybe_untaken && !is_taken(call) ? NAP_NS : 0);
    }
}

enum slot_state task_wait(struct call *call)
{
    return news_await(call, false);
}

enum slot_state task_attend(struct call *call)
{
    return news_await(call, true);
}

/*
 * Takes it back, unless a worker has it. Whoever marked it as taken before it saw that, says so:
 * either it runs it, or it lets it go.
 */
static bool withdraw(struct call *call)
{
    _Atomic uint32_t *word = &call->slot->word;
    uint32_t seen = atomic_load(word);

    do {
        if (slot_state_of(seen) != SLOT_ECALL)
            return false;
    } while (!atomic_compare_exchange_weak(word, &seen, board_word(call->number, SLOT_IDLE)));
    if (call->instance->switchless->config.barrier != 0)
        barrier_pass();
    for (unsigned pauses = 0; is_taken(call); pauses++) {
        seen = atomic_load(word);
        if (news(call, seen) != SLOT_IDLE || enclave_gone(call->instance))
            return false;
        if (pauses < ESCALATE_PAUSES)
            cpu_relax();
        else
            word_sleep(call, seen, NAP_NS);
    }
    /* A worker that came late lets go of what another one has answered meanwhile. */
    return slot_state_of(atomic_load(word)) == SLOT_IDLE;
}

/* Nobody answered at once. True: withdrawn. */
static bool impatient(struct call *call, uint32_t seen, unsigned pauses)
{
    uint32_t fallback = call->instance->switchless->config.fallback;

    if ((pauses & (pauses - 1)) == 0) /* 128, 256, 512, ... */
        task_escalate(call);
    if (pauses < SPIN_PAUSES) {
        if (pauses < fallback || is_taken(call))
            return false;
    } else if (is_taken(call)) {
        word_sleep(call, seen, 0);
        return false;
    } else if (pauses < fallback) {
        if (pauses % YIELD_PAUSES == 0)
            sched_yield();
        return false;
    }
    return withdraw(call);
}

/* A worker that shares our CPU gets it at once; if none comes in a moment, none will. */
static bool impatient_beside(struct call *call, uint32_t seen, unsigned times)
{
    if (is_taken(call)) {
        word_sleep(call, seen, 0);
        return false;
    }
    if (times > 0)
        task_escalate(call);
    if (times > 1)
        return withdraw(call);
    word_sleep(call, seen, NAP_NS);
    return false;
}

/* A few looks, and the first of them no sooner than is best: most answers are there by then. */
enum task_soon task_hear_soon(const struct switchless *switchless, struct window_slot *slot,
                              uint32_t number, uint32_t here)
{
    uint32_t done = board_word(number, SLOT_ECALL_DONE), advice = pace.advice;
    bool due = pace_count(&pace), answered;

    if (switchless->config.fallback < TIGHT_LOOKS || is_beside(switchless, here))
        return TASK_UNHEARD;
    pace_quiet(&pace);
    pace_fetch_first(advice, slot);
    answered = atomic_load_explicit(&slot->word, memory_order_acquire) == done;
    pace_learn(&pace, answered);
    for (unsigned looks = 1; !answered && looks < TIGHT_LOOKS; looks++) {
        pace_space(advice);
        pace_fetch(advice, slot);
        answered = atomic_load_explicit(&slot->word, memory_order_acquire) == done;
    }
    line_fetch(slot); /* for the next call, or for the look behind a pause */
    return !answered ? TASK_UNHEARD : due ? TASK_HEARD_DUE : TASK_HEARD;
}

void task_pace_renew(void)
{
    pace_renew(&pace);
}

enum slot_state task_await(struct call *call)
{
    const struct switchless *switchless = call->instance->switchless;
    bool beside = is_beside(switchless, cpu_here());
    uint32_t few = switchless->config.fallback;

    few = few < ESCALATE_PAUSES ? few : ESCALATE_PAUSES;
    for (unsigned pauses = 0;; pauses++) {
        uint32_t seen = atomic_load_explicit(&call->slot->word, memory_order_acquire);
        enum slot_state heard = news(call, seen);

        if (heard != SLOT_IDLE) {
            if (pace_is_due(&pace))
                pace_renew(&pace);
            return heard;
        }
        if (!beside && pauses < few) {
            cpu_relax();
            continue;
        }
        if (enclave_gone(call->instance))
            return dead_note(call);
        if (beside ? impatient_beside(call, seen, pauses) : impatient(call, seen, pauses))
            return SLOT_IDLE;
        if (!beside)
            cpu_relax();
    }
}

enum slot_state task_look(struct call *call)
{
    enum slot_state heard =
        news(call, atomic_load_explicit(&call->slot->word, memory_order_acquire));

    if (heard == SLOT_IDLE && enclave_gone(call->instance))
        return dead_note(call);
    return heard;
}
