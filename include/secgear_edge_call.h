/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_edge_call.h - the half of secgear_edge.h that calls: measure both frames, find room, fill
 * in, call, read out. Large plain buffers of ecalls do not pass through the frames: the wrapper
 * lends them to the runtime, which copies them once, straight from and to the application's memory.
 *
 * Generated code only. C99 and C++17. Threads: one per cc_edge_t.
 */
#ifndef SECGEAR_EDGE_CALL_H
#define SECGEAR_EDGE_CALL_H

#include "secgear_edge.h"

CC_EDGE_HOT cc_edge_t cc_edge_caller(size_t in_head_size, size_t out_head_size)
{
    cc_edge_t e;

    cc_edge_begin(&e);
    e.in_size = in_head_size;
    e.out_size = out_head_size;
    return e;
}

/* Before cc_edge_place(): the frame will hold one more payload. */
static inline void cc_edge_need(cc_edge_t *e, size_t *frame_size, bool present, size_t size)
{
    size_t at;

    if (!present || e->rc != CC_SUCCESS)
        return;
    at = cc_edge_aligned(e, *frame_size);
    if (e->rc != CC_SUCCESS || size > (size_t)PTRDIFF_MAX - at) {
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
        return;
    }
    *frame_size = at + size;
}

static inline void cc_edge_need_in(cc_edge_t *e, bool present, size_t size)
{
    cc_edge_need(e, &e->in_size, present, size);
}

static inline void cc_edge_need_out(cc_edge_t *e, bool present, size_t size)
{
    cc_edge_need(e, &e->out_size, present, size);
}

/* A plain buffer: the runtime writes into it, when it is large. */
static inline void cc_edge_need_out_lent(cc_edge_t *e, void *data, size_t size)
{
    cc_edge_need_out(e, data != NULL, size);
    if (e->rc == CC_SUCCESS)
        (void)cc_edge_lend(&e->out_lent, data, e->out_size - size, size);
}

/* Finds room for both frames, in the caller's stack or on the heap. The runtime writes all of out
 * before it reports success, and nothing of it is looked at otherwise. */
static inline void cc_edge_place(cc_edge_t *e, cc_edge_room_t *room)
{
    size_t in_room = cc_edge_aligned(e, e->in_size);

    if (e->rc == CC_SUCCESS && e->out_size > (size_t)PTRDIFF_MAX - in_room)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS)
        return;
    e->block_size = in_room + e->out_size;
    e->block = room->bytes;
    if (e->block_size > CC_EDGE_ROOM_SIZE) {
        e->heap = malloc(e->block_size);
        e->block = (uint8_t *)e->heap;
        if (e->block == NULL) {
            cc_edge_fail(e, CC_ERROR_OUT_OF_MEMORY);
            return;
        }
    }
    e->in = e->in_size > 0 ? e->block : NULL;
    e->out = e->out_size > 0 ? e->block + in_room : NULL;
}

/* Next bytes of the in head. */
static inline void cc_edge_put(cc_edge_t *e, const void *value, size_t size)
{
    if (e->rc == CC_SUCCESS && size > e->in_size - e->in_at)
        cc_edge_fail(e, CC_ERROR_UNEXPECTED);
    if (e->rc != CC_SUCCESS)
        return;
    memcpy(e->in + e->in_at, value, size);
    e->in_at += size;
}

static inline void cc_edge_put_flag(cc_edge_t *e, bool present)
{
    uint8_t flag = present ? 1 : 0;

    cc_edge_put(e, &flag, sizeof(flag));
}

static inline void cc_edge_put_u64(cc_edge_t *e, uint64_t value)
{
    cc_edge_put(e, &value, sizeof(value));
}

/* Next payload of in; the copy in the frame. */
static inline void *cc_edge_put_buffer(cc_edge_t *e, const void *data, size_t size)
{
    size_t at;

    if (data == NULL || e->rc != CC_SUCCESS)
        return NULL;
    at = cc_edge_aligned(e, e->in_at);
    if (at > e->in_size || size > e->in_size - at) /* another thread changed a size meanwhile */
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS)
        return NULL;
    memset(e->in + e->in_at, 0, at - e->in_at);
    if (size > 0)
        memcpy(e->in + at, data, size);
    e->in_at = at + size;
    return e->in + at;
}

