/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "switchless.h"
#include "base/detail.h"
#include "ocall_workers.h"
#include "wait.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
    TASK_INDEX_BITS = 9,
    TASK_NUMBER_MASK = (1 << (31 - TASK_INDEX_BITS)) - 1, /* a task id is no negative int */
    TASK_INDEX_MASK = (1 << TASK_INDEX_BITS) - 1,
    HOLDER_BITS = 3,
    HOLDER_MASK = (1 << HOLDER_BITS) - 1,
    FETCH_AHEAD = 4,
};
_Static_assert(WINDOW_TASKS_MAX <= TASK_INDEX_MASK + 1, "an id holds each index");

/* The task that this thread had last, whose lines are in our cache; and the one to take next for a
 * call that is not waited for. Any enclave's: they are hints. */
static _Thread_local uint32_t had_last __attribute__((tls_model("initial-exec")));
static _Thread_local uint32_t next_async __attribute__((tls_model("initial-exec")));

uint32_t switchless_task_of(int task_id)
{
    return (uint32_t)task_id & TASK_INDEX_MASK;
}

static uint32_t holder_word(uint32_t number, enum task_holder holder)
{
    return number << HOLDER_BITS | (uint32_t)holder;
}

static bool tasks_make(struct instance *instance)
{
    size_t size = WINDOW_TASKS_MAX * sizeof(struct task);
    struct task *tasks = atomic_load(&instance->tasks);

    if (tasks != NULL)
        return true;
    tasks = aligned_alloc(_Alignof(struct task), size);
    if (tasks == NULL)
        return false;
    memset(tasks, 0, size); /* TASK_ABSENT */
    atomic_store(&instance->tasks, tasks);
    return true;
}

bool switchless_open(struct instance *instance, const struct switchless_config *config)
{
    struct switchless *s = calloc(1, sizeof *s);
    struct task_result *results = calloc(config->pool, sizeof *results);

    if (s == NULL || results == NULL || !tasks_make(instance)) {
        free(s);
        free(results);
        return false;
    }
    s->config = *config;
    s->bell = &board_of(instance->window, &instance->layout)->tasks;
    s->results = results;
    instance->switchless = s;
    if (config->uworkers > 0)
        s->workers = ocall_workers_new(instance, config->uworkers); /* none: ordinary ocalls */
    for (uint32_t i = 0; i < config->pool; i++) {
        struct task *task = &instance->tasks[i];
        uint32_t number = atomic_load(&task->holder) >> HOLDER_BITS;

        task->result = &results[i];
        task->slot.arena_used = 0;
        atomic_store(&task->holder, holder_word(number, TASK_FREE));
    }
    return true;
}

/* Whoever takes one now sees afterwards that the enclave is closing, and gives it back. */
static bool task_close(struct task *task)
{
    uint32_t seen = atomic_load(&task->holder);

    for (;;) {
        uint32_t holder = seen & HOLDER_MASK;

        if (holder == TASK_HELD || holder == TASK_FETCHED)
            return false;
        if (holder == TASK_ABSENT ||
            atomic_compare_exchange_weak(&task->holder, &seen,
                                         holder_word(seen >> HOLDER_BITS, TASK_ABSENT)))
            return true;
    }
}

bool switchless_close(struct instance *instance)
{
    bool every = true;

    for (uint32_t i = 0; i < switchless_pool(instance->switchless); i++)
        every = task_close(&instance->tasks[i]) && every;
    return every;
}

void switchless_free(struct instance *instance)
{
    if (instance->switchless == NULL)
        return;
    while (!switchless_close(instance)) /* by somebody who is about to give it back */
        sched_yield();
    ocall_workers_free(instance->switchless->workers);
    free(instance->switchless->results);
    free(instance->switchless);
    instance->switchless = NULL;
}

/* Its number is that of the call. */
static bool task_claim(struct task *task)
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

void task_put(const struct call *call, enum task_holder holder)
{
    holder_set(&call->instance->tasks[call->index], holder);
}

static inline void task_give(const struct call *call)
{
    holder_set(&call->instance->tasks[call->index], TASK_FREE);
}

static void call_over(struct call *call, struct instance *instance, uint32_t index)
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

static cc_enclave_result_t info_check(const struct instance *instance,
                                      const sl_ecall_func_info_t *info)
{
    if (instance->switchless == NULL)
        return detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                           "host: the enclave was created without the switchless feature");
    if (info == NULL || info->args == NULL ||
        (info->argc > 0 && ((const cc_sl_args_t *)info->args)->list == NULL))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: a switchless call without arguments");
    if (info->argc > instance->switchless->config.params)
        return detail_fail(CC_ERROR_SWITCHLESS_INVALID_ARG_NUM,
                           "host: a function of %u parameters, num_max_params is %u", info->argc,
                           instance->switchless->config.params);
    return CC_SUCCESS;
}

