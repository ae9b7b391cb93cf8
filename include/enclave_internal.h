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
