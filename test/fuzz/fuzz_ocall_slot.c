/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A hostile enclave: any bytes in a slot while its host waits; the host runtime serves them. */
#include "call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHARED_SIZE = 1 << 20 };

static cc_enclave_result_t touch(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < in_size; i++)
        sum = (uint8_t)(sum + in[i]);
    for (size_t i = 0; i < out_size; i++)
        out[i] = sum;
    return CC_SUCCESS;
}

static struct instance *instance_get(void)
{
    static struct instance *instance;
    size_t size;

    if (instance != NULL)
        return instance;
    instance = instance_new();
    if (instance == NULL || !window_size_compute(1, SHARED_SIZE, &size) ||
        !window_layout_compute(1, size, &instance->layout))
        abort();
    instance->window = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (instance->window == MAP_FAILED)
        abort();
    heap_init(&instance->heap, instance->layout.heap, instance->layout.size);
    return instance;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        uint64_t num;
        cc_ocall_func_t ocalls[1];
    } table = {1, {touch}};
    struct instance *instance = instance_get();
    struct slot_host host = {.arena_used = 0};
    struct call call = {.instance = instance,
                        .host = &host,
                        .slot = window_slot_at(instance->window, &instance->layout, 0),
                        .ocalls = (const ocall_enclave_table_t *)(const void *)&table};

    memset((void *)call.slot, 0, sizeof *call.slot);
    memcpy((void *)call.slot, data, size < sizeof *call.slot ? size : sizeof *call.slot);
    if (call.slot->kind == SLOT_KIND_SERVICE && call.slot->function == SERVICE_WRITE)
        call.slot->function = SERVICE_ALLOC; /* no flood of output */
    ocall_serve(&call);
    heap_done(&instance->heap); /* what the enclave took does not add up over runs */
    heap_init(&instance->heap, instance->layout.heap, instance->layout.size);
    return 0;
}
