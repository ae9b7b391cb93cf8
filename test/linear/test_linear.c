/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_linear.c - what decoders cost at worst: steps, not time. Their code is built once more with
 * a call at each branch (-fsanitize-coverage=trace-pc, test/linear.mk), which is counted here, and
 * fed inputs of n and of 2n bytes: twice the bytes, at most twice the steps.
 */
#include "support.h"
#include "verify/event_replay.h"
#include "verify/intel_tcb.h"
#include "verify/judge.h"
#include "verify/token.h"
#include "wire/cbor.h"
#include "wire/csv_report.h"
#include "wire/dcap_quote.h"
#include "wire/pem.h"
#include "wire/snp_report.h"
#include "wire/tpm_quote.h"
#include <stdlib.h>

enum { LARGE = 48 << 10, SLACK = 4000, ROOM_SIZE = 4 * LARGE };

static uint64_t steps;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

/* Each fills size bytes, or nearly so. */
static void byte_many(struct writer *w, size_t size, uint8_t byte)
{
    while (w->size < size)
        writer_u8(w, byte);
}

static void zeros(struct writer *w, size_t size)
{
    byte_many(w, size, 0);
}

static void letters(struct writer *w, size_t size)
{
    byte_many(w, size, 'A');
}

static void cbor_items(struct writer *w, size_t size)
{
    cbor_put_array(w, size - 3); /* of zeros */
    byte_many(w, w->size + size - 3, 0);
}

static void cbor_pairs(struct writer *w, size_t size)
{
    cbor_put_map(w, size / 4);
    for (size_t i = 0; i < size / 4; i++) { /* ascending keys of three bytes each */
        cbor_put_uint(w, 256 + i);
        cbor_put_uint(w, 0);
    }
}

static void cbor_text(struct writer *w, size_t size)
{
    static uint8_t text[ROOM_SIZE];

    memset(text, 'a', size);
    cbor_put_text(w, view_of(text, size));
}

/* COSE_Sign1 whose unprotected header holds a long array. */
static void cose_header(struct writer *w, size_t size)
{
    cbor_put_array(w, 4);
    cbor_put_bytes(w, view_of("\xa1\x01\x26", 3));
    cbor_put_map(w, 1);
    cbor_put_int(w, 5);
    cbor_items(w, size);
    cbor_put_bytes(w, VIEW_EMPTY);
    cbor_put_bytes(w, VIEW_EMPTY);
}

static void tcg_start(struct writer *w)
{
    writer_le32(w, 0);
    writer_le32(w, TCG_NO_ACTION);
    byte_many(w, w->size + 20, 0);
    writer_le32(w, 33);
    writer_put(w, view_of("Spec ID Event03", 16));
    writer_put(w, view_of("\0\0\0\0\0\2\0\2", 8));
    writer_le32(w, 1);
    writer_le16(w, TCG_SHA256);
    writer_le16(w, 32);
    writer_u8(w, 0);
}

/* Events as short as can be. */
static void tcg_events(struct writer *w, size_t size)
{
    tcg_start(w);
    while (w->size + 16 <= size) {
        writer_le32(w, 1);
        writer_le32(w, TCG_NO_ACTION);
        writer_le32(w, 0);
        writer_le32(w, 0);
    }
}

/* Zeros that look like room that was never written, but for the last byte. */
static void tcg_nearly_room(struct writer *w, size_t size)
{
    tcg_start(w);
    byte_many(w, size - 1, 0);
    writer_u8(w, 1);
}

static void tcg_room(struct writer *w, size_t size)
{
    tcg_start(w);
    byte_many(w, size, 0xff);
}

static void tcg_measured(struct writer *w, size_t size)
{
    tcg_start(w);
    while (w->size + 50 <= size) {
        writer_le32(w, 2);
        writer_le32(w, TCG_ACTION);
        writer_le32(w, 1);
        writer_le16(w, TCG_SHA256);
        byte_many(w, w->size + 32, 7);
        writer_le32(w, 0);
    }
}

static void ima_entries(struct writer *w, size_t size)
{
    while (w->size + 33 <= size) {
        writer_le32(w, 10);
        byte_many(w, w->size + 20, 0);
        writer_le32(w, 1);
        writer_u8(w, 'x');
        writer_le32(w, 0);
    }
}

static void ima_lines(struct writer *w, size_t size)
{
    while (w->size + 60 <= size)
        writer_put(w, view_text("10 0000000000000000000000000000000000000000 x sha256:00 a\n"));
}

