/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "call.h"
#include "crash.h"
#include "ocall_workers.h"
#include "trace.h"
#include "wait.h"
#include "base/codes.h"
#include "base/detail.h"
#include <sched.h>
#include <time.h>
#include <string.h>

/* Reached without a function, as in base/detail.c. */
static _Thread_local struct call *innermost __attribute__((tls_model("initial-exec")));

bool call_is_inside(const struct instance *instance)
{
    for (const struct call *c = innermost; c != NULL; c = c->outer)
        if (c->instance == instance)
            return true;
    return false;
}

static struct call *call_outer_of(const struct instance *instance)
{
    struct call *c = innermost;

    while (c != NULL && (c->instance != instance || c->apart))
        c = c->outer;
    return c;
}

/*
 * How it ended is known a moment after that it ended, and not at all when the device ended as well.
 */
static uint32_t end_await(struct instance *instance)
{
    const struct timespec moment = {.tv_nsec = 100 * 1000 * 1000};
    struct window_control *control = instance->window;
    uint32_t how = atomic_load(&control->ended);

    if (how == 0 && atomic_load(&control->dead) != 0) {
        syscall(SYS_futex, &control->ended, FUTEX_WAIT, 0, &moment, NULL, 0);
        how = atomic_load(&control->ended);
    }
    return how;
}

cc_enclave_result_t call_dead(struct instance *instance)
{
    uint32_t how = end_await(instance);
    char text[WINDOW_ENDED_TEXT_ROOM];

    crash_say(instance, how);
    if (how == 0)
        return detail_fail(CC_ERROR_ENCLAVE_DEAD,
                           "host: the enclave ended, by a destroy or with its device");
    window_ended_text(how, text);
    return detail_fail(CC_ERROR_ENCLAVE_DEAD, "host: the enclave ended by %s", text);
}

cc_enclave_result_t call_frame_take(struct call *call, size_t in_size, size_t out_size,
                                    struct call_frame *frame)
{
    struct slot_host *host = call->host;
    size_t size;

    call->in_size = in_size;
    call->out_size = out_size;
    frame->from_heap = false;
    frame->taken = 0;
    frame->indirect = in_size > WINDOW_INLINE_SIZE || out_size > WINDOW_INLINE_SIZE;
    if (!frame->indirect)
        return CC_SUCCESS;
    if (!frame_size_compute(in_size, out_size, &size))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: a call of %zu and %zu bytes", in_size,
                           out_size);
    if (size <= call->arena_size - host->arena_used) {
        frame->offset = call->arena + host->arena_used;
        frame->taken = size;
        host->arena_used += size;
        return CC_SUCCESS;
    }
    frame->from_heap = heap_take(&call->instance->heap, size, HEAP_FRAME, &frame->offset);
    return frame->from_heap ? CC_SUCCESS : instance_window_full(call->instance, size);
}

void call_frame_give(struct call *call, const struct call_frame *frame)
{
    if (frame->from_heap)
        heap_give(&call->instance->heap, frame->offset, HEAP_FRAME);
    call->host->arena_used -= frame->taken;
}

/* The frame, with each lent part from where it is. */
static void frame_fill(uint8_t *place, const struct call_buffers *buffers,
                       const cc_lent_list_t *lent)
{
    const uint8_t *in = buffers->in;
    size_t at = 0;

    for (uint32_t i = 0; i < lent->count; i++) {
        const cc_lent_t *part = &lent->each[i];

        memcpy(place + at, in + at, part->at - at);
        memcpy(place + part->at, part->data, part->size);
        at = part->at + part->size;
    }
    if (buffers->in_size > at)
        memcpy(place + at, in + at, buffers->in_size - at);
}

void answer_copy(void *to, const uint8_t *answer, size_t from, size_t end, size_t size)
{
    size_t there = size > from ? (size < end ? size : end) - from : 0;

    if (there > 0)
        memcpy(to, answer + from, there);
    if (end - from > there)
        memset((uint8_t *)to + there, 0, end - from - there);
}

/* Straight to where each part belongs. */
static void answer_spread(const struct call_buffers *buffers, const cc_lent_list_t *lent,
                          const uint8_t *answer, size_t size)
{
    uint8_t *out = buffers->out;
    size_t at = 0;

    for (uint32_t i = 0; i < lent->count; i++) {
        const cc_lent_t *part = &lent->each[i];

        answer_copy(out + at, answer, at, part->at, size);
        answer_copy(part->data, answer, part->at, part->at + part->size, size);
        at = part->at + part->size;
    }
    answer_copy(out + at, answer, at, buffers->out_size, size);
}

