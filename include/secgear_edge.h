/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_edge.h - how codegen's functions lay a call out in bytes; both sides of the boundary use
 * the same few cursor functions, so that generated code reads as the function's parameter list.
 *
 * A call is two frames, in (to the callee) and out (back). Each is a head without padding, then
 * payloads that begin at multiples of 16:
 *
 *   in head    for each parameter in order: a value's bytes; one byte 0/1 for a pointer (NULL or
 *              not); a string's size in bytes with its terminator, u64, 0 for NULL. A switchless
 *              ecall also takes 2 for a pointer: its address in shared memory follows, u64, and
 *              neither body has it
 *   in body    for each [in] or [in,out] pointer that is not NULL: its bytes
 *   out head   the function's value, then errno if the EDL says propagate_errno
 *   out body   for each [out] or [in,out] pointer that is not NULL: its bytes
 *
 * The size of a buffer is not in the frame: each side computes it from the values that size= and
 * count= name, and the callee demands that both frames end exactly where its computation ends. So
 * there is no second size that could disagree.
 *
 * Everything is sticky: after the first failure rc holds its code, and each later call does nothing
 * and yields zero, NULL or an empty buffer. The other side is hostile, whichever side that is.
 *
 * Generated code only. C99 and C++17. Threads: one per cc_edge_t.
 */
#ifndef SECGEAR_EDGE_H
#define SECGEAR_EDGE_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifdef __cplusplus
#include <type_traits>
#endif

#include "enclave_internal.h"
#include "status.h"

#define CC_EDGE_ALIGN 16u
#define CC_EDGE_ROOM_SIZE 12288u /* calls up to this size need no heap */
#define CC_EDGE_LEND_MIN 512u    /* smaller buffers are copied into the frame */

typedef struct _cc_edge_room {
    uint8_t bytes[CC_EDGE_ROOM_SIZE] __attribute__((aligned(16)));
} cc_edge_room_t;

typedef struct _cc_edge {
    cc_enclave_result_t rc; /* the first failure; never goes back to CC_SUCCESS */
    uint8_t *in;            /* private to this side */
    size_t in_size;
    size_t in_at;
    uint8_t *out; /* private to this side */
    size_t out_size;
    size_t out_at;
    uint8_t *block;        /* what in and out stand in; wiped at the end */
    size_t block_size;     /* bytes of block that were used */
    void *heap;            /* block, when it is to be freed; else NULL */
    uint8_t *final_out;    /* callee: the runtime's out buffer when it was not aligned, else NULL */
    cc_lent_list_t *reply; /* callee: parts of out that stand in the in frame, or NULL */
    cc_lent_list_t in_lent, out_lent; /* caller: parts that stand where the application has them */
    uint32_t out_got;                 /* caller: how many of out_lent were passed on the way back */
} cc_edge_t;

/* ---------------------------------------------------------------------------------- both sides */

#ifdef __cplusplus
#define CC_EDGE_ASSERT(condition, text) static_assert(condition, text)
#else
#define CC_EDGE_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* size= and count= take integers; whether a type of the user's headers is one, compilers know. */
#ifdef __cplusplus
#define CC_EDGE_INTEGER(amount, text)                                                              \
    CC_EDGE_ASSERT(                                                                                \
        std::is_integral<decltype(amount)>::value || std::is_enum<decltype(amount)>::value, text)
#else /* classes 1 to 4 are integer, character, enumeration and bool */
#define CC_EDGE_INTEGER(value, text)                                                               \
    CC_EDGE_ASSERT(__builtin_classify_type(value) >= 1 && __builtin_classify_type(value) <= 4, text)
#endif

/* Generated code has variables of a parameter's type, and fills them in. */
#ifdef __cplusplus
#define CC_EDGE_PLAIN(type, text)                                                                  \
    CC_EDGE_ASSERT(!std::is_const<type>::value && !std::is_volatile<type>::value, text)
#else
#define CC_EDGE_PLAIN(type, text)                                                                  \
    CC_EDGE_ASSERT(!__builtin_types_compatible_p(type *, const type *) &&                          \
                       !__builtin_types_compatible_p(type *, volatile type *),                     \
                   text)
#endif

/* On the way of every call; and what hardly any call comes to. */
#define CC_EDGE_HOT static inline __attribute__((always_inline))
#define CC_EDGE_COLD static __attribute__((cold, noinline, unused))

static inline void cc_edge_fail(cc_edge_t *e, cc_enclave_result_t rc)
{
    if (e->rc == CC_SUCCESS)
        e->rc = rc;
}