static void ima_long_line(struct writer *w, size_t size)
{
    writer_put(w, view_text("10 0000000000000000000000000000000000000000 x sha256:00 "));
    byte_many(w, size - 1, 'a');
    writer_u8(w, '\n');
}

static void json_members(struct writer *w, size_t size)
{
    writer_u8(w, '{');
    while (w->size + 16 <= size)
        writer_put(w, view_text("\"a\":[\"\\\\\\\"\"],"));
    writer_put(w, view_text("\"b\":1}"));
}

static void json_depth(struct writer *w, size_t size)
{
    writer_put(w, view_text("{\"a\":"));
    byte_many(w, size / 2, '[');
    byte_many(w, size - 10, ']');
    writer_put(w, view_text(",\"b\":1}"));
}

/* A revocation list of as many serials of one byte. */
static void list_entries(struct writer *w, size_t size)
{
    static const uint8_t ALGORITHM[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    size_t whole = der_open(w, DER_SEQUENCE), tbs = der_open(w, DER_SEQUENCE), list;

    der_put(w, DER_INTEGER, view_of("\1", 1));
    writer_put(w, VIEW_OF(ALGORITHM));
    der_put(w, DER_SEQUENCE, VIEW_EMPTY);
    der_put(w, DER_UTC_TIME, view_text("250101000000Z"));
    list = der_open(w, DER_SEQUENCE);
    while (w->size + 100 <= size) {
        size_t one = der_open(w, DER_SEQUENCE);

        der_put(w, DER_INTEGER, view_of("\2", 1));
        der_put(w, DER_UTC_TIME, view_text("250101000000Z"));
        der_close(w, one);
    }
    der_close(w, list);
    der_close(w, tbs);
    writer_put(w, VIEW_OF(ALGORITHM));
    der_put(w, DER_BIT_STRING, view_of("\0\0", 2));
    der_close(w, whole);
}

static void quote_padded(struct writer *w, size_t size)
{
    writer_le16(w, 3);
    writer_le16(w, 2);
    byte_many(w, 432, 0);
    writer_le32(w, 64 + 64 + 384 + 64 + 2 + 2 + 4);
    byte_many(w, size, 0);
}

static void pem_lines(struct writer *w, size_t size)
{
    writer_put(w, view_text("-----BEGIN CERTIFICATE-----\n"));
    while (w->size + 100 <= size) {
        byte_many(w, w->size + 64, 'A');
        writer_u8(w, '\n');
    }
    writer_put(w, view_text("-----END CERTIFICATE-----\n"));
}

static void pem_blocks(struct writer *w, size_t size)
{
    while (w->size + 60 <= size)
        writer_put(w, view_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"));
}

/* What is run over them. */
static void run_cbor(struct view v)
{
    struct reader r = reader_over(v), f = reader_over(v), t = reader_over(v);

    cbor_take_item(&r);
    cbor_take_foreign(&f);
    cbor_take_text(&t);
}

static void run_cose(struct view v)
{
    struct cose_sign1 m;
    struct cose_key key;

    (void)!cose_sign1_decode(v, &m);
    (void)!cose_key_decode(v, &key);
}

static void run_tcg(struct view v)
{
    struct replayed r = {.hash = HASH_SHA256};

    (void)!tcg_log_replay(v, HASH_SHA256, &r);
}

static void run_ima(struct view v)
{
    struct replayed r = {.hash = HASH_SHA256};

    (void)!ima_log_replay(v, HASH_SHA256, &r);
}

static void run_json(struct view v)
{
    struct view raw;

    (void)!json_member_raw(v, "b", &raw);
}

static void run_list(struct view v)
{
    struct x509_crl crl;

    if (x509_crl_decode(v, &crl) == CC_SUCCESS)
        x509_crl_has(&crl, view_of("\3", 1));
}

static void run_certs(struct view v)
{
    struct certs certs = {.count = 0};

    (void)!certs_read(v, &certs);
    certs_free(&certs);
}

static void run_quote(struct view v)
{
    struct dcap_quote q;

    (void)!dcap_quote_decode(v, &q);
}

static void run_others(struct view v)
{
    struct tpm_quote q;
    struct tpm_signature s;
    struct snp_report snp;
    struct csv_report csv;
    struct x509 cert;
    uint8_t room[64];
    struct writer w = writer_over(room, sizeof room);

    (void)!tpm_quote_decode(v, &q);
    (void)!tpm_signature_decode(v, &s);
    (void)!snp_report_decode(v, &snp);
    (void)!csv_report_decode(v, &csv);
    (void)!x509_decode(v, &cert);
    (void)!base64_decode(v, &w);
    (void)!base64url_decode(v, &w);
}

/* As evidence, told to be of each type. */
static void run_judges(struct view v)
{
    static struct cc_verify_result result;
    const cc_verify_blob_t blob[] = {{"report", v.data, v.size},   {"token", v.data, v.size},
                                     {"quote", v.data, v.size},    {"hcl_report", v.data, v.size},
                                     {"dev_cert", v.data, v.size}, {"ima", v.data, v.size},
                                     {"ccel", v.data, v.size},     {"tcg", v.data, v.size}};
    cc_verify_input_t input = {NULL, blob, 8, blob, 8, NULL, 0, 1760000000};
    struct verifiers set;

    verifiers_builtin(&set);
    for (size_t i = 0; i < set.count; i++) {
        set.list[i]->detects(&input);
        input.tee = set.list[i]->name;
        (void)!judge_evidence(&(struct judge_by){&set, NULL, NULL}, &input, &result);
    }
}

/* Sizes below each decoder's own limit. */
#define ROW(make, run, size)                                                                       \
    {                                                                                              \
#make, make, run, size                                                                     \
    }
static const struct {
    const char *name;
    void (*make)(struct writer *w, size_t size);
    void (*run)(struct view v);
    size_t size;
} ROWS[] = {
    ROW(cbor_items, run_cbor, LARGE),        ROW(cbor_pairs, run_cbor, LARGE),
    ROW(cbor_text, run_cbor, LARGE),         ROW(cose_header, run_cose, LARGE),
    ROW(tcg_events, run_tcg, LARGE),         ROW(tcg_nearly_room, run_tcg, LARGE),
    ROW(tcg_room, run_tcg, LARGE),           ROW(tcg_measured, run_tcg, LARGE),
    ROW(ima_entries, run_ima, LARGE),        ROW(ima_lines, run_ima, LARGE),
    ROW(ima_long_line, run_ima, 20 << 10),   ROW(json_members, run_json, LARGE),
    ROW(json_depth, run_json, LARGE),        ROW(list_entries, run_list, 24 << 10),
    ROW(pem_lines, run_certs, 7 << 10),      ROW(pem_blocks, run_certs, 7 << 10),
    ROW(quote_padded, run_quote, 24 << 10),  ROW(zeros, run_others, LARGE),
    ROW(letters, run_others, LARGE),         ROW(zeros, run_judges, 8 << 10),
    ROW(letters, run_judges, 8 << 10),       ROW(cbor_items, run_judges, 8 << 10),
    ROW(cose_header, run_judges, 8 << 10),   ROW(tcg_events, run_judges, 8 << 10),
    ROW(tcg_nearly_room, run_judges, LARGE), ROW(ima_entries, run_judges, 8 << 10),
    ROW(json_members, run_judges, 8 << 10),  ROW(quote_padded, run_judges, 8 << 10),
};

static uint64_t steps_of(size_t row, size_t size)
{
    static uint8_t room[ROOM_SIZE];
    struct writer w = writer_over(room, sizeof room);

    ROWS[row].make(&w, size);
    ck_assert_msg(!w.failed && w.size + 160 >= size && w.size <= size + 128, "%s: %zu of %zu",
                  ROWS[row].name, w.size, size);
    steps = 0;
    ROWS[row].run(writer_view(&w));
    return steps;
}

START_TEST(twice_the_bytes_take_at_most_twice_the_steps)
{
    size_t row = (size_t)_i;
    uint64_t once, twice;

    steps_of(row, ROWS[row].size); /* what is made once for all */
    once = steps_of(row, ROWS[row].size);
    twice = steps_of(row, 2 * ROWS[row].size);
    ck_assert_uint_gt(once, 0);
    printf("  %-16s %8llu %8llu steps\n", ROWS[row].name, (unsigned long long)once,
           (unsigned long long)twice);
    ck_assert_msg(twice <= 2 * once + SLACK, "%s: %llu steps, of twice the bytes %llu",
                  ROWS[row].name, (unsigned long long)once, (unsigned long long)twice);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/linear");

    tcase_add_loop_test(tcase_of(suite, "linear"), twice_the_bytes_take_at_most_twice_the_steps, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    return suite_main(suite);
}
