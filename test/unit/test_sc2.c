/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/sc2.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>

static const char UUID[] = "f68fd704-6eb1-4d14-b218-722850eb3ef0";
static const uint8_t NONCE[SC2_NONCE_SIZE] = {1, 2, 3};
static const uint8_t SHARE[32] = {4, 5, 6};
static const uint8_t MAC[SC2_MAC_SIZE] = {7, 8, 9};
static const uint8_t EVIDENCE[] = "evidence";
static const uint8_t SUITE_P256[] = {0x02, 0x00};
static const uint64_t SESSION = UINT64_C(0x1122334455667788);

enum { KINDS = 6 };

/* One valid encoding of each kind, built by the encoders. */
struct sample {
    uint8_t bytes[512];
    size_t size;
};

static struct sc2_hello hello_good(void)
{
    struct sc2_hello hello = {.suites = {SC2_SUITE_P256, SC2_SUITE_X25519},
                              .suite_count = 2,
                              .uuid_text = view_text(UUID),
                              .nonce = VIEW_OF(NONCE),
                              .share = VIEW_OF(SHARE)};

    ck_assert(sc2_exts_add(&hello.exts, SC2_EXT_RETRIED, VIEW_OF(SUITE_P256)));
    return hello;
}

static struct sc2_hello_rsp rsp_good(void)
{
    return (struct sc2_hello_rsp){.suite = SC2_SUITE_P256,
                                  .session_id = SESSION,
                                  .nonce = VIEW_OF(NONCE),
                                  .share = VIEW_OF(SHARE),
                                  .evidence = VIEW_OF(EVIDENCE),
                                  .fin_s = VIEW_OF(MAC)};
}

static struct sample sample_of(int kind)
{
    struct sample s;
    struct writer w = writer_over(s.bytes, sizeof s.bytes);
    struct sc2_hello hello = hello_good();
    struct sc2_hello_rsp rsp = rsp_good();
    struct sc2_finish finish = {.fin_c = VIEW_OF(MAC)};
    struct sc2_exts exts = {.count = 0};
    struct sc2_record record = {.session_id = SESSION, .seq = 3, .data = VIEW_OF(EVIDENCE)};
    struct sc2_message message = {
        .type = SC2_FINISH_RSP, .session_id = SESSION, .status = 5, .body = VIEW_OF(MAC)};

    if (kind == 0)
        sc2_message_encode(&message, &w);
    if (kind == 1)
        sc2_hello_encode(&hello, &w);
    if (kind == 2)
        sc2_hello_rsp_encode(&rsp, &w);
    if (kind == 3)
        sc2_finish_encode(&finish, &w);
    if (kind == 4) {
        ck_assert(sc2_exts_add(&exts, SC2_EXT_SUITE, VIEW_OF(SUITE_P256)));
        sc2_error_encode(&exts, &w);
    }
    if (kind == 5) {
        sc2_record_header_encode(&record, writer_claim(&w, SC2_RECORD_HEADER_SIZE));
        writer_put(&w, VIEW_OF(EVIDENCE));
        writer_put(&w, (struct view){MAC, SC2_RECORD_TAG_SIZE});
    }
    ck_assert(!w.failed);
    s.size = w.size;
    return s;
}

union decoded {
    struct sc2_message message;
    struct sc2_hello hello;
    struct sc2_hello_rsp rsp;
    struct sc2_finish finish;
    struct sc2_exts exts;
    struct sc2_record record;
};

static cc_enclave_result_t decode(int kind, struct view bytes, union decoded *ret)
{
    switch (kind) {
    case 0:
        return sc2_message_decode(bytes, &ret->message);
    case 1:
        return sc2_hello_decode(bytes, &ret->hello);
    case 2:
        return sc2_hello_rsp_decode(bytes, &ret->rsp);
    case 3:
        return sc2_finish_decode(bytes, &ret->finish);
    case 4:
        return sc2_error_decode(bytes, &ret->exts);
    default:
        return sc2_record_decode(bytes, &ret->record);
    }
}

/* From a heap copy of exactly that size, so that ASan sees a read past the end; and the output must
 * be untouched on error. */
