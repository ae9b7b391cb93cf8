/* SPDX-License-Identifier: MulanPSL-2.0 */
/* An ecall that does nothing, and one that carries 4 KiB, against two processes that hand a word to
 * and fro. */
#include "bench.h"
#include "bench_u.h"
#include "floor/futex_pingpong.h"
#include <sched.h>
#include <string.h>

enum { CALLS = 10000, CALLS_4K = 5000, SIZE_4K = 4096 };

static cc_enclave_t enclave;
static cpu_set_t everywhere;
static uint8_t bytes[SIZE_4K];

static bool begin(void)
{
    if (!pingpong_start(cpu_chosen())) {
        bench_say("no process to play ping-pong with");
        return false;
    }
    if (cc_enclave_create(bench_image(), AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave) == CC_SUCCESS)
        return true;
    bench_say(cc_enclave_error_detail());
    return false;
}

static bool pinned_start(const struct bench_row *row)
{
    (void)row;
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

static double in_4k_value(void)
{
    double start = now_s();
    int sum = 0;

    for (unsigned i = 0; i < CALLS_4K; i++)
        if (bench_take(&enclave, &sum, bytes, sizeof bytes) != CC_SUCCESS || sum != 0)
            return -1;
    return (now_s() - start) * 1e9 / CALLS_4K;
}

/* Always on one CPU, whatever the row does. */
static double pingpong_floor(void)
{
    double ns;

    if (!cpu_pin())
        return -1;
    ns = pingpong_ns(CALLS);
    sched_setaffinity(0, sizeof everywhere, &everywhere);
    return ns;
}

const struct bench_row ECALL_ROWS[] = {
    {"ecall.regular.samecore", "ns", "<=1.15", "one core", BENCH_MEDIAN, 31, pinned_start,
     empty_value, pingpong_floor, ecall_stop, 0},
    {"ecall.regular.unpinned", "ns", "<=1.4", "unpinned; floor on one core", BENCH_MEDIAN, 31,
     unpinned_start, empty_value, pingpong_floor, ecall_stop, 0},
    {"ecall.regular.in4k", "ns", "", "one core", BENCH_MEDIAN, 21, pinned_start, in_4k_value,
     pingpong_floor, ecall_stop, 0},
    {.id = NULL},
};
