/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/trace.h"
#include "base/detail.h"
#include <string.h>

static const char MAGIC[8] = "SGTRACE";

size_t trace_size(uint32_t enclaves, uint32_t functions, uint32_t events)
{
    return TRACE_HEAD_SIZE + (size_t)enclaves * sizeof(struct trace_enclave) +
           (size_t)functions * sizeof(struct trace_function) +
           (size_t)events * sizeof(struct trace_event);
}

void trace_begin(void *bytes, uint32_t event_max, uint64_t now_ns)
{
    struct trace_head *head = bytes;

    head->version = TRACE_VERSION;
    head->enclave_max = TRACE_ENCLAVES_MAX;
    head->function_max = TRACE_FUNCTIONS_MAX;
    head->event_max = event_max;
    head->started_ns = now_ns;
    memcpy(head->magic, MAGIC, sizeof head->magic);
}

cc_enclave_result_t trace_open(void *bytes, size_t size, struct trace *ret_trace)
{
    struct trace_head *head = bytes;
    struct trace trace = {.head = head};
    uint8_t *at = bytes;
    size_t needed;

    if (size < TRACE_HEAD_SIZE || memcmp(head->magic, MAGIC, sizeof MAGIC) != 0)
        return detail_fail(CC_ERROR_BAD_FORMAT, "trace: no trace of secgear (its first bytes)");
    if (head->version != TRACE_VERSION)
        return detail_fail(CC_ERROR_BAD_FORMAT, "trace: version %u, expected %u", head->version,
                           TRACE_VERSION);
    trace.enclave_max = head->enclave_max;
    trace.function_max = head->function_max;
    trace.event_max = head->event_max;
    if (trace.enclave_max > TRACE_ENCLAVES_MAX || trace.function_max > TRACE_FUNCTIONS_MAX ||
        trace.event_max > TRACE_EVENTS_MAX)
        return detail_fail(CC_ERROR_BAD_FORMAT, "trace: more entries than any trace has");
    needed = trace_size(trace.enclave_max, trace.function_max, trace.event_max);
    if (size < needed)
        return detail_fail(CC_ERROR_BAD_FORMAT, "trace: %zu bytes of %zu; it was cut off", size,
                           needed);
    trace.enclaves = (void *)(at + TRACE_HEAD_SIZE);
    trace.functions = (void *)(trace.enclaves + trace.enclave_max);
    trace.events = (void *)(trace.functions + trace.function_max);
    *ret_trace = trace;
    return CC_SUCCESS;
}

uint32_t trace_bucket_of(uint64_t ns)
{
    uint32_t power;

    if (ns < TRACE_PARTS)
        return (uint32_t)ns;
    power = 63 - (uint32_t)__builtin_clzll(ns); /* at least TRACE_PART_BITS */
    if (power >= 40)
        return TRACE_BUCKETS - 1;
    return (power - TRACE_PART_BITS + 1) * TRACE_PARTS +
           (uint32_t)(ns >> (power - TRACE_PART_BITS) & (TRACE_PARTS - 1));
}

uint64_t trace_bucket_ns(uint32_t bucket)
{
    uint32_t shift;

    if (bucket < 2 * TRACE_PARTS)
        return bucket;
    shift = bucket / TRACE_PARTS - 1;
    return ((uint64_t)(TRACE_PARTS + bucket % TRACE_PARTS) << shift) + (UINT64_C(1) << shift) / 2;
}

uint64_t trace_percentile(const struct trace_function *function, double percent)
{
    uint64_t all = 0, passed = 0;
    double wanted;

    for (uint32_t i = 0; i < TRACE_BUCKETS; i++)
        all += function->buckets[i];
    wanted = (double)all * percent / 100;
    for (uint32_t i = 0; i < TRACE_BUCKETS; i++) {
        passed += function->buckets[i];
        if (passed > 0 && (double)passed >= wanted)
            return trace_bucket_ns(i);
    }
    return 0;
}
