/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The file of a trace: what is refused, and how durations become percentiles. */
#include "support.h"
#include "wire/trace.h"
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 3 };

static uint8_t *bytes;
static size_t size;

static void begin(void)
{
    size = trace_size(TRACE_ENCLAVES_MAX, TRACE_FUNCTIONS_MAX, EVENTS);
    bytes = calloc(1, size);
    ck_assert_ptr_nonnull(bytes);
    trace_begin(bytes, EVENTS, 7);
}

static void end(void)
{
    free(bytes);
}

START_TEST(what_was_begun_opens)
{
    struct trace trace;

    ck_assert_int_eq(trace_open(bytes, size, &trace), CC_SUCCESS);
    ck_assert_uint_eq(trace.event_max, EVENTS);
    ck_assert_uint_eq(trace.head->started_ns, 7);
    ck_assert_ptr_eq((uint8_t *)(trace.events + EVENTS), bytes + size);
}
END_TEST

START_TEST(shorter_than_it_says_is_refused)
{
    struct trace trace;

    for (size_t cut = 1; cut < size; cut = cut * 2 + 1)
        ck_assert_int_eq(trace_open(bytes, size - cut, &trace), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(trace_open(bytes, 0, &trace), CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(what_it_says_about_itself_is_checked)
{
    static const size_t fields[] = {
        offsetof(struct trace_head, magic), offsetof(struct trace_head, version),
        offsetof(struct trace_head, enclave_max) + 2, offsetof(struct trace_head, function_max) + 2,
        offsetof(struct trace_head, event_max) + 3};
    struct trace trace;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bytes[fields[i]] ^= 0x40;
        ck_assert_int_eq(trace_open(bytes, size, &trace), CC_ERROR_BAD_FORMAT);
        bytes[fields[i]] ^= 0x40;
    }
    ck_assert_int_eq(trace_open(bytes, size, &trace), CC_SUCCESS);
}
END_TEST

/* Even with room for them: tables of readers have that size. */
START_TEST(no_trace_has_more_entries_than_tables_of_readers)
{
    size_t more = trace_size(TRACE_ENCLAVES_MAX + 1, TRACE_FUNCTIONS_MAX + 1, EVENTS);
    struct trace_head *head;
    struct trace trace;

    bytes = realloc(bytes, more);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 0, more);
    trace_begin(bytes, EVENTS, 7);
    head = (struct trace_head *)(void *)bytes;
    head->enclave_max++;
    ck_assert_int_eq(trace_open(bytes, more, &trace), CC_ERROR_BAD_FORMAT);
    head->enclave_max--;
    head->function_max++;
    ck_assert_int_eq(trace_open(bytes, more, &trace), CC_ERROR_BAD_FORMAT);
    head->function_max--;
    ck_assert_int_eq(trace_open(bytes, more, &trace), CC_SUCCESS);
}
END_TEST

START_TEST(a_bucket_is_within_a_sixteenth)
{
    for (uint64_t ns = 0; ns < UINT64_C(1) << 41; ns = ns * 9 / 8 + 1) {
        uint32_t bucket = trace_bucket_of(ns);
        uint64_t middle = trace_bucket_ns(bucket);

        ck_assert_uint_lt(bucket, TRACE_BUCKETS);
        if (ns < UINT64_C(1) << 40)
            ck_assert_uint_le(middle > ns ? middle - ns : ns - middle, ns / 16);
    }
    ck_assert_uint_eq(trace_bucket_of(UINT64_MAX), TRACE_BUCKETS - 1);
}
END_TEST

START_TEST(percentiles_are_those_of_the_calls)
{
    static struct trace_function f;

    ck_assert_uint_eq(trace_percentile(&f, 50), 0);
    f.buckets[trace_bucket_of(10)] = 98;
    f.buckets[trace_bucket_of(1000)] = 1;
    f.buckets[trace_bucket_of(1000000)] = 1;
    ck_assert_uint_eq(trace_percentile(&f, 50), 10);
    ck_assert_uint_eq(trace_percentile(&f, 98), 10);
    ck_assert_uint_eq(trace_bucket_of(trace_percentile(&f, 99)), trace_bucket_of(1000));
    ck_assert_uint_eq(trace_bucket_of(trace_percentile(&f, 100)), trace_bucket_of(1000000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace_file");
    TCase *tcase = tcase_of(suite, "file");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, what_was_begun_opens);
    tcase_add_test(tcase, shorter_than_it_says_is_refused);
    tcase_add_test(tcase, what_it_says_about_itself_is_checked);
    tcase_add_test(tcase, no_trace_has_more_entries_than_tables_of_readers);
    tcase_add_test(tcase, a_bucket_is_within_a_sixteenth);
    tcase_add_test(tcase, percentiles_are_those_of_the_calls);
    return suite_main(suite);
}
