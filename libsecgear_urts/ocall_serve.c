/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "call.h"
#include "log.h"
#include "trace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OCALL_STACK_ROOM = 4096 };

/* One ocall: the enclave's request as copied from the slot (of the payload, what is said to be in
 * it), and private buffers. */
struct ocall {
    _Alignas(WINDOW_FRAME_ALIGN) struct window_slot request;
    struct frame_place place;
    bool indirect;
    size_t in_size;
    size_t out_size;
    const uint8_t *in; /* private copies, aligned like malloc's */
    uint8_t *out;
};

static bool ocall_measure(const struct instance *instance, struct ocall *ocall)
{
    ocall->indirect = ocall->request.flags & SLOT_FLAG_INDIRECT;
    if (ocall->indirect) {
        if (!frame_decode(&ocall->request, &instance->layout, &ocall->place))
            return false;
        ocall->in_size = ocall->place.in_size;
        ocall->out_size = ocall->place.out_size;
        return true;
    }
    ocall->in_size = ocall->request.in_size;
    ocall->out_size = ocall->request.out_size;
    return ocall->in_size <= WINDOW_INLINE_SIZE && ocall->out_size <= WINDOW_INLINE_SIZE;
}

enum { STREAM_STDOUT = 1, STREAM_LOG = 3 };

/* Attacker: the enclave, which chose the bytes: never a format. */
static void stream_write(struct view text)
{
    FILE *stream = text.size > 0 && text.data[0] == STREAM_STDOUT ? stdout : stderr;

    if (text.size > 1 && text.data[0] == STREAM_LOG && log_to_syslog()) {
        log_syslog(view_of(text.data + 1, text.size - 1));
        return;
    }
    if (text.size > 1) {
        fwrite(text.data + 1, 1, text.size - 1, stream);
        fflush(stream);
    }
}

static cc_enclave_result_t service_alloc(struct instance *instance, const struct ocall *ocall)
{
    uint64_t size;
    size_t offset;

    if (ocall->in_size != sizeof size || ocall->out_size != sizeof size)
        return CC_ERROR_BAD_PARAMETERS;
    memcpy(&size, ocall->in, sizeof size);
    if (!heap_take(&instance->heap, size, HEAP_ENCLAVE, &offset))
        return CC_ERROR_OUT_OF_MEMORY;
    size = offset;
    memcpy(ocall->out, &size, sizeof size);
    return CC_SUCCESS;
}

static cc_enclave_result_t service_free(struct instance *instance, const struct ocall *ocall)
{
    uint64_t offset;

    if (ocall->in_size != sizeof offset)
        return CC_ERROR_BAD_PARAMETERS;
    memcpy(&offset, ocall->in, sizeof offset);
    return heap_give(&instance->heap, offset, HEAP_ENCLAVE) == HEAP_GIVEN ? CC_SUCCESS
                                                                          : CC_ERROR_BAD_PARAMETERS;
}

static cc_enclave_result_t service_run(struct call *call, const struct ocall *ocall)
{
    switch (ocall->request.function) {
    case SERVICE_WRITE:
        stream_write(view_of(ocall->in, ocall->in_size));
        return CC_SUCCESS;
    case SERVICE_ALLOC:
        return service_alloc(call->instance, ocall);
    case SERVICE_FREE:
        return service_free(call->instance, ocall);
    default:
        return CC_ERROR_OCALL_NOT_ALLOWED;
    }
}

static inline cc_enclave_result_t handler_run(struct call *call, const struct ocall *ocall)
{
    return call->ocalls->ocalls[ocall->request.function](
        ocall->in_size > 0 ? ocall->in : NULL, ocall->in_size,
        ocall->out_size > 0 ? ocall->out : NULL, ocall->out_size);
}

static __attribute__((cold, noinline)) cc_enclave_result_t
handler_run_traced(struct call *call, const struct ocall *ocall)
{
    struct trace_sample sample;
    cc_enclave_result_t rc;

    trace_sample_begin(&sample, ocall->in_size, ocall->out_size);
    rc = handler_run(call, ocall);
    trace_ocall(call->instance->traced, ocall->request.function, &sample, rc);
    return rc;
}

static inline bool is_traced(const struct call *call)
{
#ifdef SECGEAR_UNTRACED /* for bench: what looking for that costs */
    (void)call;
    return false;
#else
    return call->instance->traced != NULL;
#endif
}

