/* SPDX-License-Identifier: MulanPSL-2.0 */
/* An ecall that does nothing, and those that carry bytes both ways, against two processes that hand
 * a word, and the same bytes, to and fro. */
#include "bench.h"
#include "bench_u.h"
#include "floor/futex_pingpong.h"
#include <sched.h>
#include <string.h>

enum { CALLS = 10000, CALLS_LARGE = 1000, SIZE_LARGE = 16384 };

static cc_enclave_t enclave;
static cpu_set_t everywhere;
static uint8_t bytes[PINGPONG_BYTES_MAX];
static size_t size; /* of the row */

static bool begin(void)
{
    if (!pingpong_start(cpu_chosen(), size)) {
        bench_say("no process to play ping-pong with");
        return false;
    }
    return bench_create(&enclave);
}

static bool pinned_start(const struct bench_row *row)
{
    size = row->size;
    return cpu_pin() && sched_getaffinity(0, sizeof everywhere, &everywhere) == 0 && begin();
}

static bool unpinned_start(const struct bench_row *row)
{
    (void)row;
    return sched_getaffinity(0, sizeof everywhere, &everywhere) == 0 && begin();
}

static void ecall_stop(void)
{
    if (enclave.used_flag)
        cc_enclave_destroy(&enclave);
    pingpong_stop();
}

static double empty_value(void)
{
    double start = now_s();

    for (unsigned i = 0; i < CALLS; i++)
        if (bench_empty(&enclave) != CC_SUCCESS)
            return -1;
    return (now_s() - start) * 1e9 / CALLS;
}

static unsigned calls_of_size(void)
{
    return size > SIZE_LARGE ? CALLS_LARGE : CALLS;
}

static double inout_value(void)
{
    double start = now_s();

    for (unsigned i = 0; i < calls_of_size(); i++)
        if (bench_inout(&enclave, bytes, size) != CC_SUCCESS)
            return -1;
    return (now_s() - start) * 1e9 / calls_of_size();
}

/* Always on one CPU, whatever the row does. */
static double pingpong_floor(void)
{
    double ns;

    if (!cpu_pin())
        return -1;
    ns = pingpong_ns(calls_of_size(), bytes, size);
    sched_setaffinity(0, sizeof everywhere, &everywhere);
    return ns;
}

const struct bench_row ECALL_ROWS[] = {
    {"ecall.regular.samecore", "ns", "<=1.15", "one core", BENCH_MEDIAN, 31, pinned_start,
     empty_value, pingpong_floor, ecall_stop, 0},
    {"ecall.empty", "ns", "<=1.15", "one core", BENCH_MEDIAN, 31, pinned_start, empty_value,
     pingpong_floor, ecall_stop, 0},
    {"ecall.regular.unpinned", "ns", "<=1.4", "unpinned; floor on one core", BENCH_MEDIAN, 31,
     unpinned_start, empty_value, pingpong_floor, ecall_stop, 0},
    {"ecall.inout.64", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, pinned_start, inout_value,
     pingpong_floor, ecall_stop, 64},
    {"ecall.inout.1k", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, pinned_start, inout_value,
     pingpong_floor, ecall_stop, 1024},
    {"ecall.inout.4k", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, pinned_start, inout_value,
     pingpong_floor, ecall_stop, 4096},
    {"ecall.inout.64k", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, pinned_start, inout_value,
     pingpong_floor, ecall_stop, 65536},
    {.id = NULL},
};