static void request_write(struct call *call, uint32_t function, const struct call_buffers *buffers,
                          const struct call_frame *frame)
{
    struct window_slot *slot = call->slot;
    uint8_t *place =
        frame->indirect ? (uint8_t *)call->instance->window + frame->offset : slot->payload;

    if (call->in_lent != NULL)
        frame_fill(place, buffers, call->in_lent);
    else if (buffers->in_size > 0)
        memcpy(place, buffers->in, buffers->in_size);
    if (frame->indirect) {
        struct slot_frame indirect = {frame->offset, buffers->in_size, buffers->out_size};

        frame_encode(slot, &indirect);
    } else {
        slot->flags = 0;
        slot->in_size = (uint8_t)buffers->in_size;
        slot->out_size = (uint8_t)buffers->out_size;
    }
    slot->function = (uint16_t)function;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->cpu = (uint16_t)cpu_here();
}

/* Bytes of the answer, as the enclave claims: any number. */
static uint64_t reply_size(const struct window_slot *reply, const struct call_frame *frame)
{
    struct slot_frame claimed;

    if (!frame->indirect)
        return reply->out_size;
    memcpy(&claimed, reply->payload, sizeof claimed);
    return claimed.out_size;
}

cc_enclave_result_t call_reply(struct call *call, const struct call_frame *frame,
                               struct window_slot *ret_copy, const uint8_t **ret_answer,
                               size_t *ret_size)
{
    const uint8_t *window = call->instance->window;

    slot_load(call->slot, ret_copy);
    if (ret_copy->status == CC_ERROR_OUT_OF_MEMORY)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                           "enclave: no memory for a call of %zu and %zu bytes: its heap has %zu, "
                           "HeapMaxSize (Enclave.config.xml) or gpd.ta.dataSize (manifest.txt)",
                           call->in_size, call->out_size, call->instance->enclave_heap_size);
    if (ret_copy->status != CC_SUCCESS)
        return detail_fail(status_of(ret_copy->status),
                           "enclave: its side of the call answered with code %#x",
                           ret_copy->status);
    *ret_size = reply_size(ret_copy, frame);
    *ret_answer = frame->indirect ? window + frame->offset : ret_copy->payload;
    return CC_SUCCESS;
}

/* Its answer goes where we made room; what it left out reads as zero. */
static cc_enclave_result_t reply_read(struct call *call, const struct call_buffers *buffers,
                                      const struct call_frame *frame)
{
    const uint8_t *answer;
    struct window_slot reply;
    size_t size;
    cc_enclave_result_t rc = call_reply(call, frame, &reply, &answer, &size);

    if (rc != CC_SUCCESS || buffers->out_size == 0)
        return rc;
    if (call->out_lent != NULL)
        answer_spread(buffers, call->out_lent, answer, size);
    else
        answer_copy(buffers->out, answer, 0, buffers->out_size, size);
    return CC_SUCCESS;
}

/* Two nested calls share a slot: after the inner one the slot belongs to the outer again. */
static cc_enclave_result_t call_exchange(struct call *call)
{
    enum slot_state say = SLOT_ECALL, heard;

    for (;;) {
        slot_publish(call, say);
        ocall_let(call);
        heard = slot_wait(call);
        if (heard != SLOT_OCALL)
            break;
        ocall_serve(call);
        say = SLOT_OCALL_DONE;
    }
    return heard == SLOT_ECALL_DONE ? CC_SUCCESS : call_dead(call->instance);
}

/*
 * A call that is refused, as there is none to make. Each thread of an enclave starts the next one
 * when it is first called: whoever took a slot calls, or those on slots behind it wait for ever.
 */
static cc_enclave_result_t slot_knock(struct call *call)
{
    struct window_slot *slot = call->slot;

    call->ocalls = NULL;
    slot->flags = slot->in_size = slot->out_size = 0;
    slot->function = 0;
    slot->kind = SLOT_KIND_SERVICE;
    slot->cpu = (uint16_t)cpu_here();
    return call_exchange(call);
}

void call_serve(struct call *call)
{
    call->outer = innermost;
    innermost = call;
    ocall_serve(call);
    innermost = call->outer;
}

CALL_FORM call_on_slot(struct call *call, uint32_t function, const struct call_buffers *buffers,
                       struct trace_sample *sample)
{
    struct call_frame frame = {.indirect = false};
    cc_enclave_result_t rc = call_frame_take(call, buffers->in_size, buffers->out_size, &frame);

    if (rc != CC_SUCCESS && call->depth == 0 && slot_knock(call) != CC_SUCCESS)
        return CC_ERROR_ENCLAVE_DEAD;
    if (rc != CC_SUCCESS)
        return rc;
    request_write(call, function, buffers, &frame);
    if (sample != NULL) /* an enclave that refuses the call writes none */
        atomic_store_explicit(window_within_at(call->slot), 0, memory_order_relaxed);
    atomic_store_explicit(&call->host->ecall, function + 1, memory_order_relaxed);
    call->outer = innermost;
    innermost = call;
    rc = call_exchange(call);
    innermost = call->outer;
    if (sample != NULL)
        sample->within_ns =
            atomic_load_explicit(window_within_at(call->slot), memory_order_relaxed);
    if (rc == CC_SUCCESS)
        rc = reply_read(call, buffers, &frame);
    call_frame_give(call, &frame);
    return rc;
}

