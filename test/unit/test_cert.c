/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "forge.h"
#include "support.h"
#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

static struct forge *device;

static void setup(void)
{
    device = forge_new(1);
}

static void teardown(void)
{
    forge_free(device);
}

static cc_enclave_result_t decode_exact(struct view der, struct cert *ret_cert)
{
    uint8_t *copy = malloc(der.size > 0 ? der.size : 1);
    cc_enclave_result_t rc;

    ck_assert_ptr_nonnull(copy);
    if (der.size > 0)
        memcpy(copy, der.data, der.size);
    rc = cert_decode(view_of(copy, der.size), ret_cert);
    free(copy);
    return rc;
}

START_TEST(cert_decode_reads_what_was_encoded)
{
    for (int i = 0; i < FORGE_COUNT; i++) {
        const struct cert *f = &device->fields[i];
        const struct ecdsa_key *issuer = &device->keys[i == FORGE_ROOT ? i : i - 1];
        struct cert c;

        ck_assert_int_eq(cert_decode(device->der[i], &c), CC_SUCCESS);
        ck_assert(view_equal(c.serial, f->serial));
        ck_assert(view_equal(c.issuer, f->issuer));
        ck_assert(view_equal(c.subject, f->subject));
        ck_assert(view_equal(c.point, f->point));
        ck_assert(view_equal(c.device_id, f->device_id));
        ck_assert_uint_eq(c.not_before_s, f->not_before_s);
        ck_assert_uint_eq(c.not_after_s, f->not_after_s);
        ck_assert_int_eq(c.is_ca, f->is_ca);
        ck_assert_uint_eq(c.path_len, f->path_len);
        ck_assert_uint_eq(c.key_usage, f->key_usage);
        ck_assert(ecdsa_verify(issuer, c.tbs, VIEW_OF(c.signature)));
    }
}
END_TEST

