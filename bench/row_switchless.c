/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Switchless calls, caller and worker on different CPUs, against processes that spin on a line. */
#include "bench.h"
#include "bench_u.h"
#include "floor/one_line.h"
#include "secgear_switchless_batch.h"
#include "secgear_uswitchless.h"
#include "stats.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CALLS = 20032,
    DEPTH = 64,
    ROUNDS = 31,
    WORKERS_MANY = 8,
    OVER_CALLS = 2000,
    OVER_NS = 5000
};

static cc_enclave_t enclave;
static uint8_t bytes[ONE_LINE_BYTES_MAX];
static size_t size;

/* The caller's CPU is the last one, the other side's the first. */
static int cpu_other(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, &set))
            return i;
    return 0;
}

static bool create(uint32_t workers, uint32_t units, bool bound, int cpu)
{
    cc_sl_config_t config = CC_USWITCHLESS_CONFIG_INITIALIZER;
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};

    config.num_tworkers = workers;
    config.sl_call_pool_size_qwords = units;
    config.workers_policy = WORKERS_POLICY_WAKEUP;
    if (bound)
        CPU_SET((size_t)cpu, &config.tworkers_cores);
    return bench_create_with(&features, 1, &enclave);
}

static bool both_start(uint32_t workers, uint32_t units, size_t carried)
{
    int cpu = cpu_other();

    size = carried;
    if (cpu == cpu_chosen() || !one_line_start(cpu, carried)) {
        bench_say("two CPUs are needed");
        return false;
    }
    return create(workers, units, true, cpu) && cpu_pin();
}

static bool one_start(const struct bench_row *row)
{
    return both_start(1, 1, row->size);
}

static bool many_start(const struct bench_row *row)
{
    return both_start(WORKERS_MANY, 1, row->size);
}

static bool bitmap_row_start(const struct bench_row *row)
{
    int cpu = cpu_other();

    (void)row;
    return cpu != cpu_chosen() && bitmap_start(cpu) && create(1, 1, true, cpu) && cpu_pin();
}

/* Neither side of it is an enclave. */
static bool bound_start(const struct bench_row *row)
{
    int cpu = cpu_other();

    (void)row;
    return cpu != cpu_chosen() && bitmap_start(cpu) && one_line_start(cpu, 0) && cpu_pin();
}

static void stop(void)
{
    if (enclave.used_flag)
        cc_enclave_destroy(&enclave);
    one_line_stop();
    bitmap_stop();
}

static double sync_value(void)
{
    double start = now_s();

    for (unsigned i = 0; i < CALLS; i++)
        if (bench_quick(&enclave) != CC_SUCCESS)
            return -1;
    return (now_s() - start) * 1e9 / CALLS;
}

int bench_answer(int a)
{
    return a;
}

/* Ocalls that a worker of the host answers, in one ordinary call. */
static double ocall_value(void)
{
    double start = now_s();
    int rc = -1;

    if (bench_ask(&enclave, &rc, CALLS) != CC_SUCCESS || rc != 0)
        return -1;
    return (now_s() - start) * 1e9 / CALLS;
}