static inline bool cc_edge_ok(const cc_edge_t *e)
{
    return e->rc == CC_SUCCESS;
}

/* The compiler must assume that the bytes are looked at afterwards. */
static inline void cc_edge_wipe(void *data, size_t size)
{
    if (size == 0)
        return;
    memset(data, 0, size);
    __asm__ __volatile__("" : : "r"(data) : "memory");
}

/*
 * unit * count bytes, 0 for an absent buffer. Negative numbers arrive here as numbers above the
 * limit, since generated code casts them to uint64_t.
 */
static inline size_t cc_edge_size(cc_edge_t *e, bool present, uint64_t unit, uint64_t count)
{
    if (!present || e->rc != CC_SUCCESS)
        return 0;
    if (unit > (uint64_t)PTRDIFF_MAX || count > (uint64_t)PTRDIFF_MAX ||
        (unit != 0 && count > (uint64_t)PTRDIFF_MAX / unit)) {
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
        return 0;
    }
    return (size_t)(unit * count);
}

/* Number of elements; a size that is no multiple of the element fails. */
static inline size_t cc_edge_count(cc_edge_t *e, size_t size, size_t element_size)
{
    if (e->rc != CC_SUCCESS)
        return 0;
    if (size % element_size != 0) {
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
        return 0;
    }
    return size / element_size;
}

/* Where a payload begins that follows at bytes; 0 with a failure when no such size exists. */
static inline size_t cc_edge_aligned(cc_edge_t *e, size_t at)
{
    if (at > (size_t)PTRDIFF_MAX - CC_EDGE_ALIGN) {
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
        return 0;
    }
    return (at + CC_EDGE_ALIGN - 1) / CC_EDGE_ALIGN * CC_EDGE_ALIGN;
}

/* Field by field: the lists are long, and their elements are written before they count. */
CC_EDGE_HOT void cc_edge_begin(cc_edge_t *e)
{
    e->rc = CC_SUCCESS;
    e->in = NULL;
    e->in_size = 0;
    e->in_at = 0;
    e->out = NULL;
    e->out_size = 0;
    e->out_at = 0;
    e->block = NULL;
    e->block_size = 0;
    e->heap = NULL;
    e->final_out = NULL;
    e->reply = NULL;
    e->in_lent.count = 0;
    e->out_lent.count = 0;
    e->out_got = 0;
}

/* Zeroes a frame but for what is lent. */
static inline void cc_edge_clear(uint8_t *frame, size_t size, const cc_lent_list_t *lent)
{
    size_t at = 0;
    uint32_t i;

    for (i = 0; i < lent->count; i++) {
        memset(frame + at, 0, lent->each[i].at - at);
        at = lent->each[i].at + lent->each[i].size;
    }
    if (size > at)
        memset(frame + at, 0, size - at);
}

/* Whether size bytes at `at` of the frame stay where they are. */
static inline bool cc_edge_lend(cc_lent_list_t *list, const void *data, size_t at, size_t size)
{
    cc_lent_t *lent;

    if (data == NULL || size < CC_EDGE_LEND_MIN || list->count == CC_LENT_MAX)
        return false;
    lent = &list->each[list->count++];
    lent->data = (void *)(uintptr_t)data;
    lent->at = at;
    lent->size = size;
    return true;
}

/* Nothing of a call stays behind in its frames. */
CC_EDGE_COLD void cc_edge_block_wipe(cc_edge_t *e)
{
    if (e->in_lent.count + e->out_lent.count == 0) {
        cc_edge_wipe(e->block, e->block_size);
        return;
    }
    cc_edge_clear(e->block, e->block_size - e->out_size, &e->in_lent);
    cc_edge_clear(e->block + e->block_size - e->out_size, e->out_size, &e->out_lent);
    __asm__ __volatile__("" : : "r"(e->block) : "memory");
}

/* Releases the frames; the code of the call. */
CC_EDGE_HOT cc_enclave_result_t cc_edge_end(cc_edge_t *e)
{
    if (e->block != NULL)
        cc_edge_block_wipe(e);
    if (e->heap != NULL) /* a pointer of its own: compilers see that it is no stack */
        free(e->heap);
    e->block = NULL;
    e->in = NULL;
    e->out = NULL;
    e->heap = NULL;
    return e->rc;
}

/* Bytes that will be read as bool are 0 or 1: others fail the call, or, with e NULL, become 1. */
static inline void cc_edge_bools(cc_edge_t *e, void *data, size_t size)
{
    uint8_t *byte = (uint8_t *)data;
    size_t i;

    if (data == NULL || (e != NULL && e->rc != CC_SUCCESS))
        return;
    for (i = 0; i < size; i++) {
        if (byte[i] > 1 && e != NULL)
            cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
        byte[i] = byte[i] != 0 ? 1 : 0;
    }
}

