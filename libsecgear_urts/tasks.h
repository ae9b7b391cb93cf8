/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tasks.h - who holds a task of switchless calls, in the host's own memory: a word for each, with
 * the number of the call. Inline, for each call passes here twice.
 *
 * Layer: libsecgear_urts, of the files of switchless calls alone. Threads: as switchless.h.
 */
#ifndef URTS_TASKS_H
#define URTS_TASKS_H

#include "base/pace.h"
#include "keeper.h"
#include "switchless.h"
#include "wire/slot_values.h"
#include <string.h>

enum {
    TASK_INDEX_BITS = 9,
    TASK_NUMBER_MASK = (1 << (31 - TASK_INDEX_BITS)) - 1, /* a task id is no negative int */
    TASK_INDEX_MASK = (1 << TASK_INDEX_BITS) - 1,
    HOLDER_BITS = 3,
    HOLDER_MASK = (1 << HOLDER_BITS) - 1,
    TASK_FETCH_AHEAD = 5, /* lines that will be written, or read, soon */
};
_Static_assert(WINDOW_TASKS_MAX <= TASK_INDEX_MASK + 1, "an id holds each index");

static inline uint32_t holder_word(uint32_t number, enum task_holder holder)
{
    return number << HOLDER_BITS | (uint32_t)holder;
}

/* From the word that it has, whoever may change it. */
static inline bool task_moves(struct task *task, uint32_t seen, uint32_t next)
{
    if (task_is_ours(task))
        return keeper_moves(task, seen, next);
    return atomic_load_explicit(&task->keeper, memory_order_relaxed) == 0 &&
           atomic_compare_exchange_strong(&task->holder, &seen, next);
}

static inline uint32_t number_next(uint32_t seen)
{
    return ((seen >> HOLDER_BITS) + 1) & TASK_NUMBER_MASK;
}

/* Of the call whose task is ours. */
static inline uint32_t task_number(const struct task *task)
{
    return atomic_load_explicit(&task->holder, memory_order_relaxed) >> HOLDER_BITS;
}

static inline bool task_claim_from(struct task *task, uint32_t seen, bool kept)
{
    uint32_t next = holder_word(number_next(seen), TASK_HELD);

    return kept ? keeper_moves(task, seen, next)
                : atomic_compare_exchange_strong(&task->holder, &seen, next);
}

/* For the next call of the thread that keeps it. */
static inline bool task_is_idle(const struct task *task)
{
    return (atomic_load_explicit(&task->holder, memory_order_relaxed) & HOLDER_MASK) == TASK_KEPT;
}

static inline bool task_claim_kept(struct task *task)
{
    uint32_t seen = atomic_load_explicit(&task->holder, memory_order_relaxed);

    return (seen & HOLDER_MASK) == TASK_KEPT && task_claim_from(task, seen, true);
}

static inline bool task_claim(struct task *task)
{
    uint32_t seen = atomic_load_explicit(&task->holder, memory_order_relaxed);

    if ((seen & HOLDER_MASK) == TASK_KEPT)
        return task_claim_from(task, seen, true);
    return (seen & HOLDER_MASK) == TASK_FREE && /* whoever kept it */
           task_claim_from(task, seen, false);
}

static inline void holder_set(struct task *task, enum task_holder holder)
{
    atomic_store_explicit(&task->holder, holder_word(task_number(task), holder),
                          memory_order_release);
}

/* For the next call: ours if we keep it. */
static inline void task_leave(struct task *task)
{
    uint32_t number;

    if (__builtin_expect(!task_is_ours(task), 0)) {
        holder_set(task, TASK_FREE);
        return;
    }
    number =
        task_number(task); /* from here on it may be another thread's, with a number of its own */
    holder_set(task, TASK_KEPT);
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(!task_is_ours(task), 0))
        task_unkeep(task, number);
}

static inline void task_give(const struct call *call)
{
    task_leave(&call->instance->tasks[call->index]);
}

