/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * switchless_async.c - switchless calls that are handed over now, and whose results are fetched
 * later, by whoever knows their number.
 *
 * Layer: libsecgear_urts. Threads: any; a task is whoever's who took or fetches it.
 */
#include "base/detail.h"
#include "switchless.h"
#include "tasks.h"
#include "wait.h"
#include <string.h>

static struct task_result *result_of(const struct call *call)
{
    return &call->instance->switchless->results[call->index];
}

static int task_id_of(uint32_t number, uint32_t index)
{
    return (int)(number << TASK_INDEX_BITS | index);
}

/* From the moment that it is TASK_ASYNC, whoever knows the number may fetch it. */
static cc_enclave_result_t submit_make(struct call *call, const sl_ecall_func_info_t *info,
                                       int *ret_task_id)
{
    struct task *task = &call->instance->tasks[call->index];
    struct task_shape shape;
    cc_enclave_result_t rc = task_fill(call, info, &shape, &result_of(call)->frame);

    if (rc != CC_SUCCESS) {
        task_give(call);
        return rc;
    }
    task_note(info, &shape, result_of(call));
    task->ocalls = result_of(call)->ocalls;
    task->looks = 0;
    task->is_number = false;
    task_pass_on(call);
    *ret_task_id = task_id_of(call->number, call->index);
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
    rc = task_begin(enclave, info, false, &call);
    return rc == CC_SUCCESS ? submit_make(&call, info, task_id) : rc;
}

/* The task is ours alone meanwhile. Its place is free afterwards, unless it is not finished. */
static cc_enclave_result_t fetch_held(struct call *call, void *retval)
{
    struct task *task = &call->instance->tasks[call->index];
    struct task_result *result = result_of(call);
    enum slot_state state = task_look(call);
    cc_enclave_result_t rc;

    call->ocalls = task->ocalls;
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
        task_look_in_vain(call, &task->looks);
        return CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    }
    call_frame_give(call, &result->frame);
    return rc;
}

/* As a list, for which everything is done that may have to be done. */
static __attribute__((cold, noinline)) cc_enclave_result_t
values_submit_as_list(cc_enclave_t *enclave, int *task_id, cc_sl_values_t *values)
{
    cc_sl_values_list_t list;

    return switchless_submit(enclave, task_id, cc_sl_values_describe(values, &list));
}

/* All that a worker and who fetches the result must know. Its task is ours alone meanwhile. */
static inline void number_leave(struct task *task, uint32_t number, struct window_slot *slot,
                                const cc_sl_values_t *values, uint32_t cpu)
{
    task->ocalls = values->ocall_table;
    task->looks = 0;
    task->number_size = values->out_size;
    task->is_number = true;
    slot_values_write(slot, values);
    slot->cpu = (uint16_t)cpu;
    slot->status = 0;
    atomic_store_explicit(&slot->word, board_word(number, SLOT_ECALL) | SLOT_POLLED,
                          memory_order_release);
}

/* Over a task that this thread may have to take from others first. */
static __attribute__((noinline)) cc_enclave_result_t
values_submit_free(cc_enclave_t *enclave, int *task_id, cc_sl_values_t *values)
{
    struct hold hold;
    uint32_t number;

    if (task_id == NULL || !values_begin(enclave, values, false, &hold))
        return values_submit_as_list(enclave, task_id, values);
    number = task_number(hold.task);
    *task_id = task_id_of(number, hold.index);
    task_pass(hold.instance->switchless->config.pool, hold.index, hold.slot);
    number_leave(hold.task, number, hold.slot, values, cpu_here());
    workers_wake(hold.instance->switchless->bell);
    holder_set(hold.task, TASK_ASYNC);
    return CC_SUCCESS;
}

static __attribute__((cold, noinline)) cc_enclave_result_t kept_is_left(struct keeper *keeper)
{
    workers_ring(lane.bell);
    keeper_is_done(keeper);
    return CC_SUCCESS;
}

/*
 * Over a task that this thread keeps, in one go: nobody takes it away while it is at it, nor the
 * enclave. So its word says at once what becomes of it; it does so first, since whoever its
 * function tells may ask for the result before we return. The other ways out are calls of their
 * own, last of all: so there is nothing to be saved on the way of every call.
 */
