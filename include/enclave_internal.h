/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enclave_internal.h - the table an engine stands behind. Generated host code includes it, so it is
 * installed; applications have no use for it.
 */
#ifndef FINAL_SECGEAR_ENCLAVE_INTERNAL_H
#define FINAL_SECGEAR_ENCLAVE_INTERNAL_H

#include <pthread.h>

#include "enclave.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _sl_ecall_func_info {
    uint16_t func_id;
    uint16_t retval_size;
    uint32_t argc;
    void *args;
} sl_ecall_func_info_t;

/*
 * One argument of a switchless ecall, as generated code hands it to the engine, which lays out the
 * same frames as for an ordinary call (secgear_edge.h). It copies values and [in] buffers before it
 * returns; [out] buffers are written when the call is done, for an asynchronous call when its
 * result is fetched, so they must live as long.
 */
#define CC_SL_ARG_IN 0x01u     /* the buffer goes to the enclave */
#define CC_SL_ARG_OUT 0x02u    /* the buffer comes back; without either: a value */
#define CC_SL_ARG_TEXT 0x04u   /* its size stands in the head in place of the flag */
#define CC_SL_ARG_SHARED 0x08u /* may be passed by address if it lies in shared memory */

typedef struct _cc_sl_arg {
    uint32_t flags;
    uint64_t size; /* bytes; of a buffer that is NULL: 0 */
    void *data;    /* the value, or the buffer */
} cc_sl_arg_t;

/* What sl_ecall_func_info_t.args points to. */
typedef struct _cc_sl_args {
    const void *ocall_table; /* ocall_enclave_table_t for ocalls within the call; may be NULL */
    const cc_sl_arg_t *list; /* argc of them, in the order of the EDL */
} cc_sl_args_t;

/*
 * A switchless ecall of few values and no buffers, as it stands in both frames: no list, no layout.
 * Its values lie in `in` one behind the other, its result in `out`.
 */
#define CC_SL_VALUES_MAX 6 /* parameters, of 8 bytes at most */

typedef struct _cc_sl_values {
    /* Up to in_size. Of the last word of those, all travels from the host, and of an ocall nothing
     * behind in_size. */
    uint64_t in[CC_SL_VALUES_MAX];
    uint64_t out;            /* written on success */
    const void *ocall_table; /* as in cc_sl_args_t */
    uint16_t func_id;
    uint8_t in_size;  /* read together with the next one, so they are written together */
    uint8_t out_size; /* 0 .. 8 */
    uint8_t argc;
} cc_sl_values_t;

/* The same as a list, whose first argument has all bytes and the others none. */
typedef struct _cc_sl_values_list {
    cc_sl_arg_t list[CC_SL_VALUES_MAX];
    cc_sl_args_t args;
    sl_ecall_func_info_t info;
} cc_sl_values_list_t;

static inline sl_ecall_func_info_t *cc_sl_values_describe(cc_sl_values_t *call,
                                                          cc_sl_values_list_t *ret_list)
{
    unsigned i;

    for (i = 0; i < CC_SL_VALUES_MAX; i++) {
        ret_list->list[i].flags = 0;
        ret_list->list[i].size = i == 0 ? call->in_size : 0;
        ret_list->list[i].data = call->in;
    }
    ret_list->args.ocall_table = call->ocall_table;
    ret_list->args.list = ret_list->list;
    ret_list->info.func_id = call->func_id;
    ret_list->info.retval_size = call->out_size;
    ret_list->info.argc = call->argc;
    ret_list->info.args = &ret_list->args;
    return &ret_list->info;
}

/*
 * Parts of a frame that stand elsewhere, so that large buffers are copied once and not twice: size
 * bytes at `at` of the frame are those of data. In the order of `at`, without overlap.
 */
#define CC_LENT_MAX 4

typedef struct _cc_lent {
    void *data;
    size_t at;
    size_t size;
} cc_lent_t;

typedef struct _cc_lent_list {
    uint32_t count;
    cc_lent_t each[CC_LENT_MAX];
} cc_lent_list_t;

/* An ecall whose frames are lent in part. Lent parts of out are written on success only. */
typedef struct _cc_lent_call {
    const void *in;
    size_t in_size;
    void *out;
    size_t out_size;
    const cc_lent_list_t *in_lent;
    const cc_lent_list_t *out_lent;
    const void *ocall_table;
} cc_lent_call_t;

/*
 * Both entries may return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON, having done nothing: generated code
 * then makes an ordinary call.
 */
struct cc_enclave_ops {
    cc_enclave_result_t (*cc_create_enclave)(cc_enclave_t *enclave,
                                             const enclave_features_t *features,
                                             const uint32_t features_count);
    cc_enclave_result_t (*cc_destroy_enclave)(cc_enclave_t *enclave);
    cc_enclave_result_t (*cc_ecall_enclave)(cc_enclave_t *enclave, uint32_t function_id,
                                            const void *in_buf, size_t in_buf_size, void *out_buf,
                                            size_t out_buf_size, void *ms, const void *ocall_table);
    cc_enclave_result_t (*cc_ecall_enclave_switchless)(cc_enclave_t *enclave, uint32_t function_id,
                                                       const void *in_buf, size_t in_buf_size,
                                                       void *out_buf, size_t out_buf_size, void *ms,
                                                       const void *ocall_table);
    cc_enclave_result_t (*cc_sl_ecall_enclave)(cc_enclave_t *enclave, void *retval,
                                               sl_ecall_func_info_t *func_info);
    cc_enclave_result_t (*cc_sl_async_ecall)(cc_enclave_t *enclave, int *task_id,
                                             sl_ecall_func_info_t *func_info);
    cc_enclave_result_t (*cc_sl_async_ecall_get_result)(cc_enclave_t *enclave, int task_id,
                                                        void *retval);
    void *(*cc_malloc_shared_memory)(cc_enclave_t *enclave, size_t size, bool is_control_buf,
                                     int try_cnt);
    cc_enclave_result_t (*cc_free_shared_memory)(cc_enclave_t *enclave, void *ptr);
    cc_enclave_result_t (*cc_register_shared_memory)(cc_enclave_t *enclave, void *ptr);
    cc_enclave_result_t (*cc_unregister_shared_memory)(cc_enclave_t *enclave, void *ptr);
    cc_enclave_result_t (*cc_ecall_lent)(cc_enclave_t *enclave, uint32_t function_id,
                                         const cc_lent_call_t *call); /* NULL: has none */
    cc_enclave_result_t (*cc_sl_values)(cc_enclave_t *enclave,
                                        cc_sl_values_t *call); /* NULL: has none */
    cc_enclave_result_t (*cc_sl_values_async)(cc_enclave_t *enclave, int *task_id,
                                              cc_sl_values_t *call); /* NULL: has none */
};

struct cc_enclave_ops_desc {
    const char name[10];
    void *handle;
    uint32_t count; /* enclaves of this engine */
    const enclave_type_version_t type_version;
    const struct cc_enclave_ops *ops;
};

struct list_ops_desc {
    struct cc_enclave_ops_desc *ops_desc;
    struct list_ops_desc *next;
};

#ifdef __cplusplus
}
#endif

#endif