/* On the slot of the call whose ocall this thread serves. */
static void call_continue(struct call *call, const struct call *outer)
{
    call->index = outer->index;
    call->depth = outer->depth + 1;
    call->task = outer->task;
    call->number = outer->number;
    call->serving = true; /* whoever answers the ocall around it */
    call->slot = outer->slot;
    call->host = outer->host;
    call->arena = outer->arena;
    call->arena_size = outer->arena_size;
}

/* Plain load and store: the slot's holder is the only writer. */
static void call_count(struct instance *instance, uint32_t index)
{
    _Atomic uint64_t *calls = window_calls_at(instance->window, &instance->layout, index);

    atomic_store_explicit(calls, atomic_load_explicit(calls, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* The whole of an ecall, ocalls and all, from within the instance. */
CALL_FORM call_run(struct instance *instance, uint32_t function, const struct call_buffers *buffers,
                   const cc_lent_call_t *lent, struct trace_sample *sample)
{
    struct call call = {.instance = instance,
                        .ocalls = lent->ocall_table,
                        .in_lent = lent->in_lent,
                        .out_lent = lent->out_lent};
    struct call *outer = call_outer_of(instance);
    cc_enclave_result_t rc;

    if (function > UINT16_MAX)
        return detail_fail(CC_ERROR_INVALID_CMD, "host: function %u", function);
    if (atomic_load(&instance->dead))
        return call_dead(instance);
    if (outer != NULL) {
        call_continue(&call, outer);
        if (call.depth >= WINDOW_DEPTH_MAX) /* an enclave may not keep to it, and our stack ends */
            return detail_fail(CC_ERROR_ECALL_NOT_ALLOWED,
                               "host: %d calls of one enclave within each other", WINDOW_DEPTH_MAX);
    } else {
        if (sample != NULL)
            sample->waited = !slot_is_free(instance);
        rc = slot_take(instance, &call.index);
        if (rc != CC_SUCCESS)
            return call_dead(instance);
        call.slot = window_slot_at(instance->window, &instance->layout, call.index);
        call.host = &instance->slots[call.index];
        call.arena = instance->layout.arenas + (size_t)call.index * WINDOW_ARENA_SIZE;
        call.arena_size = WINDOW_ARENA_HALF;
        if (sample != NULL)
            trace_inside(instance->traced, sample);
    }
    if (!call.task)
        call_count(instance, call.index);
    if (outer == NULL)
        ocalls_open(&call);
    rc = call_on_slot(&call, function, buffers, sample);
    if (outer == NULL) {
        if (sample != NULL)
            trace_outside(instance->traced);
        ocalls_close(&call);
        slot_give(instance, call.index);
    }
    return rc;
}

CALL_FORM call_enter(cc_enclave_t *enclave, uint32_t function, const cc_lent_call_t *lent,
                     struct trace_sample *sample)
{
    struct call_buffers buffers = {lent->in, lent->in_size, lent->out, lent->out_size};
    struct instance *instance;
    cc_enclave_result_t rc;

    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    rc = call_run(instance, function, &buffers, lent, sample);
    instance_leave(instance);
    return rc;
}

cc_enclave_result_t call_enclave(cc_enclave_t *enclave, uint32_t function, const void *in,
                                 size_t in_size, void *out, size_t out_size, void *ms,
                                 const void *ocalls)
{
    cc_lent_call_t whole = {in, in_size, out, out_size, NULL, NULL, ocalls};

    (void)ms;
    return call_enter(enclave, function, &whole, NULL);
}

/* In order, without overlap, inside the frame; a frame that fits the slot's line lends nothing. */
static bool lent_fits(const cc_lent_list_t *lent, size_t frame_size)
{
    size_t at = 0;

    if (lent == NULL || lent->count > CC_LENT_MAX)
        return false;
    for (uint32_t i = 0; i < lent->count; i++) {
        const cc_lent_t *part = &lent->each[i];

        if (part->data == NULL || part->at < at || !range_within(part->at, part->size, frame_size))
            return false;
        at = part->at + part->size;
    }
    return true;
}

static cc_enclave_result_t lent_check(const cc_lent_call_t *lent)
{
    if (lent_fits(lent->in_lent, lent->in_size) && lent_fits(lent->out_lent, lent->out_size))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_BAD_PARAMETERS,
                       "host: parts of a call's frame that do not lie in it, or overlap");
}

cc_enclave_result_t call_enclave_lent(cc_enclave_t *enclave, uint32_t function,
                                      const cc_lent_call_t *lent)
{
    cc_enclave_result_t rc;

    detail_clear();
    rc = lent_check(lent);
    return rc == CC_SUCCESS ? call_enter(enclave, function, lent, NULL) : rc;
}

cc_enclave_result_t call_enclave_timed(cc_enclave_t *enclave, uint32_t function,
                                       const cc_lent_call_t *lent, struct trace_sample *sample)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    detail_clear();
    if (lent->in_lent != NULL || lent->out_lent != NULL)
        rc = lent_check(lent);
    return rc == CC_SUCCESS ? call_enter(enclave, function, lent, sample) : rc;
}
