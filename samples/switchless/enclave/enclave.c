/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A function that workers run. When bytes lie in shared memory the host may change them meanwhile:
 * each is read once, and nothing that was checked is read again. */
#include "switchless_t.h"

uint64_t checksum(const uint8_t *bytes, size_t n)
{
    uint64_t sum = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; bytes != NULL && i < n; i++)
        sum = (sum ^ ((const volatile uint8_t *)bytes)[i]) * 1099511628211u;
    return sum;
}
