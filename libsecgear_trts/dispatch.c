/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "enclave_internal.h"
#include "runtime.h"
#include "secgear_edge_switchless.h"
#include "secgear_image.h"
#include "wire/board.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIPE_WHOLE_SIZE = 512 }; /* up to here, sparing a part takes longer than wiping it */

/* One ecall: the request as copied from the slot, and its buffers, all private. */
struct ecall {
    struct window_slot request; /* the copy that is checked and used */
    struct frame_place place;   /* valid when indirect */
    bool indirect;
    const uint8_t *in;
    size_t in_size;
    uint8_t *out;
    size_t out_room;
    size_t out_size; /* written by the function */
    bool lends;      /* it clears out itself, and may leave parts of it in the in frame */
    cc_lent_list_t lent;
    cc_edge_shared_t shared; /* of a function for workers */
};

/* What workers run is what the image was written to have run by workers. */
cc_enclave_result_t worker_may_run(size_t function)
{
    const cc_enclave_image_t *image = runtime_boot()->image;

    if (function >= image->ecall_count)
        return CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID;
    if (!(image->ecall_flags[function] & CC_ECALL_SWITCHLESS))
        return CC_ERROR_SWITCHLESS_FUNCTION_NOT_EXIST;
    return image->ecall_flags[function] & CC_ECALL_PUBLIC ? CC_SUCCESS : CC_ERROR_ECALL_NOT_ALLOWED;
}

static cc_enclave_result_t task_permit(const struct ecall *call)
{
    if (call->request.kind == SLOT_KIND_FUNCTION)
        return worker_may_run(call->request.function);
    /* of a batch, each call is looked at when all are there */
    return call->request.kind == SLOT_KIND_BATCH ? CC_SUCCESS
                                                 : CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID;
}

/* Attacker: the host. It may name any function at any time. */
static cc_enclave_result_t ecall_permit(const struct tcs *tcs, const struct ecall *call)
{
    const cc_enclave_image_t *image = runtime_boot()->image;
    size_t function = call->request.function;

    if (tcs->task && tcs->depth == 0)
        return task_permit(call);
    if (call->request.kind != SLOT_KIND_FUNCTION || function >= image->ecall_count)
        return CC_ERROR_INVALID_CMD;
    if (tcs->depth >= WINDOW_DEPTH_MAX || tcs->ocall == OCALL_SERVICE)
        return CC_ERROR_ECALL_NOT_ALLOWED;
    if (tcs->ocall >= 0 && image->ocall_allow != NULL)
        return image->ocall_allow[(size_t)tcs->ocall * image->ecall_count + function] != 0
                   ? CC_SUCCESS
                   : CC_ERROR_ECALL_NOT_ALLOWED;
    return image->ecall_flags[function] & CC_ECALL_PUBLIC ? CC_SUCCESS : CC_ERROR_ECALL_NOT_ALLOWED;
}

/* Sizes from the copy, bounded by the window; room is the private memory that the call needs. */
static cc_enclave_result_t ecall_measure(struct ecall *call, size_t *ret_room)
{
    const struct window_layout *layout = &runtime_boot()->layout;
    const cc_enclave_image_t *image = runtime_boot()->image;

    call->indirect = call->request.flags & SLOT_FLAG_INDIRECT;
    if (call->indirect) {
        if (!frame_decode(&call->request, layout, &call->place))
            return CC_ERROR_BAD_PARAMETERS;
        call->in_size = call->place.in_size;
        call->out_room = call->place.out_size;
    } else {
        if (call->request.in_size > WINDOW_INLINE_SIZE ||
            call->request.out_size > WINDOW_INLINE_SIZE)
            return CC_ERROR_BAD_PARAMETERS;
        call->in_size = call->request.in_size;
        call->out_room = call->request.out_size;
    }
    call->lends = call->request.kind == SLOT_KIND_FUNCTION &&
                  image->ecall_flags[call->request.function] & CC_ECALL_LENDS;
    *ret_room = frame_align(call->in_size) + frame_align(call->out_room);
    return CC_SUCCESS;
}