/* A plain buffer: the runtime reads it where it is, when it is large. */
static inline void cc_edge_put_lent(cc_edge_t *e, const void *data, size_t size)
{
    size_t at;

    if (size < CC_EDGE_LEND_MIN || data == NULL || e->rc != CC_SUCCESS) {
        (void)cc_edge_put_buffer(e, data, size);
        return;
    }
    at = cc_edge_aligned(e, e->in_at);
    if (at > e->in_size || size > e->in_size - at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    else if (!cc_edge_lend(&e->in_lent, data, at, size))
        (void)cc_edge_put_buffer(e, data, size);
    else {
        memset(e->in + e->in_at, 0, at - e->in_at);
        e->in_at = at + size;
    }
}

/* Before the call: nothing of the in frame may be left unwritten. */
static inline bool cc_edge_sealed(cc_edge_t *e)
{
    if (e->rc == CC_SUCCESS && e->in_at != e->in_size)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    return e->rc == CC_SUCCESS;
}

/* After the call: next bytes of the out head; a NULL value is skipped. */
static inline void cc_edge_get(cc_edge_t *e, void *value, size_t size)
{
    if (e->rc == CC_SUCCESS && size > e->out_size - e->out_at)
        cc_edge_fail(e, CC_ERROR_UNEXPECTED);
    if (e->rc != CC_SUCCESS)
        return;
    if (value != NULL)
        memcpy(value, e->out + e->out_at, size);
    e->out_at += size;
}

/* A bool whose byte the other side chose. */
static inline bool cc_edge_get_bool(cc_edge_t *e)
{
    uint8_t byte = 0;

    cc_edge_get(e, &byte, sizeof(byte));
    return byte != 0;
}

/* Next payload of out, still in the frame; NULL when absent. */
static inline void *cc_edge_get_frame(cc_edge_t *e, bool present, size_t size)
{
    size_t at;

    if (!present || e->rc != CC_SUCCESS)
        return NULL;
    at = cc_edge_aligned(e, e->out_at);
    if (at > e->out_size || size > e->out_size - at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    else if (e->out_got < e->out_lent.count && at + size > e->out_lent.each[e->out_got].at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS); /* the frame has no bytes there */
    if (e->rc != CC_SUCCESS)
        return NULL;
    e->out_at = at + size;
    return e->out + at;
}

/* From the frame to where the caller wants it, if both are there. */
static inline void cc_edge_copy(cc_edge_t *e, void *data, const void *frame, size_t size)
{
    if (e->rc == CC_SUCCESS && data != NULL && frame != NULL && size > 0)
        memcpy(data, frame, size);
}

static inline void cc_edge_get_buffer(cc_edge_t *e, void *data, size_t size)
{
    void *frame = cc_edge_get_frame(e, data != NULL, size);

    if (frame != NULL && size > 0)
        memcpy(data, frame, size);
}

/* The same for a buffer that may have been lent: then the bytes are there already. They are others
 * when a thread has moved sizes between deep structs since the frame was measured. */
static inline void cc_edge_get_lent(cc_edge_t *e, void *data, size_t size)
{
    const cc_lent_t *lent;

    if (e->out_got == e->out_lent.count || e->out_lent.each[e->out_got].data != data ||
        e->out_lent.each[e->out_got].size != size) {
        cc_edge_get_buffer(e, data, size);
        return;
    }
    lent = &e->out_lent.each[e->out_got++];
    (void)cc_edge_get_frame(e, true, size);
    if (e->rc == CC_SUCCESS && e->out_at != lent->at + size)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
}

/* A text that comes back ends inside its buffer, whatever the other side wrote. */
static inline void cc_edge_get_string(cc_edge_t *e, void *data, size_t size, size_t unit)
{
    cc_edge_get_buffer(e, data, size);
    if (data != NULL && e->rc == CC_SUCCESS && size >= unit)
        memset((uint8_t *)data + size - unit, 0, unit);
}

static inline size_t cc_edge_string_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static inline size_t cc_edge_wstring_size(const wchar_t *text)
{
    return text == NULL ? 0 : (wcslen(text) + 1) * sizeof(wchar_t);
}

CC_EDGE_HOT const struct cc_enclave_ops *cc_edge_ops(const cc_enclave_t *enclave)
{
    const struct list_ops_desc *node = NULL;

    if (enclave != NULL && enclave->used_flag) /* once: a destroy may be clearing the struct */
        node = __atomic_load_n(&enclave->list_ops_node, __ATOMIC_RELAXED);
    return node != NULL && node->ops_desc != NULL ? node->ops_desc->ops : NULL;
}

/* For an engine, or a test's stand-in, that takes whole frames only. */
static inline cc_enclave_result_t cc_edge_ecall_whole(cc_edge_t *e, cc_enclave_t *enclave,
                                                      uint32_t id, const void *ocalls)
{
    cc_enclave_result_t rc;
    uint32_t i;

    for (i = 0; i < e->in_lent.count; i++)
        memcpy(e->in + e->in_lent.each[i].at, e->in_lent.each[i].data, e->in_lent.each[i].size);
    for (i = 0; i < e->out_lent.count; i++)
        memset(e->out + e->out_lent.each[i].at, 0, e->out_lent.each[i].size);
    e->in_lent.count = 0; /* wiped in the end like the rest */
    rc =
        cc_enclave_call_function(enclave, id, e->in, e->in_size, e->out, e->out_size, NULL, ocalls);
    for (i = 0; rc == CC_SUCCESS && i < e->out_lent.count; i++)
        memcpy(e->out_lent.each[i].data, e->out + e->out_lent.each[i].at, e->out_lent.each[i].size);
    for (i = 0; i < e->out_lent.count; i++)
        cc_edge_wipe(e->out + e->out_lent.each[i].at, e->out_lent.each[i].size);
    return rc;
}

static inline cc_enclave_result_t cc_edge_ecall(cc_edge_t *e, cc_enclave_t *enclave, uint32_t id,
                                                const void *ocalls)
{
    const struct cc_enclave_ops *ops;
    cc_lent_call_t call;

    if (e->in_lent.count + e->out_lent.count == 0)
        return cc_enclave_call_function(enclave, id, e->in, e->in_size, e->out, e->out_size, NULL,
                                        ocalls);
    ops = cc_edge_ops(enclave);
    if (ops == NULL || ops->cc_ecall_lent == NULL)
        return cc_edge_ecall_whole(e, enclave, id, ocalls);
    call.in = e->in;
    call.in_size = e->in_size;
    call.out = e->out;
    call.out_size = e->out_size;
    call.in_lent = &e->in_lent;
    call.out_lent = &e->out_lent;
    call.ocall_table = ocalls;
    return ops->cc_ecall_lent(enclave, id, &call);
}

#endif
