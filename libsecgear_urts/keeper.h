/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * keeper.h - tasks that a thread keeps from one call to the next, so that it takes them, and gives
 * them back, without a locked instruction, of which each takes as long as a tenth of a call.
 *
 * Who holds a task that nobody keeps is decided by compare-and-swap on its holder's word (tasks.h).
 * Of one that is kept, its keeper alone writes that word, with plain stores. Whoever else wants it,
 * to use it, to fetch its result or to destroy the enclave, takes it away from its keeper first:
 *
 *   keeper  says which task it is at; looks whether it still keeps it; writes the word, or does
 *           all that it has to do with the task and then writes the word; says that it is at none.
 *           Gives it back otherwise: writes the word, looks whether it still keeps it; if not, the
 *           task becomes free
 *   others  mark the task as wanted; have every thread pass a fence (base/barrier.h); if its keeper
 *           is at it, they leave it, as it was; else nobody keeps it any more, and it becomes free
 *           if it was idle
 *
 * Either the keeper sees the mark, or the others see that it is at the task: test/model/keeper.pml.
 * Without the barrier, nobody keeps anything. Others take from one keeper all that they may, for
 * the barrier costs as much as many calls, and it keeps nothing for a while then.
 *
 * Layer: libsecgear_urts, of the files of switchless calls alone. Threads: as said.
 */
#ifndef URTS_KEEPER_H
#define URTS_KEEPER_H

#include "instance.h"
#include "switchless.h"

/* A thread's; never released, but another thread's once that one has ended. */
struct keeper {
    struct task *_Atomic at; /* whose word it is about to write */
    _Atomic bool taken;      /* by a thread */
    _Atomic uint32_t losses; /* how often others took from it */
    uint32_t losses_seen;    /* the thread's own */
    uint32_t abstains;       /* from so many tasks that it might keep */
    struct keeper *next;
};

enum { KEEPER_WANTED = 1 }; /* added to its address: others are about to take the task */

/* What a thread knows of the enclave that it called last, and where it looks for tasks first; those
 * are hints, of any enclave. */
struct lane {
    struct keeper *keeper; /* NULL: it keeps nothing */
    uint64_t handle;       /* of the enclave that the rest is about, for which it has a keeper */
    struct instance *instance;
    struct task *tasks;
    struct window_slot *slots; /* from here on, while it keeps one of the tasks: see lane_slot() */
    struct board_bell *bell;
    const volatile uint32_t *cpu; /* cpu_place() */
    uint32_t params;
    uint32_t pool;
    uint32_t had_last; /* for calls that it waits for: its lines are in our cache */
    uint32_t next;     /* for others */
};
extern _Thread_local struct lane lane __attribute__((tls_model("initial-exec")));

/* Before there are calls of an enclave; whether threads of this process may keep anything. */
bool keepers_prepare(void);

/* The task that this thread has just taken is one to keep, if it may keep tasks. */
void task_keep(struct instance *instance, const cc_enclave_t *enclave, struct task *task);
/* Behind that call it is idle, and still marked as kept, though nobody keeps it any more. */
void task_unkeep(struct task *task, uint32_t number);
/* Takes tasks away from their keepers: from one all, whatever they are at; 0: from all those that
 * are idle. From within the instance; whether there were any. */
bool keepers_rob(struct instance *instance, uintptr_t whose);
/* Of an enclave that is being destroyed: from all, all. */
void keepers_end(struct instance *instance);

static inline bool keeps(const struct keeper *keeper, const struct task *task)
{
    return atomic_load_explicit(&task->keeper, memory_order_relaxed) == (uintptr_t)keeper;
}

static inline bool task_is_ours(const struct task *task)
{
    return lane.keeper != NULL && keeps(lane.keeper, task);
}

/* For the keeper: no locked instruction, since others pass the fence for us. */
static inline void keeper_is_at(struct keeper *keeper, struct task *task)
{
    atomic_store_explicit(&keeper->at, task, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void keeper_is_done(struct keeper *keeper)
{
    atomic_store_explicit(&keeper->at, NULL, memory_order_release);
}

/* Begins to be at it; whether it still keeps it: if so, nobody takes it away before
 * keeper_is_done(), which is due either way. */
static inline bool keeper_begins(struct keeper *keeper, struct task *task)
{
    keeper_is_at(keeper, task);
    return keeps(keeper, task);
}

/* The word of a task that we keep from `seen` to `next`; false: it is not ours, or was not so. */
static inline bool keeper_moves(struct task *task, uint32_t seen, uint32_t next)
{
    struct keeper *keeper = lane.keeper;
    bool moves;

    if (keeper == NULL || !keeps(keeper, task))
        return false;
    moves = keeper_begins(keeper, task) &&
            atomic_load_explicit(&task->holder, memory_order_relaxed) == seen;
    if (moves)
        atomic_store_explicit(&task->holder, next, memory_order_relaxed);
    keeper_is_done(keeper);
    return moves;
}

#endif
