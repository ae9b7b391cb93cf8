/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The bytes of SPAWN: whatever is accepted is bounded, and has one encoding. */
#include "wire/spawn.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[SPAWN_BYTES_MAX];
    struct writer w = writer_over(again, sizeof again);
    struct spawn_bytes spawn;

    if (spawn_decode(view_of(data, size), &spawn) != CC_SUCCESS)
        return 0;
    spawn_encode(&spawn, &w);
    if (w.failed || w.size != size || memcmp(again, data, size) != 0 ||
        spawn.library_count > IMAGE_LIBRARIES_MAX_COUNT)
        abort();
    return 0;
}
