/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The enclave that is measured: next to nothing of its own, and the channel's service. */
#include "bench_t.h"
#include <time.h>

void bench_empty(void)
{
}

void bench_inout(uint8_t *bytes, size_t size)
{
    (void)bytes, (void)size;
}

void bench_nap(uint32_t ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    bench_inside();
    nanosleep(&time, NULL);
}
