/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/bytes.h"
#include "support.h"
#include <string.h>

static const uint8_t EIGHT[] = {1, 2, 3, 4, 5, 6, 7, 8};

START_TEST(reader_reads_little_and_big_endian)
{
    struct reader r = reader_over(VIEW_OF(EIGHT));

    ck_assert_uint_eq(reader_le16(&r), 0x0201);
    ck_assert_uint_eq(reader_be16(&r), 0x0304);
    ck_assert_uint_eq(reader_le32(&r), 0x08070605);
    ck_assert(reader_done(&r));
}
END_TEST

START_TEST(reader_stays_failed_after_a_short_read)
{
    struct reader r = reader_over(VIEW_OF(EIGHT));

    ck_assert_ptr_null(reader_take(&r, 9).data);
    ck_assert_uint_eq(reader_u8(&r), 0);
    ck_assert(!reader_done(&r));
}
END_TEST

START_TEST(reader_copy_zeroes_its_output_on_a_short_read)
{
    struct reader r = reader_over((struct view){EIGHT, 2});
    uint8_t out[4] = {9, 9, 9, 9};

    reader_copy(&r, out, sizeof out);
    ck_assert_mem_eq(out, "\0\0\0\0", 4);
}
END_TEST

START_TEST(writer_writes_what_a_reader_reads)
{
    uint8_t room[64];
    struct writer w = writer_over(room, sizeof room);
    struct reader r;

    writer_le64(&w, 0x1122334455667788);
    writer_be64(&w, 0x1122334455667788);
    writer_be32(&w, 7);
    writer_u8(&w, 9);
    r = reader_over(writer_view(&w));
    ck_assert_uint_eq(reader_le64(&r), 0x1122334455667788);
    ck_assert_uint_eq(reader_be64(&r), 0x1122334455667788);
    ck_assert_uint_eq(reader_be32(&r), 7);
    ck_assert_uint_eq(reader_u8(&r), 9);
    ck_assert(reader_done(&r));
}
END_TEST

START_TEST(writer_never_writes_past_its_room)
{
    uint8_t room[4] = {0, 0, 0, 0xee};
    struct writer w = writer_over(room, 3);

    writer_le32(&w, 0xffffffff);
    writer_u8(&w, 1); /* would fit, but the writer has failed */
    ck_assert(w.failed);
    ck_assert_mem_eq(room, "\0\0\0\xee", 4);
}
END_TEST

START_TEST(sizes_refuse_overflow)
{
    size_t out = 7;

    ck_assert(!size_add(SIZE_MAX, 1, &out));
    ck_assert(!size_mul(SIZE_MAX / 2, 3, &out));
    ck_assert_uint_eq(out, 7);
    ck_assert(range_within(4, 4, 8));
    ck_assert(!range_within(4, 5, 8));
    ck_assert(!range_within(SIZE_MAX, 2, 8));
}
END_TEST

START_TEST(wipe_few_clears_its_bytes_and_no_others)
{
    uint8_t bytes[64], before[64], zero[64] = {0};

    memset(before, 0xa5, sizeof before);
    for (size_t size = 0; size < sizeof bytes; size++) {
        memcpy(bytes, before, sizeof bytes);
        wipe_few(bytes + 1, size);
        ck_assert_uint_eq(bytes[0], 0xa5);
        ck_assert_mem_eq(bytes + 1, zero, size);
        ck_assert_mem_eq(bytes + 1 + size, before, sizeof bytes - 1 - size);
    }
}
END_TEST

START_TEST(equal_ct_compares_content_and_size)
{
    ck_assert(equal_ct(view_of("abc", 3), view_of("abc", 3)));
    ck_assert(!equal_ct(view_of("abc", 3), view_of("abd", 3)));
    ck_assert(!equal_ct(view_of("abc", 3), view_of("abc", 2)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/bytes");
    TCase *tcase = tcase_of(suite, "bytes");

    tcase_add_test(tcase, reader_reads_little_and_big_endian);
    tcase_add_test(tcase, reader_stays_failed_after_a_short_read);
    tcase_add_test(tcase, reader_copy_zeroes_its_output_on_a_short_read);
    tcase_add_test(tcase, writer_writes_what_a_reader_reads);
    tcase_add_test(tcase, writer_never_writes_past_its_room);
    tcase_add_test(tcase, sizes_refuse_overflow);
    tcase_add_test(tcase, wipe_few_clears_its_bytes_and_no_others);
    tcase_add_test(tcase, equal_ct_compares_content_and_size);
    return suite_main(suite);
}
