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

    if (*(const volatile uint32_t *)&call->slot->status != CC_SUCCESS)
        return task_read(call, &inside, &result, &values->out);
    memcpy(&values->out, call->slot->payload, sizeof values->out);
    return CC_SUCCESS;
}

__attribute__((flatten)) cc_enclave_result_t switchless_values(cc_enclave_t *enclave,
                                                               cc_sl_values_t *values)
{
    struct call call;
    cc_enclave_result_t rc;

    if (!values_begin(enclave, values, true, &call))
        return values_as_list(enclave, values);
    detail_clear();
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
