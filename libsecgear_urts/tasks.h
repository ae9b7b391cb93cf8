/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tasks.h - who holds a task of switchless calls, in the host's own memory: a word for each, with
 * the number of the call. Inline, for each call passes here twice.
 *
 * Layer: libsecgear_urts, of the files of switchless calls alone. Threads: as switchless.h.
 */
#ifndef URTS_TASKS_H
#define URTS_TASKS_H

#include "switchless.h"
#include <string.h>

enum {
    TASK_INDEX_BITS = 9,
    TASK_NUMBER_MASK = (1 << (31 - TASK_INDEX_BITS)) - 1, /* a task id is no negative int */
    TASK_INDEX_MASK = (1 << TASK_INDEX_BITS) - 1,
    HOLDER_BITS = 3,
    HOLDER_MASK = (1 << HOLDER_BITS) - 1,
};
_Static_assert(WINDOW_TASKS_MAX <= TASK_INDEX_MASK + 1, "an id holds each index");

/* The task that this thread had last, whose lines are in our cache; and the one to take next for a
 * call that is not waited for. Any enclave's: they are hints. */
extern _Thread_local uint32_t task_had_last __attribute__((tls_model("initial-exec")));
extern _Thread_local uint32_t task_next __attribute__((tls_model("initial-exec")));

static inline uint32_t holder_word(uint32_t number, enum task_holder holder)
{
    return number << HOLDER_BITS | (uint32_t)holder;
}

/* Its number is that of the call. */
static inline bool task_claim(struct task *task)
{
    uint32_t seen = atomic_load_explicit(&task->holder, memory_order_relaxed);
    uint32_t number = ((seen >> HOLDER_BITS) + 1) & TASK_NUMBER_MASK;

    if ((seen & HOLDER_MASK) != TASK_FREE ||
        !atomic_compare_exchange_strong(&task->holder, &seen, holder_word(number, TASK_HELD)))
        return false;
    task->number = number;
    return true;
}

static inline void holder_set(struct task *task, enum task_holder holder)
{
    atomic_store_explicit(&task->holder, holder_word(task->number, holder), memory_order_release);
}

static inline void task_give(const struct call *call)
{
    holder_set(&call->instance->tasks[call->index], TASK_FREE);
}

static inline void call_over(struct call *call, struct instance *instance, uint32_t index)
{
    struct task *task = &instance->tasks[index];

    call->instance = instance;
    call->index = index;
    call->task = true;
    call->apart = call->serving = false;
    call->depth = 0;
    call->number = task->number;
    call->host = &task->slot;
    call->slot = window_task_at(instance->window, &instance->layout, index);
    call->arena = instance->layout.task_arenas + (size_t)index * WINDOW_TASK_ARENA_SIZE;
    call->arena_size = WINDOW_TASK_ARENA_HALF;
    call->in_size = call->out_size = 0;
    call->in_lent = call->out_lent = NULL;
}

/* The same as task_begin() with a call of values, over the task that the hint names; false: that
 * can not be had, or there is more to be said about it. */
static inline bool values_begin(cc_enclave_t *enclave, const cc_sl_values_t *values, bool waits,
                                struct call *call)
{
    uint32_t index = waits ? task_had_last : task_next;
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;

    if (tasks == NULL || !task_claim(&tasks[index]))
        return false;
    if (!instance_is_still(instance, use) || atomic_load(&instance->dead) ||
        values->argc > instance->switchless->config.params || (waits && call_is_inside(instance))) {
        holder_set(&tasks[index], TASK_FREE);
        return false;
    }
    call_over(call, instance, index);
    call->ocalls = values->ocall_table;
    return true;
}

static inline void values_write(const cc_sl_values_t *values, struct window_slot *slot)
{
    volatile slot_word *to = (volatile void *)slot->payload;

    to[0] = values->in[0]; /* by words, as they were written just now: see cc_edge_value() */
    to[1] = values->in[1];
    to[2] = values->in[2];
    to[3] = values->in[3];
    to[4] = values->in[4];
    to[5] = values->in[5];
    _Static_assert(CC_SL_VALUES_MAX == 6 && sizeof slot->payload == 6 * sizeof *to, "that was all");
    slot->function = values->func_id;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->flags = 0;
    slot->in_size = values->in_size;
    slot->out_size = values->out_size;
    slot->cpu = (uint16_t)call_cpu();
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