static cc_enclave_result_t decode_exact(int kind, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    union decoded out, before;
    cc_enclave_result_t rc;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, data, size);
    memset(&out, 0x5a, sizeof out);
    before = out;
    rc = decode(kind, (struct view){copy, size}, &out);
    if (rc != CC_SUCCESS)
        ck_assert_mem_eq(&out, &before, sizeof out);
    free(copy);
    return rc;
}

START_TEST(decode_accepts_what_encode_wrote)
{
    struct sample s = sample_of(_i);

    ck_assert_int_eq(decode_exact(_i, s.bytes, s.size), CC_SUCCESS);
}
END_TEST

START_TEST(decode_rejects_each_truncation_and_leaves_output_alone)
{
    struct sample s = sample_of(_i);

    for (size_t size = 0; size < s.size; size++)
        ck_assert_int_ne(decode_exact(_i, s.bytes, size), CC_SUCCESS);
}
END_TEST

START_TEST(decode_survives_each_bit_flip)
{
    struct sample s = sample_of(_i);

    for (size_t bit = 0; bit < 8 * s.size; bit++) {
        s.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!decode_exact(_i, s.bytes, s.size);
        s.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(decode_rejects_trailing_bytes_in_a_body)
{
    struct sample s = sample_of(_i);

    s.bytes[s.size] = 0;
    ck_assert_int_ne(decode_exact(_i, s.bytes, s.size + 1), CC_SUCCESS);
}
END_TEST

START_TEST(message_decode_ignores_bytes_behind_the_body)
{
    struct sample s = sample_of(0);
    struct sc2_message m;

    s.bytes[s.size] = 0; /* the NUL that Python adds */
    ck_assert_int_eq(sc2_message_decode(view_of(s.bytes, s.size + 1), &m), CC_SUCCESS);
    ck_assert_uint_eq(m.body.size, SC2_MAC_SIZE);
}
END_TEST

START_TEST(message_decode_reads_each_field)
{
    struct sample s = sample_of(0);
    struct sc2_message m;

    ck_assert_int_eq(sc2_message_decode(view_of(s.bytes, s.size), &m), CC_SUCCESS);
    ck_assert_int_eq(m.type, SC2_FINISH_RSP);
    ck_assert_uint_eq(m.session_id, SESSION);
    ck_assert_uint_eq(m.status, 5);
    ck_assert(view_equal(m.body, VIEW_OF(MAC)));
}
END_TEST

/* Offset, what to write there, and the code that must follow. */
static const struct {
    size_t offset;
    uint8_t value;
    cc_enclave_result_t code;
} header_cases[] = {
    {0, 3, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM},      /* unknown type */
    {1, 1, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM},      /* type above 255 */
    {4, 1, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},         /* flags */
    {20, 0, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM},     /* version 0: the reference */
    {20, 3, CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM},     /* version 3 */
    {22, 31, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},       /* header size */
    {24, 33, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},       /* one byte missing */
    {25, 0x28, CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID}, /* 10272 bytes */
    {27, 0xff, CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID}, /* negative as int */
    {28, 1, CC_ERROR_SEC_CHL_INVALID_EXCH_BUF},        /* zero */
};

START_TEST(message_decode_names_what_is_wrong)
{
    struct sample s = sample_of(0);

    s.bytes[header_cases[_i].offset] = header_cases[_i].value;
    ck_assert_int_eq(decode_exact(0, s.bytes, s.size), header_cases[_i].code);
}
END_TEST

START_TEST(message_takes_a_body_of_the_maximum_and_no_more)
{
    static uint8_t room[SC2_MESSAGE_MAX_SIZE + 1], body[SC2_BODY_MAX_SIZE + 1];
    struct sc2_message m = {.type = SC2_HELLO, .body = {body, SC2_BODY_MAX_SIZE}};
    struct writer w = writer_over(room, sizeof room);
    struct sc2_message out;

    sc2_message_encode(&m, &w);
    ck_assert(!w.failed);
    ck_assert_int_eq(sc2_message_decode(writer_view(&w), &out), CC_SUCCESS);
    m.body.size++;
    w = writer_over(room, sizeof room);
    sc2_message_encode(&m, &w);
    ck_assert(w.failed);
}
END_TEST

START_TEST(hello_decode_reads_each_field)
{
    struct sample s = sample_of(1);
    struct sc2_hello h;

    ck_assert_int_eq(sc2_hello_decode(view_of(s.bytes, s.size), &h), CC_SUCCESS);
    ck_assert_uint_eq(h.suite_count, 2);
    ck_assert_uint_eq(h.suites[0], SC2_SUITE_P256);
    ck_assert_uint_eq(h.suites[1], SC2_SUITE_X25519);
    ck_assert_uint_eq(h.uuid.bytes[0], 0xf6);
    ck_assert(view_equal(h.uuid_text, view_text(UUID)));
    ck_assert(view_equal(h.nonce, VIEW_OF(NONCE)));
    ck_assert(view_equal(h.share, VIEW_OF(SHARE)));
    ck_assert_uint_eq(sc2_exts_u16(&h.exts, SC2_EXT_RETRIED), SC2_SUITE_P256);
    ck_assert_uint_eq(sc2_exts_u16(&h.exts, SC2_EXT_COOKIE), 0);
}
END_TEST

START_TEST(hello_decode_rejects_bad_suite_lists)
{
    static const uint16_t counts[] = {0, SC2_SUITES_MAX_COUNT + 1, 0xffff};
    struct sample s = sample_of(1);

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        s.bytes[0] = (uint8_t)counts[i];
        s.bytes[1] = (uint8_t)(counts[i] >> 8);
        ck_assert_int_eq(decode_exact(1, s.bytes, s.size), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
    }
    s = sample_of(1);
    s.bytes[2] = SC2_SUITE_X25519; /* now twice the same */
    ck_assert_int_eq(decode_exact(1, s.bytes, s.size), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

START_TEST(hello_decode_rejects_a_uuid_that_is_none)
{
    struct sample s = sample_of(1);

    s.bytes[6] = 'x';
    ck_assert_int_eq(decode_exact(1, s.bytes, s.size), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

START_TEST(hello_rsp_decode_reads_each_field_and_the_head)
{
    uint8_t room[256];
    struct writer head = writer_over(room, sizeof room);
    struct sc2_hello_rsp good = rsp_good(), h;
    struct sample s = sample_of(2);

    ck_assert_int_eq(sc2_hello_rsp_decode(view_of(s.bytes, s.size), &h), CC_SUCCESS);
    sc2_hello_rsp_head_encode(&good, &head);
    ck_assert(view_equal(h.head, writer_view(&head)));
    ck_assert_uint_eq(h.suite, SC2_SUITE_P256);
    ck_assert_uint_eq(h.session_id, SESSION);
    ck_assert(view_equal(h.nonce, VIEW_OF(NONCE)));
    ck_assert(view_equal(h.share, VIEW_OF(SHARE)));
    ck_assert(view_equal(h.evidence, VIEW_OF(EVIDENCE)));
    ck_assert(view_equal(h.fin_s, VIEW_OF(MAC)));
}
END_TEST

START_TEST(hello_rsp_decode_rejects_a_small_session_id)
{
    struct sample s = sample_of(2);

    memset(s.bytes + 6, 0, 4); /* upper half of the session id */
    ck_assert_int_eq(decode_exact(2, s.bytes, s.size), CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

/* Extension lists: total, then type, size and data. */
static const struct {
    uint8_t bytes[24];
    size_t size;
    bool good;
} ext_cases[] = {
    {{0, 0}, 2, true},
    {{4, 0, 9, 0, 0, 0}, 6, true},               /* unknown, not critical */
    {{4, 0, 9, 0x80, 0, 0}, 6, false},           /* unknown, critical */
    {{6, 0, 2, 0x80, 2, 0, 1, 0}, 8, true},      /* known */
    {{5, 0, 2, 0x80, 1, 0, 1}, 7, false},        /* known, of a wrong size */
    {{8, 0, 9, 0, 0, 0, 9, 0, 0, 0}, 10, false}, /* twice */
    {{8, 0, 9, 0, 0, 0, 8, 0, 0, 0}, 10, false}, /* descending */
    {{8, 0, 8, 0, 0, 0, 9, 0, 0, 0}, 10, true},  /* ascending */
    {{4, 0, 0, 0, 0, 0}, 6, false},              /* number 0 */
    {{4, 0, 9, 0, 1, 0}, 6, false},              /* data past the list */
    {{5, 0, 9, 0, 0, 0, 7}, 7, false},           /* a byte left over */
    {{0xff, 0xff, 9, 0, 0, 0}, 6, false},        /* total past the message */
};

START_TEST(extension_lists_are_strict)
{
    ck_assert_int_eq(decode_exact(4, ext_cases[_i].bytes, ext_cases[_i].size),
                     ext_cases[_i].good ? CC_SUCCESS : CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

static uint8_t large[2 * SC2_BODY_MAX_SIZE]; /* zeroes */

static cc_enclave_result_t hello_result(size_t ext_size, size_t share_size)
{
    static uint8_t room[2 * SC2_BODY_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct sc2_hello hello = hello_good();

    hello.share = view_of(large, share_size);
    hello.exts = (struct sc2_exts){.count = 0};
    sc2_hello_encode(&hello, &w);
    w.size -= 2; /* the empty list: ours writes none that is too long */
    writer_le16(&w, (uint16_t)(ext_size > 0 ? 4 + ext_size : 0));
    if (ext_size > 0) {
        writer_le16(&w, 0x0100);
        writer_le16(&w, (uint16_t)ext_size);
        writer_put(&w, view_of(large, ext_size));
    }
    ck_assert(!w.failed);
    return decode_exact(1, room, w.size);
}

static cc_enclave_result_t rsp_result(size_t share_size, size_t evidence_size)
{
    static uint8_t room[2 * SC2_BODY_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct sc2_hello_rsp rsp = rsp_good();

    rsp.share = view_of(large, share_size);
    rsp.evidence = view_of(large, evidence_size);
    sc2_hello_rsp_encode(&rsp, &w);
    ck_assert(!w.failed);
    return decode_exact(2, room, w.size);
}

START_TEST(lists_shares_and_evidence_have_their_maximum_and_no_more)
{
    struct sc2_exts exts = {.count = 0};
    struct view ack;

    ck_assert_int_eq(hello_result(SC2_EXTS_MAX_SIZE - 4, 32), CC_SUCCESS);
    ck_assert_int_ne(hello_result(SC2_EXTS_MAX_SIZE - 3, 32), CC_SUCCESS);
    ck_assert_int_eq(hello_result(0, SC2_SHARE_MAX_SIZE), CC_SUCCESS);
    ck_assert_int_ne(hello_result(0, SC2_SHARE_MAX_SIZE + 1), CC_SUCCESS);
    ck_assert_int_ne(hello_result(0, 0), CC_SUCCESS);
    ck_assert_int_eq(rsp_result(SC2_SHARE_MAX_SIZE, SC2_EVIDENCE_MAX_SIZE), CC_SUCCESS);
    ck_assert_int_ne(rsp_result(SC2_SHARE_MAX_SIZE + 1, 1), CC_SUCCESS);
    ck_assert_int_ne(rsp_result(32, SC2_EVIDENCE_MAX_SIZE + 1), CC_SUCCESS);
    ck_assert_int_ne(rsp_result(32, 0), CC_SUCCESS);

    ck_assert_int_eq(sc2_finish_rsp_decode(VIEW_OF(MAC), &ack), CC_SUCCESS);
    ck_assert_int_ne(sc2_finish_rsp_decode(view_of(large, SC2_MAC_SIZE - 1), &ack), CC_SUCCESS);
    ck_assert_int_ne(sc2_finish_rsp_decode(view_of(large, SC2_MAC_SIZE + 1), &ack), CC_SUCCESS);
    ck_assert_ptr_eq(ack.data, MAC);

    ck_assert(!sc2_exts_add(&exts, 1, view_of(large, SC2_EXTS_MAX_SIZE + 1)));
    for (uint16_t i = 0; i < SC2_EXTS_MAX_COUNT; i++)
        ck_assert(sc2_exts_add(&exts, (uint16_t)(i + 1), view_of(large, 1)));
    ck_assert(!sc2_exts_add(&exts, SC2_EXTS_MAX_COUNT + 1, view_of(large, 1)));
    ck_assert_uint_eq(exts.count, SC2_EXTS_MAX_COUNT);
}
END_TEST

START_TEST(record_decode_reads_each_field)
{
    struct sample s = sample_of(5);
    struct sc2_record r;

    ck_assert_uint_eq(s.size, sizeof EVIDENCE + SC2_RECORD_OVERHEAD_SIZE);
    ck_assert_int_eq(sc2_record_decode(view_of(s.bytes, s.size), &r), CC_SUCCESS);
    ck_assert_uint_eq(r.session_id, SESSION);
    ck_assert_uint_eq(r.seq, 3);
    ck_assert_uint_eq(r.epoch, 0);
    ck_assert_uint_eq(r.flags, 0);
    ck_assert(view_equal(r.data, VIEW_OF(EVIDENCE)));
    ck_assert(view_equal(r.tag, view_of(MAC, SC2_RECORD_TAG_SIZE)));
}
END_TEST

START_TEST(record_decode_tells_sizes_from_other_errors)
{
    struct sample s = sample_of(5);

    s.bytes[8] ^= 1;
    ck_assert_int_eq(decode_exact(5, s.bytes, s.size), CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
    s = sample_of(5);
    s.bytes[11] = 0xff; /* a size near 2^32 */
    ck_assert_int_eq(decode_exact(5, s.bytes, s.size), CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
    s = sample_of(5);
    s.bytes[14] = 1;
    ck_assert_int_eq(decode_exact(5, s.bytes, s.size), CC_ERROR_SEC_CHL_DECRYPT);
    s = sample_of(5);
    s.bytes[15] = 4;
    ck_assert_int_eq(decode_exact(5, s.bytes, s.size), CC_ERROR_SEC_CHL_DECRYPT);
}
END_TEST

START_TEST(no_record_looks_like_a_destroy)
{
    ck_assert(!sc2_session_id_valid(SC2_DESTROY));
    ck_assert(!sc2_session_id_valid(UINT32_MAX));
    ck_assert(sc2_session_id_valid(UINT64_C(1) << 32));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/sc2");
    TCase *all = tcase_of(suite, "each kind");
    TCase *one = tcase_of(suite, "fields");

    tcase_add_loop_test(all, decode_accepts_what_encode_wrote, 0, KINDS);
    tcase_add_loop_test(all, decode_rejects_each_truncation_and_leaves_output_alone, 0, KINDS);
    tcase_add_loop_test(all, decode_survives_each_bit_flip, 0, KINDS);
    tcase_add_loop_test(all, decode_rejects_trailing_bytes_in_a_body, 1, KINDS);
    tcase_add_test(one, message_decode_ignores_bytes_behind_the_body);
    tcase_add_test(one, message_decode_reads_each_field);
    tcase_add_loop_test(one, message_decode_names_what_is_wrong, 0,
                        sizeof header_cases / sizeof header_cases[0]);
    tcase_add_test(one, message_takes_a_body_of_the_maximum_and_no_more);
    tcase_add_test(one, hello_decode_reads_each_field);
    tcase_add_test(one, hello_decode_rejects_bad_suite_lists);
    tcase_add_test(one, hello_decode_rejects_a_uuid_that_is_none);
    tcase_add_test(one, hello_rsp_decode_reads_each_field_and_the_head);
    tcase_add_test(one, hello_rsp_decode_rejects_a_small_session_id);
    tcase_add_loop_test(one, extension_lists_are_strict, 0, sizeof ext_cases / sizeof ext_cases[0]);
    tcase_add_test(one, lists_shares_and_evidence_have_their_maximum_and_no_more);
    tcase_add_test(one, record_decode_reads_each_field);
    tcase_add_test(one, record_decode_tells_sizes_from_other_errors);
    tcase_add_test(one, no_record_looks_like_a_destroy);
    return suite_main(suite);
}
