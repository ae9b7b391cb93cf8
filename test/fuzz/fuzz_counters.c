/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The device's file of counters, which its user may have changed. */
#include "wire/counters.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct counters counters;
    static uint8_t again[COUNTERS_MAX_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct view checked, mac;

    if (counters_decode(view_of(data, size), &counters, &checked, &mac) != CC_SUCCESS)
        return 0;
    counters_encode(&counters, &w);
    if (w.failed)
        abort();
    if (data[8] == 1) /* an older file, which is written anew as one of today's */
        return 0;
    if (w.size + COUNTERS_MAC_SIZE != size || memcmp(again, data, w.size) != 0)
        abort();
    return 0;
}
