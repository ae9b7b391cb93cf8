/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "switchless.h"
#include "base/detail.h"
#include "tasks.h"
#include "wait.h"
#include <string.h>

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

CALL_FORM call_make(cc_enclave_t *enclave, void *retval, sl_ecall_func_info_t *info,
                    uint64_t *ret_within_ns)
{
    struct call call;
    struct call_frame frame;
    struct task_shape shape;
    struct task_result result;
    enum task_soon soon;
    cc_enclave_result_t rc;

    detail_clear();
    rc = task_begin(enclave, info, true, &call);
    if (rc != CC_SUCCESS)
        return rc;
    rc = task_fill(&call, info, &shape, &frame);
    if (rc == CC_SUCCESS) {
        task_submit(&call, TASK_STAYS);
        task_note(info, &shape, &result); /* while it is on its way */
        call.ocalls = result.ocalls;
        soon = task_hear_soon(call.instance->switchless, call.slot, call.number, cpu_here());
        if (soon == TASK_UNHEARD)
            rc = task_exchange(&call);
        else if (soon == TASK_HEARD_DUE)
            task_pace_renew();
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

/* Attacker: the enclave. Whatever it says, eight bytes are looked at. */
static cc_enclave_result_t values_read(struct call *call, cc_sl_values_t *values)
{
    const struct call_frame inside = {0};
    const struct task_result result = {.retval_size = values->out_size};

    return task_read(call, &inside, &result, &values->out);
}

/* It was handed over, and either there is no answer yet, or one that is not a number. */
static __attribute__((noinline, flatten)) cc_enclave_result_t
values_hear_generally(struct instance *instance, uint32_t index, cc_sl_values_t *values)
{
    struct call call;
    cc_enclave_result_t rc;

    call_over(&call, instance, index);
    call.ocalls = values->ocall_table;
    rc = task_exchange(&call);
    if (rc == CC_SUCCESS)
        rc = values_read(&call, values);
    task_give(&call);
    return rc;
}

/* The same where all workers sleep, as it seems. */
static __attribute__((cold, noinline)) cc_enclave_result_t
values_hear_sleepers(struct instance *instance, uint32_t index, cc_sl_values_t *values)
{
    workers_ring(instance->switchless->bell);
    return values_hear_generally(instance, index, values);
}

static __attribute__((cold, noinline)) cc_enclave_result_t values_renew_pace(void)
{
    task_pace_renew();
    return CC_SUCCESS;
}

/* Behind task_hear_soon(). */
static inline cc_enclave_result_t values_finish(enum task_soon soon, struct instance *instance,
                                                uint32_t index, const struct window_slot *slot,
                                                cc_sl_values_t *values)
{
    if (soon == TASK_UNHEARD || *(const volatile uint32_t *)&slot->status != CC_SUCCESS)
        return values_hear_generally(instance, index, values);
    memcpy(&values->out, slot->payload, sizeof values->out);
    task_leave(&instance->tasks[index]);
    return soon == TASK_HEARD ? CC_SUCCESS : values_renew_pace();
}

/* Over a task that this thread may have to take from others first. */
static __attribute__((noinline, flatten)) cc_enclave_result_t values_free(cc_enclave_t *enclave,
                                                                          cc_sl_values_t *values)
{
    uint32_t number, cpu = cpu_here();
    const struct switchless *switchless;
    struct hold hold;

    if (!values_begin(enclave, values, true, &hold))
        return values_as_list(enclave, values);
    switchless = hold.instance->switchless;
    number = task_number(hold.task);
    slot_values_write(hold.slot, values);
    hold.slot->cpu = (uint16_t)cpu;
    task_hand_over(hold.slot, number);
    workers_wake(switchless->bell);
    return values_finish(task_hear_soon(switchless, hold.slot, number, cpu), hold.instance,
                         hold.index, hold.slot, values);
}

/*
 * Over a task that this thread keeps. Whatever is not on the way of every call is another function,
 * called last of all: so there is nothing to be saved on that way; and that the task is held, which
 * others may see, is said when the call is on its way.
 */
__attribute__((flatten)) cc_enclave_result_t switchless_values(cc_enclave_t *enclave,
                                                               cc_sl_values_t *values)
{
    struct keeper *keeper = lane.keeper;
    uint32_t index = lane.had_last, number, cpu;
    struct window_slot *slot;
    struct task *task;

    detail_clear();
    if (!lane_is_about(enclave) || values->argc > lane.params || lane.cpu == NULL ||
        call_is_inside(lane.instance))
        return values_free(enclave, values);
    task = &lane.tasks[index];
    slot = lane_slot(index);
    if (!keeper_begins(keeper, task) || !task_is_idle(task) || atomic_load(&lane.instance->dead)) {
        keeper_is_done(keeper);
        return values_free(enclave, values);
    }
    number = number_next(atomic_load_explicit(&task->holder, memory_order_relaxed));
    cpu = *lane.cpu + 1;
    slot_values_write(slot, values);
    slot->cpu = (uint16_t)cpu;
    task_hand_over(slot, number);
    atomic_store_explicit(&task->holder, holder_word(number, TASK_HELD), memory_order_relaxed);
    keeper_is_done(keeper);
    if (atomic_load_explicit(&lane.bell->awake, memory_order_relaxed) == 0)
        return values_hear_sleepers(lane.instance, index, values);
    return values_finish(task_hear_soon(lane.instance->switchless, slot, number, cpu),
                         lane.instance, index, slot, values);
}

cc_enclave_result_t switchless_call_timed(cc_enclave_t *enclave, void *retval,
                                          sl_ecall_func_info_t *info, uint64_t *ret_within_ns)
{
    return call_make(enclave, retval, info, ret_within_ns);
}
