/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_ccel.c - the event log of a TD against the registers of its quote, from own keys: one
 * bit of each field of each record, records left out, doubled and moved, the log cut off anywhere.
 */
#include "forge_intel.h"
#include "support.h"
#include "verify/event_replay.h"

enum { RECORDS = 5, LOG_ROOM = 2048, FIRST_SIZE = 32 + 33, RECORD_HEAD = 12 + 2 + 48 + 4 };
enum { BODY_RTMR_AT = 328, REGISTER_SIZE = 48 };

/* Of a separator or an action the data is what is measured; of others, something else. */
static const struct record {
    uint32_t reg, type;
    const char *data;
    bool described;
} MADE[RECORDS] = {{1, 0x80000001, "SecureBoot=1", false},
                   {1, 4, "\xff\xff\xff\xff", false},
                   {2, 0x80000003, "kernel", true},
                   {3, 5, "Calling EFI Application", false},
                   {4, 13, "application", true}};

struct log {
    uint8_t bytes[LOG_ROOM];
    size_t size, at[RECORDS + 1]; /* where each record begins, and the end */
};

static struct intel f;
static struct rig rig;
static struct log made;
static json_t *policy;

static void record_put(struct writer *w, const struct record *r)
{
    uint8_t digest[REGISTER_SIZE];

    ck_assert(
        hash_digest(HASH_SHA384, view_text(r->described ? "what was loaded" : r->data), digest));
    writer_le32(w, r->reg);
    writer_le32(w, r->type);
    writer_le32(w, 1);
    writer_le16(w, TCG_SHA384);
    writer_put(w, VIEW_OF(digest));
    writer_le32(w, (uint32_t)strlen(r->data));
    writer_put(w, view_text(r->data));
}

/* Records by their numbers, in that order. */
static void log_put(struct log *log, const size_t *order, size_t count)
{
    static const uint8_t ZEROS[20];
    struct writer w = writer_over(log->bytes, sizeof log->bytes);

    writer_le32(&w, 1);
    writer_le32(&w, TCG_NO_ACTION);
    writer_put(&w, VIEW_OF(ZEROS));
    writer_le32(&w, 33);
    writer_put(&w, view_of("Spec ID Event03", 16));
    writer_put(&w, view_of("\0\0\0\0\0\2\0\2", 8));
    writer_le32(&w, 1);
    writer_le16(&w, TCG_SHA384);
    writer_le16(&w, REGISTER_SIZE);
    writer_u8(&w, 0);
    for (size_t i = 0; i < count; i++) {
        log->at[i] = w.size;
        record_put(&w, &MADE[order[i]]);
    }
    ck_assert(!w.failed);
    log->size = log->at[count] = w.size;
}

static void setup(void)
{
    static const size_t ORDER[RECORDS] = {0, 1, 2, 3, 4};
    struct replayed r;

    memset(&rig, 0, sizeof rig);
    log_put(&made, ORDER, RECORDS);
    ck_assert_msg(tcg_log_replay(view_of(made.bytes, made.size), HASH_SHA384, &r) == CC_SUCCESS,
                  "%s", detail_get());
    intel_make(&f, true, 4);
    for (size_t i = 0; i < 4; i++)
        memcpy(f.body + BODY_RTMR_AT + REGISTER_SIZE * i, r.value[i + 1], REGISTER_SIZE);
    intel_build(&f, &rig);
    rig_bytes(&rig, true, "ccel", view_of(made.bytes, made.size));
    policy = intel_policy(&f);
    json_object_set_new(json_object_get(json_object_get(policy, "tees"), "tdx"), "require",
                        json_pack("[s]", "log.ccel"));
    rig.cache = verify_cache_new(64); /* only the log changes here */
}

static void teardown(void)
{
    verify_cache_free(rig.cache);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}

static cc_verify_verdict_t judged(void)
{
    struct cc_verify_result *v = rig_judge(&rig, "tdx", policy);
    cc_verify_verdict_t verdict = v->verdict;

    free(v);
    return verdict;
}

/* What leads to no register: of the first record its register, zeros and versions; of others the
 * type, which only says how the data is to be read, and data that is described, not measured. */
static bool is_uncovered(size_t at)
{
    size_t i = 0;

    if (at < made.at[0])
        return at < 4 || (at >= 8 && at < 28) || (at >= 48 && at < 56) || at == made.at[0] - 1;
    while (at >= made.at[i + 1])
        i++;
    at -= made.at[i];
    return (at >= 4 && at < 8) || (MADE[i].described && at >= RECORD_HEAD);
}

START_TEST(no_flipped_bit_of_a_record_passes)
{
    struct buf *log = &rig_part(&rig, true, "ccel")->bytes;
    size_t uncovered = 0;

    ck_assert_int_eq(judged(), CC_VERIFY_ACCEPTED);
    for (size_t bit = 0; bit < 8 * log->size; bit++) {
        cc_verify_verdict_t verdict;

        log->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        verdict = judged();
        log->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (is_uncovered(bit / 8))
            uncovered += bit % 8 == 0;
        else
            ck_assert_msg(verdict == CC_VERIFY_REFUSED, "bit %zu of byte %zu: accepted", bit % 8,
                          bit / 8);
    }
    /* 4 + 20 + 8 + 1 of the first record, 4 of each other one, and two described things. */
    ck_assert_uint_eq(uncovered, 33 + 4 * RECORDS + strlen("kernel") + strlen("application"));
}
END_TEST

START_TEST(no_log_that_is_cut_off_passes)
{
    struct buf *log = &rig_part(&rig, true, "ccel")->bytes;
    size_t whole = log->size;

    for (size_t size = 1; size < whole; size++) { /* each record's end among them */
        log->size = size;
        ck_assert_msg(judged() == CC_VERIFY_REFUSED, "%zu bytes: accepted", size);
    }
    log->size = whole;
    rig_drop(&rig, true, "ccel");
    ck_assert_int_eq(judged(), CC_VERIFY_REFUSED); /* the policy requires it */
}
END_TEST

START_TEST(no_other_order_or_number_of_records_passes)
{
    static const size_t ORDERS[][RECORDS] = {
        {1, 0, 2, 3, 4}, {0, 1, 2, 3, 3}, {0, 2, 3, 4, 4}, {0, 1, 1, 3, 4}, {2, 1, 2, 3, 4}};
    static struct log other;

    for (size_t i = 0; i < sizeof ORDERS / sizeof ORDERS[0]; i++) {
        log_put(&other, ORDERS[i], RECORDS);
        rig_bytes(&rig, true, "ccel", view_of(other.bytes, other.size));
        ck_assert_msg(judged() == CC_VERIFY_REFUSED, "order %zu: accepted", i);
    }
}
END_TEST

/* Between registers the order is not measured. */
START_TEST(records_of_other_registers_may_stand_between)
{
    static const size_t ORDER[RECORDS] = {4, 3, 0, 2, 1};
    static struct log other;

    log_put(&other, ORDER, RECORDS);
    rig_bytes(&rig, true, "ccel", view_of(other.bytes, other.size));
    ck_assert_int_eq(judged(), CC_VERIFY_ACCEPTED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/ccel");
    TCase *tcase = tcase_of(suite, "ccel");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, no_flipped_bit_of_a_record_passes);
    tcase_add_test(tcase, no_log_that_is_cut_off_passes);
    tcase_add_test(tcase, no_other_order_or_number_of_records_passes);
    tcase_add_test(tcase, records_of_other_registers_may_stand_between);
    return suite_main(suite);
}
