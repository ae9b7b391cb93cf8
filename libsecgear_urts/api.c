/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "enclave.h"
#include "engine_sim.h"
#include "image_path.h"
#include "secgear_shared_memory.h"
#include <stdlib.h>
#include <string.h>

/* Order and codes are secGear's: programs compare them. */
static cc_enclave_result_t create_check(const char *path, uint32_t flags,
                                        const enclave_features_t *features, uint32_t count,
                                        const cc_enclave_t *enclave)
{
    if (enclave == NULL)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE_ID, "host: the enclave struct is NULL");
    if (enclave->used_flag)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE_ID,
                           "host: the enclave struct is in use, or was not zeroed before create");
    if (path == NULL)
        return detail_fail(CC_ERROR_INVALID_PATH, "host: the path of the image is NULL");
    if ((features == NULL) != (count == 0))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: features and their count disagree");
    if (flags & SECGEAR_RESERVED_FLAG)
        return detail_fail(CC_ERROR_NOT_SUPPORTED, "host: unknown flags 0x%x",
                           flags & SECGEAR_RESERVED_FLAG);
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_create(const char *path, enclave_type_t type, uint32_t version,
                                      uint32_t flags, const enclave_features_t *features,
                                      const uint32_t features_count, cc_enclave_t *enclave)
{
    cc_enclave_result_t rc;

    detail_clear();
    rc = create_check(path, flags, features, features_count, enclave);
    if (rc != CC_SUCCESS)
        return rc;

    memset(enclave, 0, sizeof *enclave);
    rc = image_path_resolve(path, &enclave->path);
    if (rc != CC_SUCCESS)
        return rc;

    enclave->flags = flags;
    enclave->list_ops_node = engine_sim_for(type, version, &enclave->type);
    if (enclave->list_ops_node == NULL)
        rc = detail_fail(CC_ERROR_BAD_PARAMETERS, "host: enclave type %d version %u does not exist",
                         (int)type, version);
    else
        rc = enclave->list_ops_node->ops_desc->ops->cc_create_enclave(enclave, features,
                                                                      features_count);
    if (rc != CC_SUCCESS) {
        free(enclave->path);
        memset(enclave, 0, sizeof *enclave);
        return rc;
    }
    enclave->used_flag = true;
    detail_clear();
    return CC_SUCCESS;
}

/* Read once: another thread's destroy may be clearing the struct. The engine refuses the rest. */
static const struct cc_enclave_ops *engine_of(const cc_enclave_t *context)
{
    struct list_ops_desc *node = NULL;

    if (context != NULL && context->used_flag)
        node = __atomic_load_n(&context->list_ops_node, __ATOMIC_RELAXED);
    if (node != NULL)
        return node->ops_desc->ops;
    detail_fail(CC_ERROR_BAD_PARAMETERS,
                "host: the enclave struct is NULL, or no enclave was created in it");
    return NULL;
}

cc_enclave_result_t cc_enclave_destroy(cc_enclave_t *context)
{
    const struct cc_enclave_ops *ops;
    cc_enclave_result_t rc;

    detail_clear();
    ops = engine_of(context);
    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    rc = ops->cc_destroy_enclave(context);
    if (rc != CC_SUCCESS)
        return rc;
    free(context->path);
    memset(context, 0, sizeof *context);
    detail_clear();
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_call_function(cc_enclave_t *enclave, uint32_t function_id,
                                             const void *in_buf, size_t in_buf_size, void *out_buf,
                                             size_t out_buf_size, void *ms, const void *ocall_table)
{
    const struct cc_enclave_ops *ops;

    detail_clear();
    ops = engine_of(enclave);
    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if ((in_buf == NULL && in_buf_size > 0) || (out_buf == NULL && out_buf_size > 0))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: a buffer is NULL but has a size");
    return ops->cc_ecall_enclave(enclave, function_id, in_buf, in_buf_size, out_buf, out_buf_size,
                                 ms, ocall_table);
}

cc_enclave_result_t cc_sl_get_async_result(cc_enclave_t *enclave, int task_id, void *retval)
{
    const struct cc_enclave_ops *ops;

    detail_clear();
    ops = engine_of(enclave);
    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (task_id < 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: task number %d", task_id);
    if (ops->cc_sl_async_ecall_get_result == NULL)
        return detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                           "host: the enclave was created without the switchless feature");
    return ops->cc_sl_async_ecall_get_result(enclave, task_id, retval);
}

void *cc_malloc_shared_memory(cc_enclave_t *enclave, size_t size)
{
    const struct cc_enclave_ops *ops;

    detail_clear();
    ops = engine_of(enclave);
    if (ops == NULL)
        return NULL;
    if (size == 0) {
        detail_fail(CC_ERROR_BAD_PARAMETERS, "host: shared memory of size 0");
        return NULL;
    }
    return ops->cc_malloc_shared_memory(enclave, size, false, 0);
}

cc_enclave_result_t cc_free_shared_memory(cc_enclave_t *enclave, void *ptr)
{
    const struct cc_enclave_ops *ops;

    detail_clear();
    ops = engine_of(enclave);
    if (ops == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (ptr == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: the address is NULL");
    return ops->cc_free_shared_memory(enclave, ptr);
}

const char *cc_enclave_error_detail(void)
{
    return detail_get();
}
