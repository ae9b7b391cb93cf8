/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The enclave that is measured: next to nothing of its own, and the channel's service. */
#include "bench_t.h"
#include "memory_check.h"
#include "secgear_dataseal.h"
#include "secgear_report.h"
#include "secure_channel_enclave.h"
#include <time.h>

void bench_empty(void)
{
}

void bench_quick(void)
{
}

void bench_quick_inout(uint8_t *bytes, size_t size)
{
    (void)bytes, (void)size;
}

void bench_quick_spin(uint32_t ns)
{
    struct timespec start, now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < (long)ns);
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

enum { DATA_SIZE = 4096, TEXT_SIZE = 16, SEALED_ROOM = 8192 };

static uint8_t data[DATA_SIZE], text[TEXT_SIZE], sealed[SEALED_ROOM];

int bench_seal(uint32_t count)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    for (uint32_t i = 0; rc == CC_SUCCESS && i < count; i++)
        rc = cc_enclave_seal_data(data, sizeof data, (cc_enclave_sealed_data_t *)sealed,
                                  sizeof sealed, text, sizeof text);
    return (int)rc;
}

int bench_unseal(uint32_t count)
{
    cc_enclave_result_t rc = (cc_enclave_result_t)bench_seal(1);

    for (uint32_t i = 0; rc == CC_SUCCESS && i < count; i++) {
        uint32_t size = sizeof data, text_size = sizeof text;

        rc = cc_enclave_unseal_data((cc_enclave_sealed_data_t *)sealed, data, &size, text,
                                    &text_size);
    }
    return (int)rc;
}

int bench_report(uint32_t count)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    uint8_t user_data[CC_REPORT_USER_DATA_SIZE] = {0}, report[CC_REPORT_MAX_SIZE];

    for (uint32_t i = 0; rc == CC_SUCCESS && i < count; i++) {
        size_t size = sizeof report;

        rc = cc_enclave_get_report(user_data, report, &size);
    }
    return (int)rc;
}

int bench_open_records(size_t session_id, const uint8_t *records, size_t size, size_t each)
{
    static __thread uint8_t plain[1 << 18];
    int rc = 0;

    for (size_t at = 0; rc == 0 && at + each <= size; at += each) {
        size_t plain_size = sizeof plain;

        rc = cc_sec_chl_enclave_decrypt(session_id, records + at, each, plain, &plain_size);
    }
    return rc;
}

int bench_open_shared(size_t session_id, void *records, size_t size, size_t each)
{
    if (!cc_enclave_memory_out_enclave(records, size))
        return -1;
    return bench_open_records(session_id, records, size, each);
}

int bench_ask(uint32_t count)
{
    int answer = 0;

    for (uint32_t i = 0; i < count; i++)
        if (bench_answer(&answer, (int)i) != CC_SUCCESS || answer != (int)i)
            return -1;
    return 0;
}
