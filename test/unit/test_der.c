/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "support.h"
#include "wire/der.h"
#include <stdlib.h>

enum { ROOM = 66000 };

START_TEST(lengths_are_minimal_and_read_back)
{
    static const struct {
        size_t size, head;
    } ROWS[] = {{0, 2}, {1, 2}, {127, 2}, {128, 3}, {255, 3}, {256, 4}, {65535, 4}};
    uint8_t *room = calloc(2, ROOM);

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct writer w = writer_over(room, ROOM);
        struct reader r;

        der_put(&w, DER_OCTET_STRING, view_of(room + ROOM, ROWS[i].size));
        ck_assert(!w.failed);
        ck_assert_uint_eq(w.size, ROWS[i].size + ROWS[i].head);
        r = reader_over(writer_view(&w));
        ck_assert(der_next_is(&r, DER_OCTET_STRING));
        ck_assert_uint_eq(der_take(&r, DER_OCTET_STRING).size, ROWS[i].size);
        ck_assert(reader_done(&r));
    }
    free(room);
}
END_TEST

START_TEST(der_put_fails_when_it_does_not_fit)
{
    static const uint8_t CONTENT[130];
    uint8_t room[200];

    for (size_t space = 0; space < 133; space++) { /* 130 bytes take a head of three */
        struct writer w = writer_over(room, space);

        der_put(&w, DER_OCTET_STRING, VIEW_OF(CONTENT));
        ck_assert(w.failed);
    }
}
END_TEST

START_TEST(der_take_refuses_other_lengths_and_tags)
{
    static const struct view ROWS[] = {
        {(const uint8_t *)"\x04\x80", 2},         /* indefinite */
        {(const uint8_t *)"\x04\x81\x01\x00", 4}, /* longer than needed */
        {(const uint8_t *)"\x04\x82\x00\x01\x00", 5},
        {(const uint8_t *)"\x04\x83\x00\x00\x01\x00", 6}, /* three bytes of length */
        {(const uint8_t *)"\x04\x84\x00\x00\x00\x01\x00", 7},
        {(const uint8_t *)"\x04\x02\x00", 3}, /* cut off */
        {(const uint8_t *)"\x05\x00", 2},     /* another tag */
        {(const uint8_t *)"", 0},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct reader r = reader_over(ROWS[i]);

        der_take(&r, DER_OCTET_STRING);
        ck_assert_msg(!reader_done(&r), "row %zu", i);
    }
}
END_TEST

START_TEST(positive_integers_are_minimal)
{
    static const struct {
        struct view der;
        size_t size; /* of the magnitude; 0: refused */
    } ROWS[] = {
        {{(const uint8_t *)"\x02\x01\x01", 3}, 1},
        {{(const uint8_t *)"\x02\x02\x00\x80", 4}, 1},
        {{(const uint8_t *)"\x02\x01\x00", 3}, 0},     /* zero */
        {{(const uint8_t *)"\x02\x01\x80", 3}, 0},     /* negative */
        {{(const uint8_t *)"\x02\x02\x00\x7f", 4}, 0}, /* needless sign byte */
        {{(const uint8_t *)"\x02\x00", 2}, 0},
        {{(const uint8_t *)"\x02\x03\x01\x02\x03", 5}, 0}, /* above the limit of 2 */
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct reader r = reader_over(ROWS[i].der);
        struct view magnitude = der_take_positive(&r, 2);
        uint8_t room[8];
        struct writer w = writer_over(room, sizeof room);

        ck_assert_uint_eq(magnitude.size, ROWS[i].size);
        ck_assert_int_eq(reader_done(&r), ROWS[i].size > 0);
        if (magnitude.size == 0)
            continue;
        der_put_positive(&w, magnitude);
        ck_assert(view_equal(writer_view(&w), ROWS[i].der));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/der");
    TCase *tcase = tcase_of(suite, "der");

    tcase_add_test(tcase, lengths_are_minimal_and_read_back);
    tcase_add_test(tcase, der_put_fails_when_it_does_not_fit);
    tcase_add_test(tcase, der_take_refuses_other_lengths_and_tags);
    tcase_add_test(tcase, positive_integers_are_minimal);
    return suite_main(suite);
}
