/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "switchless.h"
#include "base/detail.h"
#include "wait.h"
#include <stdlib.h>
#include <string.h>

enum {
    TASK_INDEX_BITS = 9,
    TASK_NUMBER_MASK = (1 << (31 - TASK_INDEX_BITS)) - 1, /* a task id is no negative int */
    TASK_INDEX_MASK = (1 << TASK_INDEX_BITS) - 1,
    HOLDER_BITS = 2,
    LOOKS_MIN = 4, /* at a task that nobody took, before another worker is woken */
};
_Static_assert(WINDOW_TASKS_MAX <= TASK_INDEX_MASK + 1, "an id holds each index");

/* The task that this thread had last: its lines are in our cache. Any enclave's: it is a hint. */
static _Thread_local uint32_t had_last __attribute__((tls_model("initial-exec")));

struct switchless *switchless_new(const struct switchless_config *config, void *window,
                                  const struct window_layout *layout)
{
    struct switchless *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->config = *config;
    s->bell = &board_of(window, layout)->tasks;
    s->tasks = aligned_alloc(_Alignof(struct task), config->pool * sizeof *s->tasks);
    s->results = calloc(config->pool, sizeof *s->results);
    if (s->tasks == NULL || s->results == NULL) {
        switchless_free(s);
        return NULL;
    }
    memset(s->tasks, 0, config->pool * sizeof *s->tasks);
    for (uint32_t i = 0; i < config->pool; i++)
        s->tasks[i].result = &s->results[i];
    return s;
}

void switchless_free(struct switchless *switchless)
{
    if (switchless == NULL)
        return;
    free(switchless->tasks);
    free(switchless->results);
    free(switchless);
}

static uint32_t holder_word(uint32_t number, enum task_holder holder)
{
    return number << HOLDER_BITS | (uint32_t)holder;
}

