/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Both configuration formats: what is accepted keeps every limit. */
#include "config.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_manifest manifest;

    if (config_parse(view_of(data, size), "fuzz", &manifest) != CC_SUCCESS)
        return 0;
    if (image_manifest_check(&manifest) != CC_SUCCESS)
        abort();
    return 0;
}