__attribute__((flatten)) cc_enclave_result_t
switchless_values_submit(cc_enclave_t *enclave, int *task_id, cc_sl_values_t *values)
{
    struct keeper *keeper = lane.keeper;
    uint32_t index = lane.next, number;
    struct window_slot *slot;
    struct task *task;

    detail_clear();
    if (task_id == NULL || !lane_is_about(enclave) || values->argc > lane.params ||
        lane.cpu == NULL)
        return values_submit_free(enclave, task_id, values);
    task = &lane.tasks[index];
    slot = lane_slot(index);
    if (!keeper_begins(keeper, task) || !task_is_idle(task) || atomic_load(&lane.instance->dead)) {
        keeper_is_done(keeper);
        return values_submit_free(enclave, task_id, values);
    }
    number = number_next(atomic_load_explicit(&task->holder, memory_order_relaxed));
    atomic_store_explicit(&task->holder, holder_word(number, TASK_ASYNC), memory_order_relaxed);
    *task_id = task_id_of(number, index);
    task_pass(lane.pool, index, slot);
    number_leave(task, number, slot, values, *lane.cpu + 1);
    if (atomic_load_explicit(&lane.bell->awake, memory_order_relaxed) == 0)
        return kept_is_left(keeper);
    keeper_is_done(keeper);
    return CC_SUCCESS;
}

/* Somebody is at it. */
static bool is_busy(struct instance *instance, uint32_t index, uint32_t number)
{
    uint32_t seen = atomic_load(&instance->tasks[index].holder), holder = seen & HOLDER_MASK;

    return seen >> HOLDER_BITS == number &&
           (holder == TASK_HELD || holder == TASK_FETCHED || holder == TASK_ASYNC);
}

/* Why a task could not be had; for all that its number says, it may be another enclave's. */
static __attribute__((cold, noinline)) cc_enclave_result_t fetch_refuse(cc_enclave_t *enclave,
                                                                        int task_id)
{
    uint32_t index = (uint32_t)task_id & TASK_INDEX_MASK;
    struct instance *instance;
    cc_enclave_result_t rc = instance_enter(enclave, &instance);

    if (rc != CC_SUCCESS)
        return rc;
    if (instance->switchless == NULL)
        rc = detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                         "host: the enclave was created without the switchless feature");
    else if (is_busy(instance, index, (uint32_t)task_id >> TASK_INDEX_BITS))
        rc = CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    else
        rc = detail_fail(CC_ERROR_SWITCHLESS_INVALID_TASK_ID,
                         "host: no task has the number %d, or its result was fetched before",
                         task_id);
    instance_leave(instance);
    return rc;
}

/* Of a task that is ours: the result of a call that went well, if it is a number, and there. */
static inline bool number_read(const struct task *task, uint32_t number,
                               const struct window_slot *slot, void *retval)
{
    if (!task->is_number || atomic_load_explicit(&slot->word, memory_order_acquire) !=
                                board_word(number, SLOT_ECALL_DONE))
        return false;
    if (*(const volatile uint32_t *)&slot->status != CC_SUCCESS)
        return false;
    return retval == NULL || number_copy(retval, slot->payload, task->number_size);
}

/* The same of a task that this thread keeps, which is free for its next call then. */
static inline bool number_fetch_kept(const cc_enclave_t *enclave, uint32_t index, uint32_t number,
                                     void *retval)
{
    struct keeper *keeper = lane.keeper;
    struct window_slot *slot;
    struct task *task;
    bool fetched;

    if (!lane_is_about(enclave))
        return false;
    task = &lane.tasks[index];
    slot = lane_slot(index);
    task_fetch_ahead(slot); /* to write to it: the next call over that task does */
    fetched = keeper_begins(keeper, task) &&
              atomic_load_explicit(&task->holder, memory_order_relaxed) ==
                  holder_word(number, TASK_ASYNC) &&
              number_read(task, number, slot, retval);
    if (fetched)
        atomic_store_explicit(&task->holder, holder_word(number, TASK_KEPT), memory_order_release);
    keeper_is_done(keeper);
    return fetched;
}

static inline struct instance *regain_kept(const cc_enclave_t *enclave, uint32_t index,
                                           uint32_t seen, uint32_t next)
{
    return lane_is_about(enclave) && keeper_moves(&lane.tasks[index], seen, next) ? lane.instance
                                                                                  : NULL;
}