/* Copies the request into private memory; the function works on nothing else. */
static void ecall_copy_in(struct ecall *call, uint8_t *room)
{
    const uint8_t *window = runtime_boot()->window;

    call->in = room;
    call->out = room + frame_align(call->in_size);
    if (call->in_size > 0)
        memcpy(room, call->indirect ? window + call->place.offset : call->request.payload,
               call->in_size);
    if (!call->lends)
        memset(call->out, 0, frame_align(call->out_room));
}

/* In order in both frames, and inside them. */
static bool lent_fits(const struct ecall *call)
{
    size_t at = 0, in_at = 0;

    if (call->lent.count > CC_LENT_MAX)
        return false;
    for (uint32_t i = 0; i < call->lent.count; i++) {
        const cc_lent_t *part = &call->lent.each[i];
        size_t from = (size_t)((const uint8_t *)part->data - call->in);

        if (part->at < at || from < in_at || !range_within(part->at, part->size, call->out_size) ||
            !range_within(from, part->size, call->in_size))
            return false;
        at = part->at + part->size;
        in_at = from + part->size;
    }
    return true;
}

/* What the function gets beside its frames. Shared memory is for calls that workers serve. */
static inline uint8_t *extra_of(const struct tcs *tcs, struct ecall *call)
{
    static const cc_edge_shared_t none;
    bool by_worker = tcs->task && tcs->depth == 1;

    if (!(runtime_boot()->image->ecall_flags[call->request.function] & CC_ECALL_SWITCHLESS))
        return call->lends ? (uint8_t *)&call->lent : NULL;
    if (!call->lends)
        return by_worker ? (uint8_t *)(uintptr_t)workers_shared() : NULL;
    call->shared = by_worker ? *(const cc_edge_shared_t *)workers_shared() : none;
    call->shared.lent = &call->lent;
    return (uint8_t *)&call->shared;
}

