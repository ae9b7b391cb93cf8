/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "shared.h"
#include "base/detail.h"
#include "instance.h"
#include <string.h>

void *shared_take(cc_enclave_t *enclave, size_t size, bool is_control_buf, int try_cnt)
{
    struct instance *instance;
    size_t offset;
    void *ptr = NULL;

    (void)is_control_buf, (void)try_cnt;
    if (instance_enter(enclave, &instance) != CC_SUCCESS)
        return NULL;
    if (heap_take(&instance->heap, size, HEAP_SHARED, &offset)) {
        ptr = (uint8_t *)instance->window + offset;
        memset(ptr, 0, size); /* what a call left there is nobody's business */
    } else {
        (void)instance_window_full(instance, size);
    }
    instance_leave(instance);
    return ptr;
}

static cc_enclave_result_t give(struct instance *instance, const void *ptr)
{
    uintptr_t start = (uintptr_t)instance->window;
    uintptr_t at = (uintptr_t)ptr;

    if (at < start + instance->layout.heap || at >= start + instance->layout.size)
        return instance_owns_elsewhere(instance, ptr)
                   ? detail_fail(CC_ERROR_INVALID_HANDLE,
                                 "host: the memory was shared with another enclave")
                   : detail_fail(CC_ERROR_SHARED_MEMORY_NOT_REGISTERED,
                                 "host: not an address from cc_malloc_shared_memory()");
    switch (heap_give(&instance->heap, at - start, HEAP_SHARED)) {
    case HEAP_GIVEN:
        return CC_SUCCESS;
    case HEAP_INSIDE:
        return detail_fail(CC_ERROR_SHARED_MEMORY_START_ADDR_INVALID,
                           "host: an address inside a block of shared memory, its start expected");
    default:
        return detail_fail(CC_ERROR_SHARED_MEMORY_NOT_REGISTERED,
                           "host: no block of shared memory is there, or it was freed before");
    }
}

cc_enclave_result_t shared_give(cc_enclave_t *enclave, void *ptr)
{
    struct instance *instance;
    cc_enclave_result_t rc = instance_enter(enclave, &instance);

    if (rc != CC_SUCCESS)
        return rc;
    rc = give(instance, ptr);
    instance_leave(instance);
    return rc;
}