static inline struct instance *regain_free(const cc_enclave_t *enclave, uint32_t index,
                                           uint32_t seen, uint32_t next)
{
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;

    if (tasks == NULL || !task_moves(&tasks[index], seen, next))
        return NULL;
    if (instance_is_still(instance, use))
        return instance;
    atomic_store_explicit(&tasks[index].holder, seen, memory_order_release);
    return NULL;
}

/* Another thread keeps it, from which it is taken then; whether there was one. */
static __attribute__((cold, noinline)) bool regain_robs(cc_enclave_t *enclave, uint32_t index,
                                                        uint32_t seen)
{
    struct instance *instance;
    struct task *tasks;
    uintptr_t keeper;
    bool robs;

    if (instance_enter(enclave, &instance) != CC_SUCCESS)
        return false;
    tasks = instance->switchless != NULL ? atomic_load(&instance->tasks) : NULL;
    keeper = tasks != NULL ? atomic_load(&tasks[index].keeper) : 0;
    robs = keeper != 0 && atomic_load(&tasks[index].holder) == seen;
    if (robs)
        (void)keepers_rob(instance, keeper & ~(uintptr_t)KEEPER_WANTED);
    instance_leave(instance);
    return robs;
}

/* Where the task is; NULL: it is not there, or no longer so. */
static inline __attribute__((always_inline)) struct instance *
regain(cc_enclave_t *enclave, uint32_t index, uint32_t number, enum task_holder from)
{
    uint32_t seen = holder_word(number, from), next = holder_word(number, TASK_FETCHED);
    struct instance *instance = regain_kept(enclave, index, seen, next);

    if (instance == NULL)
        instance = regain_free(enclave, index, seen, next);
    if (instance == NULL && regain_robs(enclave, index, seen))
        instance = regain_free(enclave, index, seen, next);
    return instance;
}

bool task_regain(cc_enclave_t *enclave, uint32_t index, uint32_t number, enum task_holder from,
                 struct call *call)
{
    struct instance *instance = regain(enclave, index, number, from);

    if (instance == NULL)
        return false;
    call_over(call, instance, index);
    return true;
}

/* What a list would have said of it. */
static void number_describe(struct instance *instance, uint32_t index)
{
    const struct task *task = &instance->tasks[index];
    struct task_result *result = &instance->switchless->results[index];

    if (!task->is_number)
        return;
    result->frame = (struct call_frame){0};
    result->retval_size = task->number_size;
    result->out_count = 0;
}

/* Of any call, and where a number is not to be had so far, if ever. */
static cc_enclave_result_t fetch_generally(struct instance *instance, uint32_t index, void *retval,
                                           uint64_t *ret_within_ns)
{
    struct call call;
    cc_enclave_result_t rc;

    call_over(&call, instance, index);
    number_describe(instance, index);
    rc = fetch_held(&call, retval);
    if (ret_within_ns != NULL && rc == CC_SUCCESS)
        within_read(&call, ret_within_ns);
    if (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        task_put(&call, TASK_ASYNC);
    else
        task_give(&call);
    return rc;
}

static __attribute__((noinline, flatten)) cc_enclave_result_t
result_fetch(cc_enclave_t *enclave, int task_id, void *retval, uint64_t *ret_within_ns)
{
    uint32_t index = (uint32_t)task_id & TASK_INDEX_MASK;
    uint32_t number = (uint32_t)task_id >> TASK_INDEX_BITS;
    struct instance *instance = regain(enclave, index, number, TASK_ASYNC);

    if (instance == NULL)
        return fetch_refuse(enclave, task_id);
    if (ret_within_ns != NULL ||
        !number_read(&instance->tasks[index], number,
                     window_task_at(instance->window, &instance->layout, index), retval))
        return fetch_generally(instance, index, retval, ret_within_ns);
    task_leave(&instance->tasks[index]);
    return CC_SUCCESS;
}

__attribute__((flatten)) cc_enclave_result_t switchless_fetch(cc_enclave_t *enclave, int task_id,
                                                              void *retval)
{
    if (number_fetch_kept(enclave, (uint32_t)task_id & TASK_INDEX_MASK,
                          (uint32_t)task_id >> TASK_INDEX_BITS, retval))
        return CC_SUCCESS;
    return result_fetch(enclave, task_id, retval, NULL);
}

cc_enclave_result_t switchless_fetch_timed(cc_enclave_t *enclave, int task_id, void *retval,
                                           uint64_t *ret_within_ns)
{
    return result_fetch(enclave, task_id, retval, ret_within_ns);
}