static cc_enclave_result_t call_check(struct instance *instance, const sl_ecall_func_info_t *info,
                                      bool stays)
{
    cc_enclave_result_t rc = info_check(instance, info);

    if (rc != CC_SUCCESS)
        return rc;
    if (atomic_load(&instance->dead))
        return call_dead(instance);
    if (stays && call_is_inside(instance)) /* what an ocall may call, ordinary calls know */
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    return CC_SUCCESS;
}

static cc_enclave_result_t pool_full(const struct instance *instance, bool stays)
{
    if (!stays && instance->switchless->config.rollback)
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    return detail_fail(CC_ERROR_SWITCHLESS_TASK_POOL_FULL,
                       "host: every task of the switchless pool is in use (fetch results, or raise "
                       "sl_call_pool_size_qwords)");
}

static bool task_take(struct instance *instance, struct call *call, uint32_t *hint)
{
    uint32_t pool = instance->switchless->config.pool;

    for (uint32_t n = 0; n < pool; n++)
        if (task_claim(&instance->tasks[n])) {
            *hint = n;
            call_over(call, instance, n);
            return true;
        }
    return false;
}

/* Inside of the instance, where the call begins whose task of before is not free, or that fails. */
static __attribute__((cold, noinline)) cc_enclave_result_t
call_begin_slowly(cc_enclave_t *enclave, const sl_ecall_func_info_t *info, bool stays,
                  struct call *call)
{
    struct instance *instance;
    cc_enclave_result_t rc = instance_enter(enclave, &instance);

    if (rc != CC_SUCCESS)
        return rc;
    rc = call_check(instance, info, stays);
    if (rc == CC_SUCCESS && !task_take(instance, call, stays ? &had_last : &next_async))
        rc = pool_full(instance, stays);
    instance_leave(instance); /* a task keeps the enclave as well */
    return rc;
}

/*
 * Takes a task, which is all that keeps the enclave: whoever destroys it bars new calls first, and
 * then looks at each task; we take one first, and then look whether new calls are barred.
 */
static cc_enclave_result_t call_begin(cc_enclave_t *enclave, const sl_ecall_func_info_t *info,
                                      bool stays, struct call *call)
{
    uint32_t index = stays ? had_last : next_async;
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;
    cc_enclave_result_t rc;

    if (tasks == NULL || !task_claim(&tasks[index]))
        return call_begin_slowly(enclave, info, stays, call);
    if (!instance_is_still(instance, use)) {
        holder_set(&tasks[index], TASK_FREE);
        return call_begin_slowly(enclave, info, stays, call);
    }
    call_over(call, instance, index);
    rc = call_check(instance, info, stays);
    if (rc != CC_SUCCESS)
        task_give(call);
    return rc;
}

cc_enclave_result_t task_begin(cc_enclave_t *enclave, const sl_ecall_func_info_t *info, bool waits,
                               struct call *call)
{
    return call_begin(enclave, info, waits, call);
}

/* A frame, filled from the arguments, in the task's slot. */
static cc_enclave_result_t task_fill(struct call *call, const sl_ecall_func_info_t *info,
                                     struct task_shape *ret_shape, struct call_frame *ret_frame)
{
    cc_enclave_result_t rc = task_measure(task_area_of(call->instance), info, ret_shape);

    if (rc == CC_SUCCESS)
        rc = call_frame_take(call, ret_shape->in_size, ret_shape->out_size, ret_frame);
    if (rc == CC_SUCCESS)
        task_write(call, info, ret_shape, ret_frame);
    return rc;
}

static cc_enclave_result_t task_exchange(struct call *call)
{
    enum slot_state heard = task_await(call);

    while (heard == SLOT_OCALL) {
        call_serve(call);
        task_publish(call, SLOT_OCALL_DONE);
        heard = task_wait(call);
    }
    if (heard == SLOT_DEAD)
        return call_dead(call->instance);
    return heard == SLOT_IDLE ? CC_ERROR_SWITCHLESS_ROLLBACK2COMMON : CC_SUCCESS;
}

static void within_read(const struct call *call, uint64_t *ret_ns)
{
    *ret_ns = atomic_load_explicit(window_within_at(call->slot), memory_order_relaxed);
}