static inline void call_over(struct call *call, struct instance *instance, uint32_t index)
{
    struct task *task = &instance->tasks[index];

    call->instance = instance;
    call->index = index;
    call->task = true;
    call->apart = call->serving = false;
    call->depth = 0;
    call->number = task_number(task);
    call->host = &task->slot;
    call->slot = window_task_at(instance->window, &instance->layout, index);
    call->arena = instance->layout.task_arenas + (size_t)index * WINDOW_TASK_ARENA_SIZE;
    call->arena_size = WINDOW_TASK_ARENA_HALF;
    call->in_size = call->out_size = 0;
    call->in_lent = call->out_lent = NULL;
}

/* A task that this thread has just taken for a call of values. */
struct hold {
    struct instance *instance;
    struct task *task;
    struct window_slot *slot;
    uint32_t index;
};

/* That enclave is the one that the lane is about. */
static inline bool lane_is_about(const cc_enclave_t *enclave)
{
    return lane.handle != 0 && enclave != NULL && enclave->used_flag &&
           (uint64_t)(uintptr_t)enclave->private_data == lane.handle &&
           instance_is_ours(lane.instance);
}

/* While this thread keeps that task, the enclave is not destroyed. */
static inline struct window_slot *lane_slot(uint32_t index)
{
    return (struct window_slot *)(void *)((uint8_t *)lane.slots +
                                          (size_t)index * WINDOW_SLOT_STRIDE);
}

/* Over a task that this thread keeps. */
static inline struct instance *values_take_kept(const cc_enclave_t *enclave, uint32_t index,
                                                uint32_t argc)
{
    return lane_is_about(enclave) && argc <= lane.params && task_claim_kept(&lane.tasks[index])
               ? lane.instance
               : NULL;
}

static __attribute__((noinline, flatten)) struct instance *
values_take_free(cc_enclave_t *enclave, uint32_t index, uint32_t argc)
{
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;

    if (tasks == NULL || !task_claim(&tasks[index]))
        return NULL;
    if (!instance_is_still(instance, use) || argc > instance->switchless->config.params) {
        task_leave(&tasks[index]);
        return NULL;
    }
    if (!task_is_ours(&tasks[index]))
        task_keep(instance, enclave, &tasks[index]);
    return instance;
}

/* The same as task_begin() with a call of values, over the task that the hint names; false: that
 * can not be had, or there is more to be said about it. */
static inline bool values_begin(cc_enclave_t *enclave, const cc_sl_values_t *values, bool waits,
                                struct hold *ret)
{
    uint32_t index = waits ? lane.had_last : lane.next;
    struct instance *instance = values_take_kept(enclave, index, values->argc);

    if (instance == NULL)
        instance = values_take_free(enclave, index, values->argc);
    if (instance == NULL)
        return false;
    ret->instance = instance;
    ret->index = index;
    ret->task = &instance->tasks[index];
    ret->slot = window_task_at(instance->window, &instance->layout, index);
    if (!atomic_load(&instance->dead) && !(waits && call_is_inside(instance)))
        return true;
    task_leave(ret->task);
    return false;
}

/* The line that is written, or read, a few calls later. Behind the last one something else is
 * fetched, which does no harm. */
static inline void task_fetch_ahead(struct window_slot *slot)
{
    line_fetch((uint8_t *)slot + (size_t)TASK_FETCH_AHEAD * WINDOW_SLOT_STRIDE);
}

/* The next call that nobody waits for begins behind this one, over that slot. */
static inline void task_pass(uint32_t pool, uint32_t index, struct window_slot *slot)
{
    lane.next = index + 1 < pool ? index + 1 : 0;
    task_fetch_ahead(slot);
}

/* A result, from where it stands in an answer; false: no number has that size. */
static inline bool number_copy(void *to, const uint8_t *from, size_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (size == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else if (size == sizeof(uint16_t))
        memcpy(to, from, sizeof(uint16_t));
    else if (size == sizeof(uint8_t))
        memcpy(to, from, sizeof(uint8_t));
    else
        return size == 0;
    return true;
}

/* A frame, filled from the arguments, in the task's slot. */
cc_enclave_result_t task_fill(struct call *call, const sl_ecall_func_info_t *info,
                              struct task_shape *ret_shape, struct call_frame *ret_frame);
/* How long its function took, as the enclave says. */
static inline void within_read(const struct call *call, uint64_t *ret_ns)
{
    *ret_ns = atomic_load_explicit(window_within_at(call->slot), memory_order_relaxed);
}

#endif