/* A type that a header of the user defines may be bool by another name. */
#ifdef __cplusplus
#define CC_EDGE_IS_BOOL(kind) (std::is_same<std::remove_cv<kind>::type, bool>::value)
#else
#define CC_EDGE_IS_BOOL(kind) (__builtin_types_compatible_p(kind, bool))
#endif
#define CC_EDGE_BOOLS(type, e, data, size)                                                         \
    do {                                                                                           \
        if (CC_EDGE_IS_BOOL(type))                                                                 \
            cc_edge_bools(e, (void *)(uintptr_t)(data), size);                                     \
    } while (0)

/* The bytes of a long double that are no part of its value hold what was there before. */
#if LDBL_MANT_DIG == 64
#define CC_EDGE_LONG_DOUBLE_SIZE 10u /* x87: 80 bits */
#else
#define CC_EDGE_LONG_DOUBLE_SIZE sizeof(long double)
#endif

static inline void cc_edge_clean_long_double(void *data, size_t size)
{
    uint8_t *byte = (uint8_t *)data;
    size_t i;

    for (i = 0; data != NULL && i < size; i++)
        if (i % sizeof(long double) >= CC_EDGE_LONG_DOUBLE_SIZE)
            byte[i] = 0;
}

/* The same for elements of a type that a header of the user defines, where the compiler can. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CC_EDGE_CLEAN(type, data, size)                                                            \
    do {                                                                                           \
        CC_EDGE_PLAIN(type, #type " is const or volatile: its padding can not be cleared");        \
        type *cc_e_at = (type *)(void *)(data);                                                    \
        size_t cc_e_left = (size);                                                                 \
        for (; cc_e_at != NULL && cc_e_left >= sizeof(type); cc_e_left -= sizeof(type), cc_e_at++) \
            __builtin_clear_padding(cc_e_at);                                                      \
    } while (0)
#endif
#endif
#ifndef CC_EDGE_CLEAN
#define CC_EDGE_CLEAN(type, data, size) ((void)(data), (void)(size))
#endif

/* ------------------------------------------------------------------------------------- callee */

/* Frames for a runtime that handed over buffers at odd addresses. */
CC_EDGE_COLD void cc_edge_realign(cc_edge_t *e)
{
    size_t in_room = cc_edge_aligned(e, e->in_size);

    if (e->rc == CC_SUCCESS && e->out_size > (size_t)PTRDIFF_MAX - in_room - 1)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS)
        return;
    e->block_size = in_room + e->out_size;
    e->heap = malloc(e->block_size + 1);
    e->block = (uint8_t *)e->heap;
    if (e->block == NULL) {
        cc_edge_fail(e, CC_ERROR_OUT_OF_MEMORY);
        return;
    }
    if (e->in_size > 0)
        memcpy(e->block, e->in, e->in_size);
    e->in = e->block;
    e->final_out = e->out;
    e->out = e->block + in_room;
}

/*
 * in and out are already private to this side (the runtime copied before it called), so what is
 * checked here can not change afterwards. out_head_size bytes of out are kept for the value.
 */
CC_EDGE_HOT void cc_edge_enter(cc_edge_t *e, const uint8_t *in, size_t in_size, uint8_t *out,
                               size_t out_size, size_t out_head_size)
{
    cc_edge_begin(e);
    e->in = (uint8_t *)(uintptr_t)in; /* ours, though the type says const */
    e->in_size = in_size;
    e->out = out != NULL ? out : e->in; /* with size 0: an address for empty buffers */
    e->out_size = out_size;
    e->out_at = out_head_size;
    if ((in == NULL && in_size > 0) || (out == NULL && out_size > 0) || out_head_size > out_size ||
        in_size > (size_t)PTRDIFF_MAX || out_size > (size_t)PTRDIFF_MAX)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    else if (((uintptr_t)in | (uintptr_t)out) % CC_EDGE_ALIGN != 0)
        cc_edge_realign(e);
    if (e->rc == CC_SUCCESS && out_head_size > 0)
        memset(e->out, 0, out_head_size);
}

/* Next bytes of the in head; zeroes after a failure. */
CC_EDGE_HOT void cc_edge_take(cc_edge_t *e, void *ret_value, size_t size)
{
    if (e->rc == CC_SUCCESS && size > e->in_size - e->in_at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS) {
        memset(ret_value, 0, size);
        return;
    }
    memcpy(ret_value, e->in + e->in_at, size);
    e->in_at += size;
}

