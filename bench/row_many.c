/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A thousand enclaves of one host at once: what each takes of the machine's memory, and of time. */
#include "bench.h"
#include "enclave.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { MANY = 1000 };

static cc_enclave_t first, many[MANY];

/* The first one starts the device and has its pages loaded; it is not counted. */
static bool many_start(const struct bench_row *row)
{
    struct rlimit files;

    (void)row;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return false;
    files.rlim_cur = files.rlim_max; /* each enclave takes two descriptors of its host */
    return setrlimit(RLIMIT_NOFILE, &files) == 0 && bench_create(&first);
}

static void many_stop(void)
{
    if (first.used_flag)
        cc_enclave_destroy(&first);
}

static double available_mib(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[128];
    double kib = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemAvailable: %lf", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib / 1024;
}

static double many_measure(double (*measure)(void))
{
    double before = measure(), after;
    unsigned count = 0;

    while (count < MANY && bench_create(&many[count]))
        count++;
    after = measure();
    for (unsigned i = 0; i < count; i++)
        cc_enclave_destroy(&many[i]);
    return count == MANY ? after - before : -1;
}

static double taken_mib(void)
{
    return -available_mib();
}

static double memory_value(void)
{
    return many_measure(taken_mib) / MANY;
}

static double time_value(void)
{
    return many_measure(now_s);
}

const struct bench_row MANY_ROWS[] = {
    {"enclave.thousand.memory", "MiB", "<=0.25", "each of 1000 at once", BENCH_MEDIAN, 3,
     many_start, memory_value, NULL, many_stop, 0},
    {"enclave.thousand.time", "s", "", "1000 creates, one after the other", BENCH_MEDIAN, 3,
     many_start, time_value, NULL, many_stop, 0},
    {.id = NULL},
};
