/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "ocall_t.h"
#include <stdio.h>

enum { ROOM = 16 };

int sum_source(int64_t *sum)
{
    int32_t values[ROOM];
    char text[64];
    int64_t total = 0;
    int count = 0;

    do {
        if (read_source(&count, values, ROOM) != CC_SUCCESS)
            return -1;
        if (count < 0 || count > ROOM) /* the host may answer anything */
            return -2;
        for (int i = 0; i < count; i++)
            total += values[i];
    } while (count > 0);
    snprintf(text, sizeof text, "the sum is ready (%lld)", (long long)total);
    show_progress(text);
    *sum = total;
    return 0;
}
