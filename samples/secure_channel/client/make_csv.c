/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Writes a CSV of that many rows, always the same one: some measurements of a made-up plant. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

int main(int argc, char **argv)
{
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 60000;
    uint64_t state = 20260101;

    puts("hour,temperature,pressure,flow,level,power");
    for (long i = 0; i < rows; i++)
        printf("%ld,%.2f,%.3f,%.1f,%u,%d\n", i, 15.0 + next(&state) % 2000 / 100.0,
               1.0 + next(&state) % 5000 / 1000.0, next(&state) % 10000 / 10.0, next(&state) % 101,
               (int)(next(&state) % 4001) - 2000);
    return fflush(stdout) == 0 ? 0 : 1;
}