static bool task_try(struct instance *instance, uint32_t index, struct call *call)
{
    struct task *task = &instance->switchless->tasks[index];
    uint32_t seen = atomic_load_explicit(&task->holder, memory_order_relaxed);
    uint32_t number = ((seen >> HOLDER_BITS) + 1) & TASK_NUMBER_MASK;

    if ((seen & ((1u << HOLDER_BITS) - 1)) != TASK_FREE ||
        !atomic_compare_exchange_strong_explicit(&task->holder, &seen,
                                                 holder_word(number, TASK_HELD),
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    task_show(instance->switchless->bell, index);
    call->instance = instance;
    call->index = index;
    call->task = true;
    call->number = task->number = number;
    call->host = &task->slot;
    call->slot = window_task_at(instance->window, &instance->layout, index);
    call->arena = instance->layout.task_arenas + (size_t)index * WINDOW_TASK_ARENA_SIZE;
    call->arena_size = WINDOW_TASK_ARENA_HALF;
    return true;
}

bool task_take(struct instance *instance, struct call *call)
{
    uint32_t pool = instance->switchless->config.pool;
    uint32_t first = had_last < pool ? had_last : 0;

    if (task_try(instance, first, call))
        return true;
    for (uint32_t n = 0; n < pool; n++)
        if (task_try(instance, n, call)) {
            had_last = n;
            return true;
        }
    return false;
}

void task_give(struct instance *instance, uint32_t index)
{
    struct task *task = &instance->switchless->tasks[index];

    atomic_store_explicit(&task->holder, holder_word(task->number, TASK_FREE),
                          memory_order_release);
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

/* A frame, filled from the arguments, in the task's slot. */
static cc_enclave_result_t task_fill(struct call *call, const sl_ecall_func_info_t *info,
                                     struct task_shape *ret_shape, struct call_frame *ret_frame)
{
    cc_enclave_result_t rc = task_measure(call->instance, info, ret_shape);

    if (rc == CC_SUCCESS)
        rc = call_frame_take(call, ret_shape->in_size, ret_shape->out_size, ret_frame);
    if (rc == CC_SUCCESS)
        task_write(call, info, ret_shape, ret_frame);
    return rc;
}

static cc_enclave_result_t pool_full(void)
{
    return detail_fail(CC_ERROR_SWITCHLESS_TASK_POOL_FULL,
                       "host: every task of the switchless pool is in use (fetch results, or raise "
                       "sl_call_pool_size_qwords)");
}

static cc_enclave_result_t task_exchange(struct call *call)
{
    enum slot_state heard;

    task_submit(call);
    heard = task_await(call);
    while (heard == SLOT_OCALL) {
        call_serve(call);
        task_publish(call, SLOT_OCALL_DONE);
        heard = task_wait(call);
    }
    if (heard == SLOT_DEAD)
        return call_dead(call->instance);
    return heard == SLOT_IDLE ? CC_ERROR_SWITCHLESS_ROLLBACK2COMMON : CC_SUCCESS;
}

static cc_enclave_result_t call_make(struct instance *instance, void *retval,
                                     const sl_ecall_func_info_t *info)
{
    struct call call;
    struct call_frame frame;
    struct task_shape shape;
    struct task_result result;
    cc_enclave_result_t rc = info_check(instance, info);

    if (rc != CC_SUCCESS)
        return rc;
    if (atomic_load(&instance->dead))
        return call_dead(instance);
    if (call_is_inside(instance)) /* which functions an ocall may call, ordinary calls know */
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    if (!task_take(instance, &call))
        return pool_full();
    call.depth = 0;
    call.in_lent = call.out_lent = NULL;
    rc = task_fill(&call, info, &shape, &frame);
    if (rc == CC_SUCCESS) {
        task_note(info, &shape, &result);
        call.ocalls = result.ocalls;
        rc = task_exchange(&call);
        if (rc == CC_SUCCESS)
            rc = task_read(&call, &frame, &result, retval);
        call_frame_give(&call, &frame);
    }
    task_give(instance, call.index);
    return rc;
}

cc_enclave_result_t switchless_call(cc_enclave_t *enclave, void *retval, sl_ecall_func_info_t *info)
{
    struct instance *instance;
    cc_enclave_result_t rc;

    detail_clear();
    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    rc = call_make(instance, retval, info);
    instance_leave(instance);
    return rc;
}

/* ------------------------------------------------------------------------------- asynchronous */

static cc_enclave_result_t submit_make(struct instance *instance, int *task_id,
                                       const sl_ecall_func_info_t *info)
{
    struct call call;
    struct task_shape shape;
    struct task *task;
    cc_enclave_result_t rc = info_check(instance, info);

    if (rc != CC_SUCCESS)
        return rc;
    if (atomic_load(&instance->dead))
        return call_dead(instance);
    if (!task_take(instance, &call))
        return instance->switchless->config.rollback ? CC_ERROR_SWITCHLESS_ROLLBACK2COMMON
                                                     : pool_full();
    had_last = call.index + 1;
    task = &instance->switchless->tasks[call.index];
    rc = task_fill(&call, info, &shape, &task->result->frame);
    if (rc != CC_SUCCESS) {
        task_give(instance, call.index);
        return rc;
    }
    task_note(info, &shape, task->result);
    /* From now on whoever knows the number may fetch it. */
    atomic_store_explicit(&task->holder, holder_word(call.number, TASK_ASYNC),
                          memory_order_release);
    *task_id = (int)(call.number << TASK_INDEX_BITS | call.index);
    task_submit(&call);
    return CC_SUCCESS;
}

cc_enclave_result_t switchless_submit(cc_enclave_t *enclave, int *task_id,
                                      sl_ecall_func_info_t *info)
{
    struct instance *instance;
    cc_enclave_result_t rc;

    detail_clear();
    if (task_id == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: task_id is NULL");
    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    rc = submit_make(instance, task_id, info);
    instance_leave(instance);
    return rc;
}

static cc_enclave_result_t id_refuse(int task_id)
{
    return detail_fail(CC_ERROR_SWITCHLESS_INVALID_TASK_ID,
                       "host: no task has the number %d, or its result was fetched before",
                       task_id);
}

/* The task is ours alone meanwhile. Its place is free afterwards, unless it is not finished. */
static cc_enclave_result_t fetch_held(struct call *call, void *retval)
{
    struct task_result *result = call->instance->switchless->tasks[call->index].result;
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
        if (++result->looks >= LOOKS_MIN && (result->looks & (result->looks - 1)) == 0)
            task_escalate(call);
        return CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    }
    call_frame_give(call, &result->frame);
    return rc;
}

static cc_enclave_result_t fetch_make(struct instance *instance, int task_id, void *retval)
{
    uint32_t index = (uint32_t)task_id & TASK_INDEX_MASK;
    uint32_t number = (uint32_t)task_id >> TASK_INDEX_BITS;
    uint32_t seen = holder_word(number, TASK_ASYNC);
    struct call call = {.instance = instance, .index = index, .task = true, .number = number};
    struct task *task;
    cc_enclave_result_t rc;

    if (instance->switchless == NULL)
        return detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                           "host: the enclave was created without the switchless feature");
    if (index >= instance->switchless->config.pool)
        return id_refuse(task_id);
    task = &instance->switchless->tasks[index];
    if (!atomic_compare_exchange_strong_explicit(&task->holder, &seen,
                                                 holder_word(number, TASK_FETCHED),
                                                 memory_order_acquire, memory_order_relaxed))
        return seen == holder_word(number, TASK_FETCHED) ? CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED
                                                         : id_refuse(task_id);
    call.host = &task->slot;
    call.slot = window_task_at(instance->window, &instance->layout, index);
    call.arena = instance->layout.task_arenas + (size_t)index * WINDOW_TASK_ARENA_SIZE;
    call.arena_size = WINDOW_TASK_ARENA_HALF;
    rc = fetch_held(&call, retval);
    if (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        atomic_store_explicit(&task->holder, holder_word(number, TASK_ASYNC), memory_order_release);
    else
        task_give(instance, index);
    return rc;
}

cc_enclave_result_t switchless_fetch(cc_enclave_t *enclave, int task_id, void *retval)
{
    struct instance *instance;
    cc_enclave_result_t rc;

    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    rc = fetch_make(instance, task_id, retval);
    instance_leave(instance);
    return rc;
}
