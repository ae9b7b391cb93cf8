/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The event log of an enclave, as a verifier gets it. */
#include "crypto/event.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[EVENT_LOG_MAX_SIZE];
    uint8_t registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct reader events;
    uint32_t count;

    if (event_log_decode(view_of(data, size), &count, &events) != CC_SUCCESS) {
        if (event_log_replay(view_of(data, size), registers) == CC_SUCCESS)
            abort();
        return 0;
    }
    event_log_header_encode(count, &w);
    for (uint32_t i = 0; i < count; i++) {
        struct event event = event_take(&events);

        event_encode(&event, &w);
    }
    if (w.failed || w.size != size || memcmp(again, data, size) != 0 ||
        event_log_replay(view_of(data, size), registers) != CC_SUCCESS)
        abort();
    return 0;
}