static cc_enclave_result_t function_run(struct call *call, const struct ocall *ocall)
{
    _Atomic uint32_t *note = &call->host->ocall;
    uint32_t outer = atomic_load_explicit(note, memory_order_relaxed);
    cc_enclave_result_t rc;

    if (call->ocalls == NULL || ocall->request.function >= call->ocalls->num)
        return CC_ERROR_OCALL_NOT_ALLOWED;
    atomic_store_explicit(note, ocall->request.function + 1u, memory_order_relaxed);
    rc = __builtin_expect(is_traced(call), 0) ? handler_run_traced(call, ocall)
                                              : handler_run(call, ocall);
    atomic_store_explicit(note, outer, memory_order_relaxed);
    return rc;
}

static cc_enclave_result_t ocall_run(struct call *call, const struct ocall *ocall)
{
    return ocall->request.kind == SLOT_KIND_SERVICE ? service_run(call, ocall)
                                                    : function_run(call, ocall);
}

/* As it was written: a larger read would have to wait until the write is in the cache. */
static inline void answer_put(uint8_t *to, const uint8_t out[static WINDOW_INLINE_SIZE],
                              size_t size)
{
    if (size == sizeof(uint32_t))
        memcpy(to, out, sizeof(uint32_t));
    else if (size == sizeof(uint64_t))
        memcpy(to, out, sizeof(uint64_t));
    else
        memcpy(to, out, WINDOW_INLINE_SIZE);
}

/* Within the line: the copy of it is private as it is. */
static void ocall_handle_inline(struct call *call, struct ocall *ocall)
{
    uint8_t out[WINDOW_INLINE_SIZE] __attribute__((aligned(WINDOW_FRAME_ALIGN))) = {0};
    cc_enclave_result_t rc;

    ocall->in = ocall->request.payload;
    ocall->out = out;
    rc = ocall_run(call, ocall);
    if (rc == CC_SUCCESS)
        answer_put(call->slot->payload, out, ocall->out_size);
    call->slot->status = (uint32_t)rc;
}

/* Attacker: the enclave. The handler sees private copies. */
static void ocall_handle(struct call *call, struct ocall *ocall, uint8_t *room)
{
    uint8_t *place = (uint8_t *)call->instance->window + ocall->place.offset;
    cc_enclave_result_t rc;

    ocall->in = room;
    ocall->out = room + frame_align(ocall->in_size);
    memcpy(room, place, ocall->in_size);
    memset(ocall->out, 0, frame_align(ocall->out_size));
    rc = ocall_run(call, ocall);
    if (rc == CC_SUCCESS)
        memcpy(place, ocall->out, ocall->out_size);
    call->slot->status = (uint32_t)rc;
}

static __attribute__((noinline)) void ocall_handle_small(struct call *call, struct ocall *ocall)
{
    uint8_t room[OCALL_STACK_ROOM] __attribute__((aligned(WINDOW_FRAME_ALIGN)));

    ocall_handle(call, ocall, room);
}

static __attribute__((noinline)) void ocall_handle_large(struct call *call, struct ocall *ocall,
                                                         size_t size)
{
    uint8_t *room = malloc(size);

    if (room == NULL) {
        call->slot->status = CC_ERROR_OUT_OF_MEMORY;
        return;
    }
    ocall_handle(call, ocall, room);
    free(room);
}

void ocall_serve(struct call *call)
{
    struct ocall ocall; /* each field is set before it is used; clearing it all takes time */
    size_t size;

    slot_load_head(call->slot, &ocall.request);
    slot_load_payload(call->slot,
                      (ocall.request.flags & SLOT_FLAG_INDIRECT) ? WINDOW_INLINE_SIZE
                                                                 : ocall.request.in_size,
                      &ocall.request);
    if (!ocall_measure(call->instance, &ocall)) {
        call->slot->status = CC_ERROR_BAD_PARAMETERS;
        return;
    }
    size = frame_align(ocall.in_size) + frame_align(ocall.out_size);
    if (!ocall.indirect)
        ocall_handle_inline(call, &ocall);
    else if (size <= OCALL_STACK_ROOM)
        ocall_handle_small(call, &ocall);
    else
        ocall_handle_large(call, &ocall, size);
}
