/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Encodings are those of RFC 8949, Appendix A, where they fall into the subset. */
#include "support.h"
#include "wire/cbor.h"
#include <stdlib.h>
#include <string.h>

struct row {
    const char *bytes;
    size_t size;
};

#define ROW(text)                                                                                  \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

static struct view item_of_exact_copy(const struct row *row, bool *ret_done)
{
    uint8_t *copy = malloc(row->size > 0 ? row->size : 1);
    struct reader r;
    struct view item;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, row->bytes, row->size);
    r = reader_over(view_of(copy, row->size));
    item = cbor_take_item(&r);
    *ret_done = reader_done(&r);
    free(copy);
    return item;
}

static const struct row GOOD[] = {
    ROW("\x00"),
    ROW("\x17"),
    ROW("\x18\x18"),
    ROW("\x19\x03\xe8"),
    ROW("\x1a\x00\x0f\x42\x40"),
    ROW("\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"),
    ROW("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
    ROW("\x20"),
    ROW("\x39\x03\xe7"),
    ROW("\xf4"),
    ROW("\xf5"),
    ROW("\xf6"),
    ROW("\xc1\x1a\x51\x4b\x67\xb0"),
    ROW("\x40"),
    ROW("\x44\x01\x02\x03\x04"),
    ROW("\x60"),
    ROW("\x62\xc3\xbc"),
    ROW("\x64\xf0\x90\x85\x91"),
    ROW("\x80"),
    ROW("\x83\x01\x82\x02\x03\x82\x04\x05"),
    ROW("\xa0"),
    ROW("\xa2\x01\x02\x03\x04"),
    ROW("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"),
    ROW("\xa2\x0a\x01\x20\x02"),
};

START_TEST(take_item_accepts_each_deterministic_example)
{
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        bool done;

        ck_assert_msg(item_of_exact_copy(&GOOD[i], &done).size == GOOD[i].size && done, "row %zu",
                      i);
    }
}
END_TEST

START_TEST(take_item_rejects_each_truncation)
{
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++)
        for (size_t size = 0; size < GOOD[i].size; size++) {
            const struct row cut = {GOOD[i].bytes, size};
            bool done;

            item_of_exact_copy(&cut, &done);
            ck_assert_msg(!done, "row %zu cut to %zu", i, size);
        }
}
END_TEST

START_TEST(take_item_rejects_what_is_not_deterministic)
{
    static const struct row BAD[] = {
        ROW("\x18\x17"),                             /* longer than needed */
        ROW("\x19\x00\xff"),                         /* the same, two bytes */
        ROW("\x1a\x00\x00\xff\xff"),                 /* four */
        ROW("\x1b\x00\x00\x00\x00\xff\xff\xff\xff"), /* eight */
        ROW("\x1c"),                                 /* reserved */
        ROW("\x5f\x41\x00\xff"),                     /* indefinite byte string */
        ROW("\x9f\xff"),                             /* indefinite array */
        ROW("\xbf\xff"),                             /* indefinite map */
        ROW("\xa2\x02\x00\x01\x00"),                 /* keys out of order */
        ROW("\xa2\x01\x00\x01\x00"),                 /* the same key twice */
        ROW("\xa2\x20\x00\x0a\x00"),                 /* negative before positive */
        ROW("\xf7"),                                 /* undefined */
        ROW("\xf9\x3c\x00"),                         /* float */
        ROW("\xf8\x20"),                             /* simple value 32 */
        ROW("\x62\xc3\x28"),                         /* broken UTF-8 */
        ROW("\x62\xc0\x80"),                         /* overlong */
        ROW("\x63\xed\xa0\x80"),                     /* surrogate */
        ROW("\x81\x81\x81\x81\x81\x81\x81\x81\x00"), /* too deep */
        ROW("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), /* a count nobody can hold */
        ROW("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), /* a size nobody can hold */
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        bool done;

        ck_assert_msg(item_of_exact_copy(&BAD[i], &done).size == 0 && !done, "row %zu", i);
    }
}
END_TEST

START_TEST(put_writes_what_take_reads)
{
    static const int64_t VALUES[] = {
        0,   23,   24,   255,    256,    65535,   65536,     -1,        -24,
        -25, -256, -257, -65537, -65546, 1 << 30, INT64_MAX, INT64_MIN, INT64_C(1) << 32};
    uint8_t room[256];
    struct writer w = writer_over(room, sizeof room);
    struct reader r;

    cbor_put_tag(&w, 18);
    cbor_put_array(&w, 3);
    cbor_put_bytes(&w, view_of("ab", 2));
    cbor_put_text(&w, view_text("text"));
    cbor_put_map(&w, 1);
    cbor_put_uint(&w, UINT64_MAX);
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++)
        cbor_put_int(&w, VALUES[i]);
    ck_assert(!w.failed);

    r = reader_over(writer_view(&w));
    ck_assert_uint_eq(cbor_take_tag(&r), 18);
    ck_assert_uint_eq(cbor_take_array(&r, 3), 3);
    ck_assert(view_equal(cbor_take_bytes(&r), view_of("ab", 2)));
    ck_assert(view_equal(cbor_take_text(&r), view_text("text")));
    ck_assert_uint_eq(cbor_take_map(&r, 1), 1);
    ck_assert_uint_eq(cbor_take_uint(&r), UINT64_MAX);
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++)
        ck_assert_int_eq(cbor_take_int(&r), VALUES[i]);
    ck_assert(reader_done(&r));
}
END_TEST

START_TEST(take_fails_on_another_type_or_a_count_above_the_limit)
{
    struct reader r = reader_over(view_of("\x41\x00", 2));

    ck_assert_uint_eq(cbor_take_uint(&r), 0);
    ck_assert(r.failed);
    ck_assert_ptr_null(cbor_take_bytes(&r).data); /* it stays failed */

    r = reader_over(view_of("\x83\x00\x00\x00", 4));
    ck_assert_uint_eq(cbor_take_array(&r, 2), 0);
    ck_assert(r.failed);

    r = reader_over(view_of("\x3b\xff\xff\xff\xff\xff\xff\xff\xff", 9));
    cbor_take_int(&r); /* -2^64 does not fit */
    ck_assert(r.failed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/cbor");
    TCase *tcase = tcase_of(suite, "cbor");

    tcase_add_test(tcase, take_item_accepts_each_deterministic_example);
    tcase_add_test(tcase, take_item_rejects_each_truncation);
    tcase_add_test(tcase, take_item_rejects_what_is_not_deterministic);
    tcase_add_test(tcase, put_writes_what_take_reads);
    tcase_add_test(tcase, take_fails_on_another_type_or_a_count_above_the_limit);
    return suite_main(suite);
}