CALL_FORM call_make(cc_enclave_t *enclave, void *retval, sl_ecall_func_info_t *info,
                    uint64_t *ret_within_ns)
{
    struct call call;
    struct call_frame frame;
    struct task_shape shape;
    struct task_result result;
    cc_enclave_result_t rc;

    detail_clear();
    rc = call_begin(enclave, info, true, &call);
    if (rc != CC_SUCCESS)
        return rc;
    rc = task_fill(&call, info, &shape, &frame);
    if (rc == CC_SUCCESS) {
        task_submit(&call, TASK_STAYS);
        task_note(info, &shape, &result); /* while it is on its way */
        call.ocalls = result.ocalls;
        rc = task_exchange(&call);
        if (ret_within_ns != NULL && rc == CC_SUCCESS)
            within_read(&call, ret_within_ns);
        if (rc == CC_SUCCESS)
            rc = task_read(&call, &frame, &result, retval);
        call_frame_give(&call, &frame);
    }
    task_give(&call);
    return rc;
}

__attribute__((flatten)) cc_enclave_result_t switchless_call(cc_enclave_t *enclave, void *retval,
                                                             sl_ecall_func_info_t *info)
{
    return call_make(enclave, retval, info, NULL);
}

/* ------------------------------------------------------------------------------------- values */

/* As a list, for which everything is done that may have to be done. */
static __attribute__((cold, noinline)) cc_enclave_result_t values_as_list(cc_enclave_t *enclave,
                                                                          cc_sl_values_t *values)
{
    cc_sl_values_list_t list;

    return switchless_call(enclave, &values->out, cc_sl_values_describe(values, &list));
}

static void values_write(const cc_sl_values_t *values, struct window_slot *slot)
{
    memcpy(slot->payload, values->in, sizeof values->in);
    slot->function = values->func_id;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->flags = 0;
    slot->in_size = values->in_size;
    slot->out_size = values->out_size;
    slot->cpu = (uint16_t)call_cpu();
}

/* Attacker: the enclave. Whatever it says, eight bytes are looked at. */
static cc_enclave_result_t values_read(struct call *call, cc_sl_values_t *values)
{
    const struct call_frame inside = {0};
    const struct task_result result = {.retval_size = values->out_size};

    if (*(const volatile uint32_t *)&call->slot->status != CC_SUCCESS)
        return task_read(call, &inside, &result, &values->out);
    memcpy(&values->out, call->slot->payload, sizeof values->out);
    return CC_SUCCESS;
}

__attribute__((flatten)) cc_enclave_result_t switchless_values(cc_enclave_t *enclave,
                                                               cc_sl_values_t *values)
{
    uint32_t index = had_last;
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;
    struct call call;
    cc_enclave_result_t rc;

    if (tasks == NULL || !task_claim(&tasks[index]))
        return values_as_list(enclave, values);
    if (!instance_is_still(instance, use) || atomic_load(&instance->dead) ||
        values->argc > instance->switchless->config.params || call_is_inside(instance)) {
        holder_set(&tasks[index], TASK_FREE);
        return values_as_list(enclave, values);
    }
    detail_clear();
    call_over(&call, instance, index);
    call.ocalls = values->ocall_table;
    values_write(values, call.slot);
    task_submit(&call, TASK_STAYS);
    rc = task_exchange(&call);
    if (rc == CC_SUCCESS)
        rc = values_read(&call, values);
    task_give(&call);
    return rc;
}

cc_enclave_result_t switchless_call_timed(cc_enclave_t *enclave, void *retval,
                                          sl_ecall_func_info_t *info, uint64_t *ret_within_ns)
{
    return call_make(enclave, retval, info, ret_within_ns);
}

/* ------------------------------------------------------------------------------- asynchronous */

void task_pass_on(const struct call *call)
{
    next_async = call->index + 1 < call->instance->switchless->config.pool ? call->index + 1 : 0;
    line_fetch(window_task_at(call->instance->window, &call->instance->layout, next_async));
}

/* From the moment that it is TASK_ASYNC, whoever knows the number may fetch it. */
static cc_enclave_result_t submit_make(struct call *call, const sl_ecall_func_info_t *info,
                                       int *ret_task_id)
{
    struct task *task = &call->instance->tasks[call->index];
    struct task_shape shape;
    cc_enclave_result_t rc = task_fill(call, info, &shape, &task->result->frame);

    if (rc != CC_SUCCESS) {
        task_give(call);
        return rc;
    }
    task_note(info, &shape, task->result);
    task_pass_on(call);
    *ret_task_id = (int)(call->number << TASK_INDEX_BITS | call->index);
    task_submit(call, TASK_POLLS);
    holder_set(task, TASK_ASYNC);
    return CC_SUCCESS;
}