START_TEST(cert_decode_rejects_each_truncation_and_what_follows)
{
    struct view der = device->der[FORGE_AK];
    uint8_t longer[CERT_MAX_SIZE + 1] = {0};
    struct cert c = {.path_len = 99};

    for (size_t size = 0; size < der.size; size++)
        ck_assert_int_eq(decode_exact(view_of(der.data, size), &c), CC_ERROR_BAD_FORMAT);
    memcpy(longer, der.data, der.size);
    ck_assert_int_eq(decode_exact(view_of(longer, der.size + 1), &c), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(decode_exact(VIEW_OF(longer), &c), CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(c.path_len, 99);
}
END_TEST

/* A flipped bit is refused, or it changes what is signed or the signature: never both unnoticed. */
START_TEST(cert_decode_never_hides_a_flipped_bit)
{
    struct view der = device->der[FORGE_DEVICE];
    uint8_t copy[CERT_MAX_SIZE];
    struct cert before, after;

    ck_assert_int_eq(cert_decode(der, &before), CC_SUCCESS);
    memcpy(copy, der.data, der.size);
    for (size_t bit = 0; bit < der.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (cert_decode(view_of(copy, der.size), &after) == CC_SUCCESS)
            ck_assert_msg(!view_equal(after.tbs, before.tbs) ||
                              memcmp(after.signature, before.signature, CERT_SIGNATURE_SIZE) != 0,
                          "bit %zu", bit);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(times_survive_the_round_trip)
{
    static const uint64_t TIMES[] = {
        0,          1,          951782399,  951782400,  951868800,
        1709164800, 2524607999, 2524608000, 4102444800, DER_TIME_MAX_S};

    for (size_t i = 0; i < sizeof TIMES / sizeof TIMES[0]; i++) {
        struct cert c;

        device->fields[FORGE_AK].not_before_s = TIMES[i];
        device->fields[FORGE_AK].not_after_s = TIMES[i];
        forge_issue_one(device, FORGE_AK);
        ck_assert_int_eq(cert_decode(device->der[FORGE_AK], &c), CC_SUCCESS);
        ck_assert_uint_eq(c.not_before_s, TIMES[i]);
        ck_assert_uint_eq(c.not_after_s, TIMES[i]);
    }
}
END_TEST

START_TEST(cert_encode_refuses_fields_outside_the_profile)
{
    static const uint8_t ZERO[2] = {0};
    static const uint8_t LONG_SERIAL[20] = {0x80};
    static const char LONG_NAME[66] =
        "an empty name is refused, and one that is longer than 64 char...";
    struct cert rows[8];

    for (size_t i = 0; i < 8; i++)
        rows[i] = device->fields[FORGE_DEVICE];
    rows[0].serial = VIEW_OF(ZERO);
    rows[1].serial = VIEW_OF(LONG_SERIAL);
    rows[2].subject = view_of(LONG_NAME, 65);
    rows[3].issuer = view_text("tab\there");
    rows[4].key_usage = 0;
    rows[5].device_id = view_of(ZERO, 2);
    rows[6].not_after_s = DER_TIME_MAX_S + 1;
    rows[7].path_len = 200;
    for (size_t i = 0; i < 8; i++) {
        uint8_t room[CERT_MAX_SIZE];
        struct writer w = writer_over(room, sizeof room);

        cert_encode_tbs(&rows[i], &w);
        ck_assert_msg(w.failed, "row %zu", i);
    }
}
END_TEST

static X509 *x509_of(struct view der)
{
    const uint8_t *at = der.data;
    X509 *x = d2i_X509(NULL, &at, (long)der.size);

    ck_assert_ptr_nonnull(x);
    ck_assert_ptr_eq(at, der.data + der.size);
    return x;
}

START_TEST(openssl_accepts_the_chain_and_sees_the_same_fields)
{
    X509 *root = x509_of(device->der[FORGE_ROOT]);
    X509 *middle = x509_of(device->der[FORGE_DEVICE]);
    X509 *leaf = x509_of(device->der[FORGE_AK]);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    char name[128];
    struct tm tm;

    ck_assert_int_eq(X509_verify(leaf, X509_get0_pubkey(middle)), 1);
    ck_assert_int_eq(X509_verify(middle, X509_get0_pubkey(root)), 1);
    ck_assert_int_eq(X509_verify(root, X509_get0_pubkey(root)), 1);
    ck_assert_int_eq(X509_STORE_add_cert(store, root), 1);
    sk_X509_push(untrusted, middle);
    ck_assert_int_eq(X509_STORE_CTX_init(ctx, store, leaf, untrusted), 1);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)FORGE_NOW_S);
    ck_assert_msg(X509_verify_cert(ctx) == 1, "%s",
                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));

    ck_assert_int_eq(X509_get_version(leaf), 2);
    ck_assert_int_eq(X509_check_ca(leaf), 0);
    ck_assert_int_eq(X509_check_ca(root), 1);
    ck_assert_int_eq((int)X509_get_pathlen(root), 1);
    ck_assert_int_eq((int)X509_get_pathlen(middle), 0);
    ck_assert_uint_eq(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
    ck_assert_uint_eq(X509_get_key_usage(middle), KU_KEY_CERT_SIGN);
    X509_NAME_oneline(X509_get_subject_name(leaf), name, sizeof name);
    ck_assert_str_eq(name, "/CN=attestation key");
    ck_assert_int_eq(ASN1_TIME_to_tm(X509_get0_notBefore(leaf), &tm), 1);
    ck_assert_uint_eq((uint64_t)timegm(&tm), FORGE_NOW_S - FORGE_YEAR_S);
    X509_EXTENSION *ext = X509_get_ext(leaf, 2);
    OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(ext), 1);
    ck_assert_str_eq(name, "2.25.191081637295540040392427963371062938496");
    ck_assert_int_eq(X509_EXTENSION_get_critical(ext), 0);

    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(untrusted);
    X509_free(root);
    X509_free(middle);
    X509_free(leaf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/cert");
    TCase *tcase = tcase_of(suite, "cert");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, cert_decode_reads_what_was_encoded);
    tcase_add_test(tcase, cert_decode_rejects_each_truncation_and_what_follows);
    tcase_add_test(tcase, cert_decode_never_hides_a_flipped_bit);
    tcase_add_test(tcase, times_survive_the_round_trip);
    tcase_add_test(tcase, cert_encode_refuses_fields_outside_the_profile);
    tcase_add_test(tcase, openssl_accepts_the_chain_and_sees_the_same_fields);
    return suite_main(suite);
}
