/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Packets of the device protocol: from a host, an enclave, or the zygote. */
#include "wire/device.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[DEVICE_MESSAGE_MAX];
    struct writer w = writer_over(again, sizeof again);
    struct device_message message;

    if (device_decode(view_of(data, size), &message) != CC_SUCCESS)
        return 0;
    device_encode(&message, &w); /* one encoding only: what decodes encodes to itself */
    if (w.failed || w.size != size || memcmp(again, data, size) != 0)
        abort();
    return 0;
}