/* One byte, 0 or 1: whether a pointer is there, or a bool. */
static inline bool cc_edge_take_flag(cc_edge_t *e)
{
    uint8_t flag;

    cc_edge_take(e, &flag, sizeof(flag));
    if (flag > 1)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    return flag == 1;
}

static inline uint64_t cc_edge_take_u64(cc_edge_t *e)
{
    uint64_t value;

    cc_edge_take(e, &value, sizeof(value));
    return value;
}

/* Next payload of in; NULL when absent or after a failure. Aligned to 16 bytes. */
static inline void *cc_edge_take_buffer(cc_edge_t *e, bool present, size_t size)
{
    size_t at;

    if (!present || e->rc != CC_SUCCESS)
        return NULL;
    at = cc_edge_aligned(e, e->in_at);
    if (at > e->in_size || size > e->in_size - at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS)
        return NULL;
    e->in_at = at + size;
    return e->in + at;
}

/* Next place in out, zeroed; what the function writes there goes back. Aligned to 16 bytes. */
static inline void *cc_edge_take_out(cc_edge_t *e, bool present, size_t size)
{
    size_t at;

    if (!present || e->rc != CC_SUCCESS)
        return NULL;
    at = cc_edge_aligned(e, e->out_at);
    if (at > e->out_size || size > e->out_size - at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS)
        return NULL;
    memset(e->out + e->out_at, 0, at - e->out_at + size);
    e->out_at = at + size;
    return e->out + at;
}

/* The same, filled with what came in. */
static inline void *cc_edge_take_inout(cc_edge_t *e, const void *in, size_t size)
{
    void *place = cc_edge_take_out(e, in != NULL, size);

    if (place != NULL && size > 0)
        memcpy(place, in, size);
    return place;
}

/* From now on large [in,out] buffers may stay where they came in; lent: the runtime's, or NULL. */
CC_EDGE_HOT void cc_edge_reply_to(cc_edge_t *e, uint8_t *lent)
{
    if (lent == NULL || e->final_out != NULL)
        return;
    e->reply = (cc_lent_list_t *)(void *)lent;
    e->reply->count = 0;
}

/* As cc_edge_take_inout(), of a plain buffer. */
static inline void *cc_edge_take_inout_lent(cc_edge_t *e, void *in, size_t size)
{
    size_t at;

    if (e->reply == NULL || in == NULL || size < CC_EDGE_LEND_MIN || e->rc != CC_SUCCESS)
        return cc_edge_take_inout(e, in, size);
    at = cc_edge_aligned(e, e->out_at);
    if (at > e->out_size || size > e->out_size - at)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    if (e->rc != CC_SUCCESS || !cc_edge_lend(e->reply, in, at, size))
        return cc_edge_take_inout(e, in, size);
    memset(e->out + e->out_at, 0, at - e->out_at);
    e->out_at = at + size;
    return in;
}

/* A text of size bytes must end with its only guaranteed terminator. */
static inline void cc_edge_check_string(cc_edge_t *e, const void *text, size_t size, size_t unit)
{
    static const uint8_t zeros[sizeof(wchar_t)] = {0};

    if (text == NULL || e->rc != CC_SUCCESS)
        return;
    if (size < unit || size % unit != 0 ||
        memcmp((const uint8_t *)text + size - unit, zeros, unit) != 0)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
}

/* Whether the function may be called: nothing failed and both frames end where they should. */
CC_EDGE_HOT bool cc_edge_ready(cc_edge_t *e)
{
    if (e->rc == CC_SUCCESS && (e->in_at != e->in_size || e->out_at != e->out_size))
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    return e->rc == CC_SUCCESS;
}

/* The function's value, or errno behind it, into the out head. */
CC_EDGE_HOT void cc_edge_give(cc_edge_t *e, size_t at, const void *value, size_t size)
{
    if (e->rc == CC_SUCCESS && (at > e->out_size || size > e->out_size - at))
        cc_edge_fail(e, CC_ERROR_UNEXPECTED);
    if (e->rc == CC_SUCCESS)
        memcpy(e->out + at, value, size);
}

/* Hands the out frame back to the runtime. */
CC_EDGE_HOT cc_enclave_result_t cc_edge_return(cc_edge_t *e, size_t *ret_written)
{
    if (e->rc == CC_SUCCESS && e->final_out != NULL && e->out_size > 0)
        memcpy(e->final_out, e->out, e->out_size);
    if (ret_written != NULL)
        *ret_written = e->rc == CC_SUCCESS ? e->out_size : 0;
    return cc_edge_end(e);
}

#include "secgear_edge_call.h"

#endif
