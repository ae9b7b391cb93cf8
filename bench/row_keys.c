/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Sealing, opening and reports, many within one ecall, against the primitives they consist of. */
#include "bench.h"
#include "bench_u.h"
#include "floor/primitives.h"
#include <string.h>

enum { SEALS = 4000, REPORTS = 400, SIZE_4K = 4096 };

static cc_enclave_t enclave;
static uint8_t bytes[SIZE_4K];

static bool keys_start(const struct bench_row *row)
{
    (void)row;
    return cpu_pin() && seal_floor_start() && signer_start() && bench_create(&enclave);
}

static void keys_stop(void)
{
    if (enclave.used_flag)
        cc_enclave_destroy(&enclave);
    signer_stop();
}

typedef cc_enclave_result_t (*many)(cc_enclave_t *enclave, int *retval, uint32_t count);

static double many_ns(many function, unsigned count)
{
    double start = now_s();
    int retval = -1;

    if (function(&enclave, &retval, count) != CC_SUCCESS || retval != 0) {
        bench_say("the enclave says no");
        return -1;
    }
    return (now_s() - start) * 1e9 / count;
}

static double seal_value(void)
{
    return many_ns(bench_seal, SEALS);
}

static double unseal_value(void)
{
    return many_ns(bench_unseal, SEALS);
}

static double report_value(void)
{
    return many_ns(bench_report, REPORTS);
}

static double seal_floor(void)
{
    double start = now_s();

    return seal_floor_run(bytes, sizeof bytes, SEALS) ? (now_s() - start) * 1e9 / SEALS : -1;
}

static double unseal_floor(void)
{
    double start;

    if (!seal_floor_run(bytes, sizeof bytes, 1))
        return -1;
    start = now_s();
    return unseal_floor_run(sizeof bytes, SEALS) ? (now_s() - start) * 1e9 / SEALS : -1;
}

static double report_floor(void)
{
    double start = now_s();

    return signer_run(REPORTS) ? (now_s() - start) * 1e9 / REPORTS : -1;
}

const struct bench_row KEYS_ROWS[] = {
    {"seal.4k", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, keys_start, seal_value, seal_floor,
     keys_stop, 0},
    {"unseal.4k", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, keys_start, unseal_value,
     unseal_floor, keys_stop, 0},
    {"report.sign", "ns", "<=1.2", "one core", BENCH_MEDIAN, 31, keys_start, report_value,
     report_floor, keys_stop, 0},
    {.id = NULL},
};
