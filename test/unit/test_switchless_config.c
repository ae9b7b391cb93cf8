/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "support.h"
#include "wire/switchless.h"
#include <string.h>

static struct switchless_config good(void)
{
    struct switchless_config c = {8, 7, 512, 16, 1, UINT32_MAX, 1, 1, 1, {0}};

    c.cores[0] = 5;
    c.cores[127] = 0x80;
    return c;
}

static size_t encode(const struct switchless_config *c, uint8_t room[SWITCHLESS_CONFIG_SIZE])
{
    struct writer w = writer_over(room, SWITCHLESS_CONFIG_SIZE);

    switchless_encode(c, &w);
    ck_assert(!w.failed);
    return w.size;
}

START_TEST(decode_reads_every_field)
{
    struct switchless_config c = good(), back;
    uint8_t bytes[SWITCHLESS_CONFIG_SIZE];

    ck_assert_uint_eq(encode(&c, bytes), sizeof bytes);
    ck_assert_int_eq(switchless_decode(VIEW_OF(bytes), &back), CC_SUCCESS);
    ck_assert_mem_eq(&back, &c, sizeof c);
    ck_assert(switchless_has_core(&back, 0) && !switchless_has_core(&back, 1) &&
              switchless_has_core(&back, 2) && switchless_has_core(&back, 1023) &&
              !switchless_has_core(&back, 1024));
}
END_TEST

START_TEST(decode_refuses_other_sizes)
{
    struct switchless_config c = good(), untouched = {.tworkers = 77};
    uint8_t bytes[SWITCHLESS_CONFIG_SIZE + 1] = {0};

    encode(&c, bytes);
    for (size_t size = 0; size <= sizeof bytes; size++)
        if (size != SWITCHLESS_CONFIG_SIZE)
            ck_assert_int_eq(switchless_decode(view_of(bytes, size), &untouched),
                             CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(untouched.tworkers, 77);
}
END_TEST

/* offset of a field, then a value that is out of its range */
static const struct {
    size_t offset;
    uint32_t value;
} bad[] = {
    {0, 513}, {4, 0},  {4, 513}, {8, 0},  {8, 63}, {8, 65},         {8, 576}, {8, UINT32_MAX},
    {12, 17}, {16, 0}, {20, 0},  {24, 2}, {28, 2}, {4, UINT32_MAX}, {32, 2},
};

START_TEST(decode_refuses_each_field_out_of_its_range)
{
    struct switchless_config c = good(), untouched = {.tworkers = 77};
    uint8_t bytes[SWITCHLESS_CONFIG_SIZE];

    encode(&c, bytes);
    memcpy(bytes + bad[_i].offset, &bad[_i].value, sizeof bad[_i].value);
    ck_assert_int_eq(switchless_decode(VIEW_OF(bytes), &untouched), CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(untouched.tworkers, 77);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/switchless");
    TCase *tcase = tcase_of(suite, "config");

    tcase_add_test(tcase, decode_reads_every_field);
    tcase_add_test(tcase, decode_refuses_other_sizes);
    tcase_add_loop_test(tcase, decode_refuses_each_field_out_of_its_range, 0,
                        sizeof bad / sizeof bad[0]);
    return suite_main(suite);
}
