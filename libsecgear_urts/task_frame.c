/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * task_frame.c - the two frames of a switchless call, laid out from the list of its arguments as
 * generated code of the enclave reads them (secgear_edge.h): in the in frame values, flags and
 * sizes first, then buffers; in the out frame the result, then buffers; each buffer at a multiple
 * of 16.
 *
 * Layer: libsecgear_urts. Threads: the one that holds the task.
 */
#include "base/codes.h"
#include "base/detail.h"
#include "switchless.h"
#include <string.h>

enum { ARG_WAYS = CC_SL_ARG_IN | CC_SL_ARG_OUT, FLAG_NULL = 0, FLAG_COPY = 1, FLAG_IN_PLACE = 2 };

static const cc_sl_arg_t *args_of(const sl_ecall_func_info_t *info)
{
    return ((const cc_sl_args_t *)info->args)->list;
}

struct task_area task_area_of(const struct instance *instance)
{
    return (struct task_area){(uintptr_t)instance->window + instance->layout.heap,
                              (uintptr_t)instance->window + instance->layout.size};
}

/* The whole buffer, for the enclave refuses what does not lie in it. */
static bool is_in_place(struct task_area area, const cc_sl_arg_t *arg)
{
    uintptr_t at = (uintptr_t)arg->data;

    return (arg->flags & CC_SL_ARG_SHARED) && at >= area.begin && at < area.end &&
           arg->size <= area.end - at;
}

static bool room_add(size_t *size, size_t more)
{
    size_t at;

    if (*size > SIZE_MAX / 4 || more > SIZE_MAX / 4)
        return false;
    at = frame_align(*size);
    *size = at + more;
    return true;
}

static size_t head_size(const cc_sl_arg_t *arg, bool in_place)
{
    if ((arg->flags & ARG_WAYS) == 0)
        return arg->size;
    if (arg->flags & CC_SL_ARG_TEXT)
        return sizeof(uint64_t);
    return in_place ? 1 + sizeof(uint64_t) : 1;
}

static bool travels(const cc_sl_arg_t *arg, const struct task_shape *shape, uint32_t n,
                    uint32_t way)
{
    return (arg->flags & way) && arg->data != NULL && !(shape->in_place >> n & 1);
}

cc_enclave_result_t task_measure(struct task_area area, const sl_ecall_func_info_t *info,
                                 struct task_shape *ret_shape)
{
    struct task_shape shape = {0, info->retval_size, 0};
    bool good = true;

    for (uint32_t n = 0; n < info->argc; n++) {
        const cc_sl_arg_t *arg = &args_of(info)[n];

        if (is_in_place(area, arg))
            shape.in_place |= UINT32_C(1) << n;
        good = good &&
               size_add(shape.in_size, head_size(arg, shape.in_place >> n & 1), &shape.in_size);
    }
    for (uint32_t n = 0; n < info->argc; n++) {
        const cc_sl_arg_t *arg = &args_of(info)[n];

        if (travels(arg, &shape, n, CC_SL_ARG_IN))
            good = good && room_add(&shape.in_size, arg->size);
        if (travels(arg, &shape, n, CC_SL_ARG_OUT))
            good = good && room_add(&shape.out_size, arg->size);
    }
    if (!good)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: arguments larger than any memory");
    *ret_shape = shape;
    return CC_SUCCESS;
}

static uint8_t *put(uint8_t *at, const void *data, size_t size)
{
    memcpy(at, data, size);
    return at + size;
}

static uint8_t *head_put(uint8_t *at, const cc_sl_arg_t *arg, bool in_place)
{
    uint64_t address = (uint64_t)(uintptr_t)arg->data;

    if ((arg->flags & ARG_WAYS) == 0)
        return put(at, arg->data, arg->size);
    if (arg->flags & CC_SL_ARG_TEXT)
        return put(at, &arg->size, sizeof arg->size);
    *at++ = arg->data == NULL ? FLAG_NULL : in_place ? FLAG_IN_PLACE : FLAG_COPY;
    return in_place ? put(at, &address, sizeof address) : at;
}

void task_frame_write(uint8_t *place, const sl_ecall_func_info_t *info,
                      const struct task_shape *shape)
{
    uint8_t *at = place;

    for (uint32_t n = 0; n < info->argc; n++)
        at = head_put(at, &args_of(info)[n], shape->in_place >> n & 1);
    for (uint32_t n = 0; n < info->argc; n++) {
        const cc_sl_arg_t *arg = &args_of(info)[n];
        size_t used = (size_t)(at - place);

        if (!travels(arg, shape, n, CC_SL_ARG_IN))
            continue;
        memset(at, 0, frame_align(used) - used);
        at = place + frame_align(used);
        if (arg->size > 0)
            at = put(at, arg->data, arg->size);
    }
}

void task_write(struct call *call, const sl_ecall_func_info_t *info, const struct task_shape *shape,
                const struct call_frame *frame)
{
    struct window_slot *slot = call->slot;

    task_frame_write(frame->indirect ? (uint8_t *)call->instance->window + frame->offset
                                     : slot->payload,
                     info, shape);
    if (frame->indirect) {
        struct slot_frame indirect = {frame->offset, shape->in_size, shape->out_size};

        frame_encode(slot, &indirect);
    } else {
        slot->flags = 0;
        slot->in_size = (uint8_t)shape->in_size;
        slot->out_size = (uint8_t)shape->out_size;
    }
    slot->function = info->func_id;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->cpu = (uint16_t)cpu_here();
}

/* Where results go: kept apart, since the list is gone when an asynchronous call returns. */
void task_note(const sl_ecall_func_info_t *info, const struct task_shape *shape,
               struct task_result *result)
{
    result->ocalls = ((const cc_sl_args_t *)info->args)->ocall_table;
    result->retval_size = info->retval_size;
    result->out_count = 0;
    for (uint32_t n = 0; n < info->argc; n++) {
        const cc_sl_arg_t *arg = &args_of(info)[n];

        if (!travels(arg, shape, n, CC_SL_ARG_OUT))
            continue;
        result->outs[result->out_count].data = arg->data;
        result->outs[result->out_count].size = arg->size;
        result->out_count++;
    }
}

void task_results(const struct task_result *result, const uint8_t *answer, size_t size,
                  void *retval)
{
    size_t at = result->retval_size;

    if (retval != NULL)
        answer_copy(retval, answer, 0, at, size);
    for (unsigned n = 0; n < result->out_count; n++) {
        at = frame_align(at);
        answer_copy(result->outs[n].data, answer, at, at + result->outs[n].size, size);
        at += result->outs[n].size;
    }
}

cc_enclave_result_t task_read(struct call *call, const struct call_frame *frame,
                              const struct task_result *result, void *retval)
{
    struct window_slot reply;
    const uint8_t *answer;
    size_t size;
    cc_enclave_result_t rc = call_reply(call, frame, &reply, &answer, &size);

    if (rc == CC_SUCCESS)
        task_results(result, answer, size, retval);
    return rc;
}
