/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The device's state file. */
#include "wire/state.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[STATE_MAX_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct device_state state;

    if (state_decode(view_of(data, size), &state) != CC_SUCCESS)
        return 0;
    state_encode(&state, &w);
    if (w.failed || w.size + STATE_CHECK_SIZE != size || memcmp(again, data, w.size) != 0)
        abort();
    return 0;
}
