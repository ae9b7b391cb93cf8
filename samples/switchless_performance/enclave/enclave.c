/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Works for so many nanoseconds. */
#include "speed_t.h"
#include <time.h>

void work(uint32_t ns)
{
    struct timespec start, now;

    if (ns == 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < (long)ns);
}

void work_switchless(uint32_t ns)
{
    work(ns);
}
