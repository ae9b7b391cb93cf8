/* SPDX-License-Identifier: MulanPSL-2.0 */
/* States of a test device: whatever is accepted is bounded, and tidying it changes nothing. */
#include "wire/states.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char tidy[STATES_TEXT_ROOM];
    struct states states;

    if (states_tidy(view_of(data, size), tidy) && strlen(tidy) > STATES_TEXT_MAX)
        abort();
    if (states_decode(view_of(data, size), &states) != CC_SUCCESS)
        return 0;
    if (!states_tidy(view_of(data, size), tidy) || strlen(tidy) != size ||
        memcmp(tidy, data, size) != 0 || states.slow_ms > STATES_SLOW_MAX_MS ||
        states.clock_s > STATES_CLOCK_MAX_S || states.clock_s < -(int64_t)STATES_CLOCK_MAX_S)
        abort();
    return 0;
}
