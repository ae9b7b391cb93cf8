/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_edge_switchless.h - what generated code needs beside secgear_edge.h for functions with
 * transition_using_threads: the list of arguments for the engine, on the host; buffers in shared
 * memory, in the enclave.
 *
 * Generated code only. C99 and C++17. Threads: one per cc_edge_t.
 */
#ifndef SECGEAR_EDGE_SWITCHLESS_H
#define SECGEAR_EDGE_SWITCHLESS_H

#include "secgear_edge.h"

/* ------------------------------------------------------------------------------------- enclave */

/*
 * Memory that host and enclave see at the same address: what the runtime hands to a switchless
 * ecall as shared_buffer. Functions get addresses in it only where the EDL's size fits.
 */
typedef struct _cc_edge_shared {
    uint64_t begin;
    uint64_t end;         /* behind the last byte */
    cc_lent_list_t *lent; /* for cc_edge_reply_to(), or NULL */
} cc_edge_shared_t;

CC_EDGE_HOT uint8_t *cc_edge_shared_lent(const uint8_t *shared)
{
    cc_edge_shared_t area;

    if (shared == NULL)
        return NULL;
    memcpy(&area, shared, sizeof(area));
    return (uint8_t *)area.lent;
}

/* The flag of a pointer that may also lie in shared memory; then its address, else 0. */
static inline bool cc_edge_take_place(cc_edge_t *e, uint64_t *ret_address)
{
    uint8_t flag;

    *ret_address = 0;
    cc_edge_take(e, &flag, sizeof(flag));
    if (flag == 2)
        *ret_address = cc_edge_take_u64(e);
    if (flag > 2 || (flag == 2 && *ret_address == 0))
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    return flag != 0 && e->rc == CC_SUCCESS;
}

/* The buffer itself, which the host can change at any time; shared NULL: there is none. */
static inline void *cc_edge_take_shared(cc_edge_t *e, const uint8_t *shared, uint64_t address,
                                        size_t size, size_t alignment)
{
    cc_edge_shared_t area = {0, 0, NULL};

    if (shared != NULL)
        memcpy(&area, shared, sizeof(area));
    if (address < area.begin || address > area.end || size > area.end - address ||
        address % alignment != 0)
        cc_edge_fail(e, CC_ERROR_BAD_PARAMETERS);
    return e->rc == CC_SUCCESS ? (void *)(uintptr_t)address : NULL;
}

/* ---------------------------------------------------------------------------------------- host */

static inline cc_sl_arg_t cc_edge_arg(uint32_t flags, const void *data, size_t size)
{
    cc_sl_arg_t arg;

    memset(&arg, 0, sizeof(arg));
    arg.flags = flags;
    arg.size = size;
    arg.data = (void *)(uintptr_t)data; /* written only where the EDL says [out] */
    return arg;
}

CC_EDGE_HOT cc_enclave_result_t cc_edge_switchless(cc_enclave_t *enclave, void *retval,
                                                   sl_ecall_func_info_t *info)
{
    const struct cc_enclave_ops *ops = cc_edge_ops(enclave);

    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (ops->cc_sl_ecall_enclave == NULL)
        return CC_ERROR_SWITCHLESS_DISABLED;
    return ops->cc_sl_ecall_enclave(enclave, retval, info);
}

/* A call of values: those of `in`, one after the other. */
CC_EDGE_HOT void cc_edge_values(cc_sl_values_t *call, uint16_t id, uint8_t out_size,
                                const void *ocalls)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    memset(call->in, 0, sizeof(call->in));
#endif
    call->out = 0;
    call->ocall_table = ocalls;
    call->func_id = id;
    call->in_size = 0;
    call->out_size = out_size;
    call->argc = 0;
}

/*
 * Word by word, of which the first value of a word sets all: who reads them as words, right after,
 * would else have to wait until the smaller writes are out of the processor's store buffer.
 */
CC_EDGE_HOT void cc_edge_value(cc_sl_values_t *call, const void *value, uint8_t size)
{
    unsigned word = call->in_size / 8u, bits = call->in_size % 8u * 8u;
    uint64_t number = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&number, value, size);
    call->in[word] = (bits > 0 ? call->in[word] : 0) | number << bits;
    if (bits + size * 8u > 64u)
        call->in[word + 1] = number >> (64u - bits);
#else
    (void)word, (void)bits, (void)number;
    memcpy((uint8_t *)call->in + call->in_size, value, size);
#endif
    call->in_size = (uint8_t)(call->in_size + size);
    call->argc++;
}

CC_EDGE_COLD cc_enclave_result_t cc_edge_values_list(const struct cc_enclave_ops *ops,
                                                     cc_enclave_t *enclave, cc_sl_values_t *call)
{
    cc_sl_values_list_t list;

    return ops->cc_sl_ecall_enclave(enclave, &call->out, cc_sl_values_describe(call, &list));
}

CC_EDGE_HOT cc_enclave_result_t cc_edge_switchless_values(cc_enclave_t *enclave,
                                                          cc_sl_values_t *call)
{
    const struct cc_enclave_ops *ops = cc_edge_ops(enclave);

    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (ops->cc_sl_values != NULL)
        return ops->cc_sl_values(enclave, call);
    if (ops->cc_sl_ecall_enclave == NULL)
        return CC_ERROR_SWITCHLESS_DISABLED;
    return cc_edge_values_list(ops, enclave, call);
}

CC_EDGE_COLD cc_enclave_result_t cc_edge_values_list_async(const struct cc_enclave_ops *ops,
                                                           cc_enclave_t *enclave, int *task_id,
                                                           cc_sl_values_t *call)
{
    cc_sl_values_list_t list;

    return ops->cc_sl_async_ecall(enclave, task_id, cc_sl_values_describe(call, &list));
}

CC_EDGE_HOT cc_enclave_result_t cc_edge_switchless_values_async(cc_enclave_t *enclave, int *task_id,
                                                                cc_sl_values_t *call)
{
    const struct cc_enclave_ops *ops = cc_edge_ops(enclave);

    if (ops == NULL || task_id == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (ops->cc_sl_values_async != NULL)
        return ops->cc_sl_values_async(enclave, task_id, call);
    if (ops->cc_sl_async_ecall == NULL)
        return CC_ERROR_SWITCHLESS_DISABLED;
    return cc_edge_values_list_async(ops, enclave, task_id, call);
}

static inline cc_enclave_result_t cc_edge_switchless_async(cc_enclave_t *enclave, int *task_id,
                                                           sl_ecall_func_info_t *info)
{
    const struct cc_enclave_ops *ops = cc_edge_ops(enclave);

    if (ops == NULL || task_id == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (ops->cc_sl_async_ecall == NULL)
        return CC_ERROR_SWITCHLESS_DISABLED;
    return ops->cc_sl_async_ecall(enclave, task_id, info);
}

#endif
