/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Vectors from RFC 4648, 10. */
#include "support.h"
#include "wire/pem.h"

START_TEST(base64_and_pem_round_trip_and_refuse_what_is_not_strict)
{
    static const char *const ROWS[] = {
        "A", "AA", "AAA", "A===", "AB==", "AAB=", "AA=A", "AA A", "AA==AA==", "AA\n=", "-AAA"};
    uint8_t room[16];

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct writer w = writer_over(room, sizeof room);

        ck_assert_msg(!base64_decode(view_text(ROWS[i]), &w), "row %zu", i);
    }
    for (size_t size = 0; size <= 9; size++) {
        static const uint8_t BYTES[] = {'f', 'o', 'o', 'b', 'a', 'r', 0xff, 0, 0x80};
        char text[64];
        struct writer t = writer_over(text, sizeof text);
        struct writer w = writer_over(room, sizeof room);

        base64_encode(view_of(BYTES, size), &t);
        ck_assert(base64_decode(writer_view(&t), &w));
        ck_assert(view_equal(writer_view(&w), view_of(BYTES, size)));
        t = writer_over(text, sizeof text);
        w = writer_over(room, sizeof room);
        pem_encode(view_of(BYTES, size), "X", &t);
        ck_assert(pem_decode(writer_view(&t), "X", &w));
        ck_assert(view_equal(writer_view(&w), view_of(BYTES, size)));
        ck_assert(!pem_decode(writer_view(&t), "Y", &w));
        ck_assert(!pem_decode(view_of(text, t.size - 2), "X", &w));
    }
}
END_TEST

START_TEST(base64_agrees_with_the_rfc)
{
    static const char *const ROWS[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char text[16];
        struct writer t = writer_over(text, sizeof text);

        base64_encode(view_text(ROWS[i][0]), &t);
        ck_assert(view_equal(writer_view(&t), view_text(ROWS[i][1])));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/pem");
    TCase *tcase = tcase_of(suite, "pem");

    tcase_add_test(tcase, base64_and_pem_round_trip_and_refuse_what_is_not_strict);
    tcase_add_test(tcase, base64_agrees_with_the_rfc);
    return suite_main(suite);
}
