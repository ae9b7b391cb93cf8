/* SPDX-License-Identifier: MulanPSL-2.0 */
/* An ecall that does nothing, and those that carry bytes both ways, against two processes that hand
 * a word, and the same bytes, to and fro. */
#include "bench.h"
#include "bench_u.h"
#include "floor/futex_pingpong.h"
#include "tee_device/zygote/filter.h"
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

enum { CALLS = 10000, CALLS_LARGE = 1000, SIZE_LARGE = 16384 };

static cc_enclave_t enclave;
static struct pingpong pair, filtered;
static cpu_set_t everywhere;
static uint8_t bytes[PINGPONG_BYTES_MAX];
static size_t size; /* of the row */

static bool begin(void)
{
    if (!pingpong_start(&pair, cpu_chosen(), size, NULL)) {
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
    pingpong_stop(&pair);
    pingpong_stop(&filtered);
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

/* As an enclave does it. */
static bool filters_on(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filters_build() &&
           filter_install(FILTER_LOADING) && filter_install(FILTER_RUNNING);
}

/* An enclave without its filters there is not, so: the hand-over of a call, with and without. */
static bool filtered_start(const struct bench_row *row)
{
    (void)row;
    size = 0;
    if (cpu_pin() && sched_getaffinity(0, sizeof everywhere, &everywhere) == 0 &&
        pingpong_start(&pair, cpu_chosen(), 0, NULL) &&
        pingpong_start(&filtered, cpu_chosen(), 0, filters_on))
        return true;
    bench_say("no two processes to play ping-pong with");
    return false;
}

static double filtered_value(void)
{
    return pingpong_ns(&filtered, CALLS, bytes);
}

/* Always on one CPU, whatever the row does. */
static double pingpong_floor(void)
{
    double ns;

    if (!cpu_pin())
        return -1;
    ns = pingpong_ns(&pair, calls_of_size(), bytes);
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
    {"ecall.seccomp", "ns", "<=1.06", "one core", BENCH_MEDIAN, 101, filtered_start, filtered_value,
     pingpong_floor, ecall_stop, 0},
    {.id = NULL},
};