static inline cc_enclave_result_t function_run(const struct tcs *tcs, struct ecall *call)
{
    if (__builtin_expect(call->request.kind == SLOT_KIND_BATCH, 0))
        return batch_run(call->request.function, view_of(call->in, call->in_size), call->out,
                         call->out_room, &call->out_size);
    return runtime_boot()->image->ecalls[call->request.function](
        call->in_size > 0 ? call->in : NULL, call->in_size, call->out_room > 0 ? call->out : NULL,
        call->out_room, extra_of(tcs, call), &call->out_size);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static __attribute__((cold, noinline)) cc_enclave_result_t
function_run_traced(const struct tcs *tcs, struct ecall *call)
{
    uint64_t began = now_ns();
    cc_enclave_result_t rc = function_run(tcs, call);

    atomic_store_explicit(window_within_at(tcs->slot), now_ns() - began, memory_order_relaxed);
    return rc;
}

static cc_enclave_result_t ecall_run(struct tcs *tcs, struct ecall *call)
{
    long outer = tcs->ocall;
    cc_enclave_result_t rc;

    tcs->depth++;
    tcs->ocall = OCALL_NONE;
    rc = __builtin_expect(calls_are_timed(runtime_boot()), 0) ? function_run_traced(tcs, call)
                                                              : function_run(tcs, call);
    print_flush(); /* while there is still a call to print through */
    tcs->ocall = outer;
    tcs->depth--;
    if (rc == CC_SUCCESS && (call->out_size > call->out_room || !lent_fits(call)))
        return CC_ERROR_OVERFLOW;
    return rc;
}

/* To the host: each part from where it is. */
static void out_send(uint8_t *to, const struct ecall *call, size_t out_size)
{
    size_t at = 0;

    for (uint32_t i = 0; i < call->lent.count; i++) {
        const cc_lent_t *part = &call->lent.each[i];

        memcpy(to + at, call->out + at, part->at - at);
        memcpy(to + part->at, part->data, part->size);
        at = part->at + part->size;
    }
    if (out_size > at)
        memcpy(to + at, call->out + at, out_size - at);
}

/* Results go out only on success, and never more than the function wrote. */
static void ecall_reply(struct tcs *tcs, const struct ecall *call, cc_enclave_result_t rc)
{
    size_t out_size = rc == CC_SUCCESS ? call->out_size : 0;
    uint8_t *window = runtime_boot()->window;

    if (out_size > 0 && call->indirect)
        out_send(window + call->place.offset, call, out_size);
    else if (out_size > 0)
        memcpy(tcs->slot->payload, call->out, out_size);
    if (call->indirect) {
        struct slot_frame frame = {call->place.offset, call->in_size, out_size};

        frame_encode(tcs->slot, &frame);
    } else {
        tcs->slot->flags = 0;
        tcs->slot->out_size = (uint8_t)out_size;
    }
    tcs->slot->status = (uint32_t)rc;
}

static void ecall_handle(struct tcs *tcs, struct ecall *call, uint8_t *room)
{
    cc_enclave_result_t rc;

    ecall_copy_in(call, room);
    rc = ecall_run(tcs, call);
    if (rc != CC_SUCCESS)
        call->lent.count = 0; /* nothing is sent: everything is wiped */
    ecall_reply(tcs, call, rc);
}

/* All; of a large one, all but what the host has just been sent from the in frame, and its empty
 * places in out. */
static void room_wipe(uint8_t *room, const struct ecall *call, size_t size)
{
    size_t at = 0, out = frame_align(call->in_size);

    if (size <= WIPE_WHOLE_SIZE) {
        wipe(room, size);
        return;
    }
    for (uint32_t i = 0; i < call->lent.count; i++) {
        size_t from = (size_t)((uint8_t *)call->lent.each[i].data - room);

        wipe(room + at, from - at);
        at = from + call->lent.each[i].size;
    }
    for (uint32_t i = 0; i < call->lent.count; i++) {
        wipe(room + at, out + call->lent.each[i].at - at);
        at = out + call->lent.each[i].at + call->lent.each[i].size;
    }
    wipe(room + at, size - at);
}

static __attribute__((cold, noinline)) void ecall_handle_large(struct tcs *tcs, struct ecall *call,
                                                               size_t size)
{
    uint8_t *room = malloc(size);

    if (room == NULL) {
        tcs->slot->status = CC_ERROR_OUT_OF_MEMORY;
    } else {
        ecall_handle(tcs, call, room);
        room_wipe(room, call, size);
        free(room); /* before the caller's next call, which may need it */
    }
    tcs_publish(tcs, SLOT_ECALL_DONE);
}

static void ecall_handle_small(struct tcs *tcs, struct ecall *call, size_t size)
{
    uint8_t room[CALL_STACK_ROOM] __attribute__((aligned(WINDOW_FRAME_ALIGN)));

    ecall_handle(tcs, call, room);
    tcs_publish(tcs, SLOT_ECALL_DONE); /* its caller need not wait until all is wiped */
    room_wipe(room, call, size);
}

void ecall_serve(struct tcs *tcs)
{
    struct ecall call; /* each field is set before it is used; clearing it all takes time */
    size_t room = 0;
    cc_enclave_result_t rc;

    call.out_size = 0;
    call.lent.count = 0;
    slot_load(tcs->slot, &call.request);
    rc = ecall_permit(tcs, &call);
    if (rc == CC_SUCCESS)
        rc = ecall_measure(&call, &room);
    if (rc == CC_SUCCESS && room <= CALL_STACK_ROOM) {
        ecall_handle_small(tcs, &call, room);
    } else if (rc == CC_SUCCESS) {
        ecall_handle_large(tcs, &call, room);
    } else {
        tcs->slot->status = (uint32_t)rc;
        tcs_publish(tcs, SLOT_ECALL_DONE);
    }
}
