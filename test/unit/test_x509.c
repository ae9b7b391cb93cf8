/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_x509.c - the decoder of vendors' certificates and lists: what is no DER, or has two
 * meanings, is no certificate.
 */
#include "forge_x509.h"
#include "support.h"
#include "wire/x509.h"
#include <stdlib.h>

static struct made ca, leaf;
static struct buf der, list;

static void setup(void)
{
    ca = (struct made){.name = "CA",
                       .key = made_key("P-256"),
                       .ca = true,
                       .path_len = "3",
                       .usage = "critical,keyCertSign,cRLSign",
                       .from_s = 1700000000,
                       .until_s = 1900000000,
                       .serial = 1,
                       .critical = true};
    leaf = ca;
    leaf.name = "leaf";
    leaf.issuer = &ca;
    leaf.extra[0].oid = "1.2.840.113741.1.13.1";
    leaf.extra[0].value = view_text("value");
    leaf.extra_count = 1;
    der = made_issue(&leaf);
    list = made_crl(&ca, 7, 1700000000, 1900000000);
}

/* From a heap copy of exactly that size, so that ASan sees a read past the end. */
static bool decodes(struct view bytes)
{
    struct x509 cert;
    struct buf exact = BUF_EMPTY;
    bool good;

    ck_assert(bytes.size == 0 || buf_copy(&exact, bytes));
    good = x509_decode(buf_view(&exact), &cert) == CC_SUCCESS;
    buf_free(&exact);
    return good;
}

static uint8_t *place_of(struct buf *in, const char *bytes, size_t size)
{
    uint8_t *at = memmem(in->data, in->size, bytes, size);

    ck_assert_ptr_nonnull(at);
    return at;
}

START_TEST(a_certificate_is_read_with_all_that_counts)
{
    static const uint8_t SGX[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    struct x509 c;
    struct view value;

    ck_assert_int_eq(x509_decode(buf_view(&der), &c), CC_SUCCESS);
    ck_assert(c.is_ca && c.has_constraints && c.path_len == 3 && c.critical_unknown);
    ck_assert(c.has_usage && c.usage == (X509_USAGE_CERT_SIGN | X509_USAGE_CRL_SIGN));
    ck_assert(c.not_before_s == 1700000000 && c.not_after_s == 1900000000);
    ck_assert_int_eq(c.algorithm, SIG_ECDSA_SHA256);
    ck_assert(view_equal(x509_common_name(c.subject), view_text("leaf")));
    ck_assert(view_equal(x509_common_name(c.issuer), view_text("CA")));
    ck_assert(x509_extension(&c, VIEW_OF(SGX), &value) && view_equal(value, view_text("value")));
}
END_TEST

START_TEST(each_truncation_and_each_byte_more_is_refused)
{
    uint8_t longer[2048] = {0};

    for (size_t size = 0; size < der.size; size++)
        ck_assert(!decodes(view_of(der.data, size)));
    memcpy(longer, der.data, der.size);
    ck_assert(!decodes(view_of(longer, der.size + 1)));
    for (size_t size = 0; size < list.size; size++) {
        struct x509_crl crl;

        ck_assert_int_ne(x509_crl_decode(view_of(list.data, size), &crl), CC_SUCCESS);
    }
}
END_TEST

/* X.690, 11.1: true is 0xff. A reader that takes 1 for false would pass over what is critical. */
START_TEST(a_boolean_is_true_or_false_and_nothing_between)
{
    static const char UNKNOWN[] = "\x06\x04\x2a\x03\x04\x05\x01\x01\xff";
    static const char AUTHORITY[] = "\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff";
    static const uint8_t VALUES[] = {0x01, 0x7f, 0x80, 0xfe};
    struct x509 c;

    for (size_t i = 0; i < sizeof VALUES; i++) {
        uint8_t *critical = place_of(&der, UNKNOWN, sizeof UNKNOWN - 1) + sizeof UNKNOWN - 2;
        uint8_t *is_ca = place_of(&der, AUTHORITY, sizeof AUTHORITY - 1) + sizeof AUTHORITY - 2;

        *critical = VALUES[i];
        ck_assert_msg(!decodes(buf_view(&der)), "critical 0x%02x", VALUES[i]);
        *critical = 0xff;
        *is_ca = VALUES[i];
        ck_assert_msg(!decodes(buf_view(&der)), "cA 0x%02x", VALUES[i]);
        *is_ca = 0xff;
    }
    *(place_of(&der, UNKNOWN, sizeof UNKNOWN - 1) + sizeof UNKNOWN - 2) = 0;
    ck_assert_int_eq(x509_decode(buf_view(&der), &c), CC_SUCCESS);
    ck_assert(!c.critical_unknown);
}
END_TEST

/* X.690, 11.2.1: bits that are not used are zero. */
START_TEST(bits_of_a_usage_that_are_not_used_are_zero)
{
    static const char USAGE[] = "\x04\x04\x03\x02\x01\x06"; /* one of eight is not used */
    uint8_t *at = place_of(&der, USAGE, sizeof USAGE - 1);

    at[5] = 0x07;
    ck_assert(!decodes(buf_view(&der)));
    at[5] = 0x06;
    at[4] = 0x08;
    ck_assert(!decodes(buf_view(&der)));
    at[4] = 0x01;
    ck_assert(decodes(buf_view(&der)));
}
END_TEST

START_TEST(two_algorithms_or_another_version_are_refused)
{
    static const char ALGORITHM[] = "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    uint8_t *first = place_of(&der, ALGORITHM, sizeof ALGORITHM - 1);
    uint8_t *version = place_of(&der, "\xa0\x03\x02\x01\x02", 5);

    first[9] = 3;
    ck_assert(!decodes(buf_view(&der)));
    first[9] = 2;
    version[4] = 1;
    ck_assert(!decodes(buf_view(&der)));
    version[4] = 2;
    ck_assert(decodes(buf_view(&der)));
}
END_TEST

START_TEST(an_extension_that_stands_twice_has_no_value_and_counts_for_nothing)
{
    struct buf twice;
    struct x509 c;
    struct view value;

    leaf.extra[1] = leaf.extra[0];
    leaf.extra_count = 2;
    twice = made_issue(&leaf);
    ck_assert_int_eq(x509_decode(buf_view(&twice), &c), CC_SUCCESS);
    ck_assert(!x509_extension(&c, view_of("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01", 9), &value));
    buf_free(&twice);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire/x509");
    TCase *tcase = tcase_of(suite, "x509");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_certificate_is_read_with_all_that_counts);
    tcase_add_test(tcase, each_truncation_and_each_byte_more_is_refused);
    tcase_add_test(tcase, a_boolean_is_true_or_false_and_nothing_between);
    tcase_add_test(tcase, bits_of_a_usage_that_are_not_used_are_zero);
    tcase_add_test(tcase, two_algorithms_or_another_version_are_refused);
    tcase_add_test(tcase, an_extension_that_stands_twice_has_no_value_and_counts_for_nothing);
    return suite_main(suite);
}
