/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A hostile host: any 60 bytes in a slot, any bytes in the arena; the enclave runtime answers. */
#include "harness.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all it got and fills all it may. */
static cc_enclave_result_t touch(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                 uint8_t *shared, size_t *written)
{
    uint8_t sum = 0;

    (void)shared;
    for (size_t i = 0; i < in_size; i++)
        sum = (uint8_t)(sum + in[i]);
    for (size_t i = 0; i < out_size; i++) {
        if (out[i] != 0)
            abort();
        out[i] = sum;
    }
    *written = out_size;
    return CC_SUCCESS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cc_ecall_func_t ecalls[] = {touch, touch};
    static const uint8_t flags[] = {CC_ECALL_PUBLIC, 0};
    static const cc_enclave_image_t image = {
        CC_ENCLAVE_IMAGE_VERSION, sizeof image, 2, ecalls, flags, 0, NULL, NULL,
    };
    struct window_slot forged;
    uint32_t status;

    if (harness_instance() == NULL)
        harness_start(&image);
    memset((void *)&forged, 0, sizeof forged);
    memcpy((void *)&forged, data, size < sizeof forged ? size : sizeof forged);
    status = harness_forge(0, &forged);
    if (status == CC_SUCCESS && (forged.function != 0 || forged.kind != SLOT_KIND_FUNCTION))
        abort(); /* only the public function may have run */
    return 0;
}