/* One of 64 that are on their way at once. */
static double async_value(void)
{
    double start = now_s();

    for (unsigned n = 0; n < CALLS; n += DEPTH) {
        int tasks[DEPTH];

        for (unsigned i = 0; i < DEPTH; i++)
            if (bench_quick_async(&enclave, &tasks[i]) != CC_SUCCESS)
                return -1;
        for (unsigned i = 0; i < DEPTH; i++) {
            cc_enclave_result_t rc;

            do
                rc = cc_sl_get_async_result(&enclave, tasks[i], NULL);
            while (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
            if (rc != CC_SUCCESS)
                return -1;
        }
    }
    return (now_s() - start) * 1e9 / CALLS;
}

static cc_sl_batch_t *batches[2];

static bool batch_start(const struct bench_row *row)
{
    if (!both_start(1, 1, row->size))
        return false;
    for (int i = 0; i < 2; i++)
        if (cc_sl_batch_create(&enclave, &batches[i]) != CC_SUCCESS)
            return false;
    return true;
}

static void batch_stop(void)
{
    for (int i = 0; i < 2; i++) {
        cc_sl_batch_destroy(batches[i]);
        batches[i] = NULL;
    }
    stop();
}

static bool batch_reap(cc_sl_batch_t *batch)
{
    if (cc_sl_batch_wait(batch) != CC_SUCCESS)
        return false;
    for (int i = 0; i < DEPTH; i++)
        if (cc_sl_get_async_result(cc_sl_batch_context(batch), i, NULL) != CC_SUCCESS)
            return false;
    cc_sl_batch_clear(batch);
    return true;
}

/* One of 64 in a batch, while the batch before it is at work. */
static double batch_value(void)
{
    double start = now_s();
    unsigned n;

    for (n = 0; n < CALLS / DEPTH; n++) {
        cc_sl_batch_t *batch = batches[n % 2];
        int task;

        if (n >= 2 && !batch_reap(batch))
            return -1;
        for (unsigned i = 0; i < DEPTH; i++)
            if (bench_quick_async(cc_sl_batch_context(batch), &task) != CC_SUCCESS)
                return -1;
        if (cc_sl_batch_submit(batch) != CC_SUCCESS)
            return -1;
    }
    return batch_reap(batches[n % 2]) && batch_reap(batches[(n + 1) % 2])
               ? (now_s() - start) * 1e9 / (n * DEPTH)
               : -1;
}

static double over_times[OVER_CALLS];

/* Nobody is bound to anything. */
static bool over_start(const struct bench_row *row)
{
    int cpu = cpu_other();

    (void)row;
    return cpu != cpu_chosen() && one_line_start(cpu, 0) && create(WORKERS_MANY, 1, false, 0);
}

static bool over_run(void)
{
    for (unsigned i = 0; i < OVER_CALLS; i++) {
        double start = now_s();

        if (bench_quick_spin(&enclave, OVER_NS) != CC_SUCCESS)
            return false;
        over_times[i] = (now_s() - start) * 1e9;
    }
    return true;
}

static double over_mean_value(void)
{
    double sum = 0;

    if (!over_run())
        return -1;
    for (unsigned i = 0; i < OVER_CALLS; i++)
        sum += over_times[i];
    return sum / OVER_CALLS;
}

static double over_p99_value(void)
{
    return over_run() ? stats_nearest_rank(over_times, OVER_CALLS, 0.99) : -1;
}

static double over_max_value(void)
{
    return over_run() ? stats_nearest_rank(over_times, OVER_CALLS, 1) * 1e-6 : -1;
}

static double over_floor(void)
{
    return OVER_NS + one_line_ns(CALLS);
}

/* Percent of a core that the enclave takes while nobody calls, from 50 ms after the last call. */
static double idle_value(void)
{
    const struct timespec before = {.tv_nsec = 50000000}, during = {.tv_nsec = 300000000};
    struct timespec from, to;
    clockid_t clock;
    int pid = bench_enclave_pid();

    if (bench_quick(&enclave) != CC_SUCCESS || pid < 0 || clock_getcpuclockid(pid, &clock) != 0)
        return -1;
    nanosleep(&before, NULL);
    clock_gettime(clock, &from);
    nanosleep(&during, NULL);
    clock_gettime(clock, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
           (double)during.tv_nsec * 100;
}

static unsigned calls_of_size(void)
{
    return size >= 65536 ? 500 : 5000;
}

/* One direction: half of both. */
static double inout_value(void)
{
    double start = now_s();

    for (unsigned i = 0; i < calls_of_size(); i++)
        if (bench_quick_inout(&enclave, bytes, size) != CC_SUCCESS)
            return -1;
    return (now_s() - start) * 1e9 / calls_of_size() / 2;
}

static double hand_floor(void)
{
    return one_line_hand_ns(calls_of_size(), bytes, size);
}

static double line_floor(void)
{
    return one_line_ns(CALLS);
}

static double bitmap_floor(void)
{
    return bitmap_ns(CALLS);
}

const struct bench_row SWITCHLESS_ROWS[] = {
    {"switchless.sync.one", "ns", "<=1.5", "two CPUs, one worker", BENCH_MEDIAN, ROUNDS, one_start,
     sync_value, line_floor, stop, 0},
    {"switchless.sync.many", "ns", "<=1.7", "two CPUs, 8 workers", BENCH_MEDIAN, ROUNDS, many_start,
     sync_value, line_floor, stop, 0},
    {"switchless.sync.vsbitmap", "ns", "<=0.7", "two CPUs, one worker", BENCH_MEDIAN, ROUNDS,
     bitmap_row_start, sync_value, bitmap_floor, stop, 0},
    {"switchless.bound.vsbitmap", "ns", "", "two CPUs; one line, nothing else", BENCH_MEDIAN,
     ROUNDS, bound_start, line_floor, bitmap_floor, stop, 0},
    {"switchless.async.64", "ns", "<=0.25", "two CPUs, one worker; floor: sync", BENCH_MEDIAN,
     ROUNDS, one_start, async_value, sync_value, stop, 0},
    {"switchless.batch.64", "ns", "<=0.25", "two CPUs, one worker; floor: sync", BENCH_MEDIAN,
     ROUNDS, batch_start, batch_value, sync_value, batch_stop, 0},
    {"switchless.ocall.sync", "ns", "<=1.7", "two CPUs, one worker of the host", BENCH_MEDIAN,
     ROUNDS, one_start, ocall_value, line_floor, stop, 0},
    {"switchless.over.mean", "ns", "<=1.3", "unpinned, 8 workers, 5 us each", BENCH_MEDIAN, ROUNDS,
     over_start, over_mean_value, over_floor, stop, 0},
    {"switchless.over.p99", "ns", "<=3", "unpinned, 8 workers, 5 us each", BENCH_MEDIAN, ROUNDS,
     over_start, over_p99_value, over_floor, stop, 0},
    {"switchless.over.max", "ms", "<=5", "unpinned, 8 workers, 5 us each", BENCH_P99, ROUNDS,
     over_start, over_max_value, NULL, stop, 0},
    {"switchless.idle.cpu", "%", "<=1", "8 workers, wake-up policy", BENCH_MEDIAN, 5, over_start,
     idle_value, NULL, stop, 0},
    {"switchless.inout.4k", "ns", "<=1.2", "two CPUs, one direction", BENCH_MEDIAN, ROUNDS,
     one_start, inout_value, hand_floor, stop, 4096},
    {"switchless.inout.64k", "ns", "<=1.2", "two CPUs, one direction", BENCH_MEDIAN, ROUNDS,
     one_start, inout_value, hand_floor, stop, 65536},
    {"switchless.inout.1m", "ns", "<=1.2", "two CPUs, one direction", BENCH_MEDIAN, ROUNDS,
     one_start, inout_value, hand_floor, stop, 1 << 20},
    {.id = NULL},
};
