/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "gp_ocall.h"
#include "runtime.h"
#include "base/codes.h"
#include <string.h>

/* One ocall: what goes out, where its frame lies, and who answers. */
struct ocall {
    enum slot_kind kind;
    uint16_t function;
    struct view in;
    uint8_t *out;
    size_t out_size;
    bool quick; /* a worker of the host may answer */
    bool indirect;
    size_t offset;  /* of the frame */
    bool from_heap; /* the frame is the host's to free */
    size_t taken;   /* bytes of our arena */
};

/* Attacker: the host. What it hands out must lie in the window's heap, or is not used. */
static cc_enclave_result_t frame_from_heap(struct ocall *call, size_t size)
{
    const struct window_layout *layout = &runtime_boot()->layout;
    uint64_t wanted = size, offset = 0;
    cc_enclave_result_t rc;

    rc = service_call(SERVICE_ALLOC, view_of(&wanted, sizeof wanted), &offset, sizeof offset);
    if (rc != CC_SUCCESS)
        return CC_ERROR_OUT_OF_MEMORY;
    if (offset < layout->heap || offset % WINDOW_FRAME_ALIGN != 0 ||
        !range_within(offset, size, layout->size))
        return CC_ERROR_OUT_OF_MEMORY;
    call->offset = offset;
    call->from_heap = true;
    return CC_SUCCESS;
}

static cc_enclave_result_t frame_take(struct tcs *tcs, struct ocall *call)
{
    size_t size;

    call->indirect = call->in.size > WINDOW_INLINE_SIZE || call->out_size > WINDOW_INLINE_SIZE;
    if (!call->indirect)
        return CC_SUCCESS;
    if (!frame_size_compute(call->in.size, call->out_size, &size))
        return CC_ERROR_BAD_PARAMETERS;
    if (size > tcs->arena_size - tcs->arena_used)
        return frame_from_heap(call, size);
    call->offset = tcs->arena + tcs->arena_used;
    call->taken = size;
    tcs->arena_used += size;
    return CC_SUCCESS;
}

static void frame_give_back(struct tcs *tcs, struct ocall *call)
{
    uint64_t offset = call->offset;

    if (call->from_heap)
        (void)service_call(SERVICE_FREE, view_of(&offset, sizeof offset), NULL, 0);
    tcs->arena_used -= call->taken;
}

/* A call of memcpy() takes as long as half of the way of a cache line: most are one number. */
static inline void copy(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (size == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else if (size > 0)
        memcpy(to, from, size);
}

static void ocall_send(struct tcs *tcs, const struct ocall *call)
{
    struct window_slot *slot = tcs->slot;
    uint8_t *window = runtime_boot()->window;
    uint8_t *place = call->indirect ? window + call->offset : slot->payload;

    copy(place, call->in.data, call->in.size);
    if (call->indirect) {
        struct slot_frame frame = {call->offset, call->in.size, call->out_size};

        frame_encode(slot, &frame);
    } else {
        slot->flags = 0;
        slot->in_size = (uint8_t)call->in.size;
        slot->out_size = (uint8_t)call->out_size;
    }
    slot->kind = (uint8_t)call->kind;
    slot->function = call->function;
}

/* Attacker: the host. Only the status and as many bytes as we made room for are taken. */
static cc_enclave_result_t ocall_receive(struct tcs *tcs, struct ocall *call)
{
    const uint8_t *window = runtime_boot()->window;
    struct window_slot reply;

    slot_load(tcs->slot, &reply);
    if (reply.status != CC_SUCCESS)
        return status_of(reply.status);
    copy(call->out, call->indirect ? window + call->offset : reply.payload, call->out_size);
    return CC_SUCCESS;
}

static cc_enclave_result_t ocall_run(struct tcs *tcs, struct ocall *call)
{
    long outer = tcs->ocall;
    cc_enclave_result_t rc;

    rc = frame_take(tcs, call);
    if (rc != CC_SUCCESS)
        return rc;
    tcs->ocall = call->kind == SLOT_KIND_SERVICE ? OCALL_SERVICE : (long)call->function;
    ocall_send(tcs, call);
    if (call->quick)
        quick_publish(tcs);
    else
        tcs_publish(tcs, SLOT_OCALL);
    /* The host may call back in before it answers. */
    while ((call->quick ? quick_await(tcs) : tcs_wait(tcs, true)) == SLOT_ECALL)
        ecall_serve(tcs);
    rc = ocall_receive(tcs, call);
    tcs->ocall = outer;
    frame_give_back(tcs, call);
    return rc;
}

cc_enclave_result_t service_call(enum slot_service service, struct view in, void *out,
                                 size_t out_size)
{
    struct tcs *tcs = tcs_self();
    struct ocall call = {.kind = SLOT_KIND_SERVICE,
                         .function = (uint16_t)service,
                         .in = in,
                         .out = out,
                         .out_size = out_size};

    if (tcs == NULL || tcs->depth == 0)
        return CC_ERROR_OCALL_NOT_ALLOWED;
    return ocall_run(tcs, &call);
}

struct view_out {
    uint8_t *data;
    size_t size;
};

static cc_enclave_result_t function_call(size_t func_id, struct ocall *call)
{
    struct tcs *tcs = tcs_self();
    cc_enclave_result_t rc;

    if (tcs == NULL || tcs->depth == 0 || func_id >= runtime_boot()->image->ocall_count ||
        func_id > UINT16_MAX)
        return CC_ERROR_OCALL_NOT_ALLOWED;
    call->function = (uint16_t)func_id;
    /* A task's caller watches already; in a nested call it is the caller who has to answer. */
    call->quick = call->quick && !tcs->task && tcs->depth == 1;
    print_flush(); /* so that the two sides' output stays in order */
    rc = ocall_run(tcs, call);
    if (rc != CC_SUCCESS && call->out_size > 0)
        memset(call->out, 0, call->out_size);
    return rc;
}

static cc_enclave_result_t buffers_call(size_t func_id, struct view in, struct view_out out,
                                        bool quick)
{
    struct ocall call = {.kind = SLOT_KIND_FUNCTION,
                         .in = in,
                         .out = out.data,
                         .out_size = out.size,
                         .quick = quick};

    if ((in.data == NULL && in.size > 0) || (out.data == NULL && out.size > 0))
        return CC_ERROR_BAD_PARAMETERS;
    return function_call(func_id, &call);
}

cc_enclave_result_t cc_ocall_enclave(size_t func_id, const void *in_buf, size_t in_buf_size,
                                     void *out_buf, size_t out_buf_size)
{
    return buffers_call(func_id, view_of(in_buf, in_buf_size),
                        (struct view_out){out_buf, out_buf_size}, false);
}

cc_enclave_result_t cc_ocall_enclave_switchless(size_t func_id, const void *in_buf,
                                                size_t in_buf_size, void *out_buf,
                                                size_t out_buf_size)
{
    return buffers_call(func_id, view_of(in_buf, in_buf_size),
                        (struct view_out){out_buf, out_buf_size}, true);
}