__attribute__((flatten)) cc_enclave_result_t switchless_submit(cc_enclave_t *enclave, int *task_id,
                                                               sl_ecall_func_info_t *info)
{
    struct call call;
    cc_enclave_result_t rc;

    detail_clear();
    if (task_id == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: task_id is NULL");
    rc = call_begin(enclave, info, false, &call);
    return rc == CC_SUCCESS ? submit_make(&call, info, task_id) : rc;
}

/* The task is ours alone meanwhile. Its place is free afterwards, unless it is not finished. */
static cc_enclave_result_t fetch_held(struct call *call, void *retval)
{
    struct task_result *result = call->instance->tasks[call->index].result;
    enum slot_state state = task_look(call);
    cc_enclave_result_t rc;

    call->ocalls = result->ocalls;
    switch (state) {
    case SLOT_ECALL_DONE:
        rc = task_read(call, &result->frame, result, retval);
        break;
    case SLOT_DEAD:
        rc = call_dead(call->instance);
        break;
    case SLOT_OCALL:
        call_serve(call);
        task_publish(call, SLOT_OCALL_DONE);
        return CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    default:
        task_look_in_vain(call, &result->looks);
        return CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    }
    call_frame_give(call, &result->frame);
    return rc;
}

/* Why a task could not be had; for all that its number says, it may be another enclave's. */
static __attribute__((cold, noinline)) cc_enclave_result_t fetch_refuse(cc_enclave_t *enclave,
                                                                        int task_id)
{
    uint32_t index = (uint32_t)task_id & TASK_INDEX_MASK;
    uint32_t number = (uint32_t)task_id >> TASK_INDEX_BITS;
    struct instance *instance;
    cc_enclave_result_t rc = instance_enter(enclave, &instance);

    if (rc != CC_SUCCESS)
        return rc;
    if (instance->switchless == NULL)
        rc = detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                         "host: the enclave was created without the switchless feature");
    else if (atomic_load(&instance->tasks[index].holder) == holder_word(number, TASK_FETCHED) ||
             atomic_load(&instance->tasks[index].holder) == holder_word(number, TASK_HELD))
        rc = CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    else
        rc = detail_fail(CC_ERROR_SWITCHLESS_INVALID_TASK_ID,
                         "host: no task has the number %d, or its result was fetched before",
                         task_id);
    instance_leave(instance);
    return rc;
}

static inline __attribute__((always_inline)) bool regain(const cc_enclave_t *enclave,
                                                         uint32_t index, uint32_t number,
                                                         enum task_holder from, struct call *call)
{
    uint32_t seen = holder_word(number, from);
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;

    if (tasks == NULL || !atomic_compare_exchange_strong(&tasks[index].holder, &seen,
                                                         holder_word(number, TASK_FETCHED)))
        return false;
    if (!instance_is_still(instance, use)) {
        holder_set(&tasks[index], from);
        return false;
    }
    call_over(call, instance, index);
    return true;
}

bool task_regain(const cc_enclave_t *enclave, uint32_t index, uint32_t number,
                 enum task_holder from, struct call *call)
{
    return regain(enclave, index, number, from, call);
}

CALL_FORM result_fetch(cc_enclave_t *enclave, int task_id, void *retval, uint64_t *ret_within_ns)
{
    uint32_t index = (uint32_t)task_id & TASK_INDEX_MASK;
    struct call call;
    cc_enclave_result_t rc;

    if (!regain(enclave, index, (uint32_t)task_id >> TASK_INDEX_BITS, TASK_ASYNC, &call))
        return fetch_refuse(enclave, task_id);
    __builtin_prefetch(call.slot + 2 * FETCH_AHEAD); /* the next ones to be asked for */
    rc = fetch_held(&call, retval);
    if (ret_within_ns != NULL && rc == CC_SUCCESS)
        within_read(&call, ret_within_ns);
    task_put(&call, rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED ? TASK_ASYNC : TASK_FREE);
    return rc;
}

__attribute__((flatten)) cc_enclave_result_t switchless_fetch(cc_enclave_t *enclave, int task_id,
                                                              void *retval)
{
    return result_fetch(enclave, task_id, retval, NULL);
}

cc_enclave_result_t switchless_fetch_timed(cc_enclave_t *enclave, int task_id, void *retval,
                                           uint64_t *ret_within_ns)
{
    return result_fetch(enclave, task_id, retval, ret_within_ns);
}
