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
        if (!task_hear_soon(call.instance->switchless, call.slot, call.number))
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

/* Attacker: the enclave. Whatever it says, eight bytes are looked at. */
static cc_enclave_result_t values_read(struct call *call, cc_sl_values_t *values)
{
    const struct call_frame inside = {0};
    const struct task_result result = {.retval_size = values->out_size};

    return task_read(call, &inside, &result, &values->out);
}

/* It was handed over, and either there is no answer yet, or one that is not a number. */
static __attribute__((noinline, flatten)) cc_enclave_result_t
values_hear_generally(const struct hold *hold, cc_sl_values_t *values)
{
    struct call call;
    cc_enclave_result_t rc;

    call_over(&call, hold->instance, hold->index);
    call.ocalls = values->ocall_table;
    rc = task_exchange(&call);
    return rc == CC_SUCCESS ? values_read(&call, values) : rc;
}

__attribute__((flatten)) cc_enclave_result_t switchless_values(cc_enclave_t *enclave,
                                                               cc_sl_values_t *values)
{
    struct hold hold;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (!values_begin(enclave, values, true, &hold))
        return values_as_list(enclave, values);
    detail_clear();
    values_write(values, hold.slot);
    task_hand_over(hold.instance->switchless, hold.slot, hold.task->number);
    if (task_hear_soon(hold.instance->switchless, hold.slot, hold.task->number) &&
        *(const volatile uint32_t *)&hold.slot->status == CC_SUCCESS)
        memcpy(&values->out, hold.slot->payload, sizeof values->out);
    else
        rc = values_hear_generally(&hold, values);
    task_leave(hold.task);
    return rc;
}

cc_enclave_result_t switchless_call_timed(cc_enclave_t *enclave, void *retval,
                                          sl_ecall_func_info_t *info, uint64_t *ret_within_ns)
{
    return call_make(enclave, retval, info, ret_within_ns);
}
