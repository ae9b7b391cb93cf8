/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "crypto/hash.h"
#include "crypto/image_check.h"
#include "crypto/image_sign.h"
#include "support.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

enum { ELF_SIZE = 400, ROOM = 8192 };

#if defined(__x86_64__)
enum { MACHINE_HERE = 62 };
#elif defined(__aarch64__)
enum { MACHINE_HERE = 183 };
#else
enum { MACHINE_HERE = 243 };
#endif

static uint8_t elf[ELF_SIZE];
static uint8_t file[ROOM];
static struct image_signer rsa, ec;

static struct buf pem_of(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct buf pem = BUF_EMPTY;
    char *data;
    long size;

    ck_assert_int_eq(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    size = BIO_get_mem_data(bio, &data);
    ck_assert(buf_copy(&pem, view_of(data, (size_t)size)));
    BIO_free(bio);
    return pem;
}

static void signer_make(EVP_PKEY *key, struct image_signer *ret_signer)
{
    struct buf pem = pem_of(key);

    ck_assert_int_eq(image_signer_load(buf_view(&pem), ret_signer), CC_SUCCESS);
    buf_free(&pem);
    EVP_PKEY_free(key);
}

/* ELF64, little-endian, ET_DYN, this machine, one program header after the file header. */
static void elf_make(void)
{
    static const uint8_t IDENT[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    struct writer w = writer_over(elf + 16, 48);

    memcpy(elf, IDENT, sizeof IDENT);
    writer_le16(&w, 3);
    writer_le16(&w, MACHINE_HERE);
    writer_le32(&w, 1);
    writer_le64(&w, 0);
    writer_le64(&w, 64);
    writer_le64(&w, 0);
    writer_le32(&w, 0);
    writer_le16(&w, 64);
    writer_le16(&w, 56);
    writer_le16(&w, 1);
    for (size_t i = 64; i < ELF_SIZE; i++)
        elf[i] = (uint8_t)i;
}

static void setup(void)
{
    elf_make();
    signer_make(EVP_RSA_gen(3072), &rsa);
    signer_make(EVP_EC_gen("P-256"), &ec);
}

static void teardown(void)
{
    image_signer_done(&rsa);
    image_signer_done(&ec);
}

static struct image_manifest manifest_make(void)
{
    struct image_manifest m = {
        .heap_size = 1 << 20,
        .stack_size = 1 << 18,
        .shared_size = 1 << 26,
        .tcs_count = 8,
        .prod_id = 5,
        .svn = 2,
    };

    memset(m.uuid.bytes, 0xab, sizeof m.uuid.bytes);
    return m;
}

static struct view image_make(const struct image_signer *signer, const struct image_manifest *m)
{
    struct writer w = writer_over(file, sizeof file);
    struct buf spki = BUF_EMPTY, signature = BUF_EMPTY;
    uint8_t body[IMAGE_BODY_MAX_SIZE], mrenclave[IMAGE_HASH_SIZE];
    struct writer b = writer_over(body, sizeof body);
    struct image image = {.algorithm = signer->algorithm};

    ck_assert_int_eq(image_measure(m, VIEW_OF(elf), mrenclave), CC_SUCCESS);
    image_body_encode(m, ELF_SIZE, mrenclave, &b);
    ck_assert_int_eq(image_signer_spki(signer, &spki), CC_SUCCESS);
    ck_assert_int_eq(image_sign(signer, writer_view(&b), &signature), CC_SUCCESS);
    image.body = writer_view(&b);
    image.spki = buf_view(&spki);
    image.signature = buf_view(&signature);
    writer_put(&w, VIEW_OF(elf));
    for (uint32_t i = 0; i < m->library_count; i++)
        writer_put(&w, view_of(elf, m->libraries[i].size));
    image_tail_encode(&image, &w);
    ck_assert(!w.failed);
    buf_free(&spki);
    buf_free(&signature);
    return writer_view(&w);
}

START_TEST(image_verify_accepts_what_each_signer_signed)
{
    const struct image_signer *signers[] = {&rsa, &ec};
    struct image_manifest m = manifest_make();

    m.debug_allowed = true;
    for (size_t i = 0; i < 2; i++) {
        struct view made = image_make(signers[i], &m);
        struct image_identity id;

        ck_assert_msg(image_verify(made, &id) == CC_SUCCESS, "%s", detail_get());
        ck_assert_uint_eq(id.elf_size, ELF_SIZE);
        ck_assert_mem_eq(id.uuid.bytes, m.uuid.bytes, UUID_SIZE);
        ck_assert_uint_eq(id.manifest.heap_size, m.heap_size);
        ck_assert_uint_eq(id.manifest.stack_size, m.stack_size);
        ck_assert_uint_eq(id.manifest.shared_size, m.shared_size);
        ck_assert_uint_eq(id.manifest.tcs_count, m.tcs_count);
        ck_assert_uint_eq(id.manifest.prod_id, m.prod_id);
        ck_assert_uint_eq(id.manifest.svn, m.svn);
        ck_assert(id.manifest.debug_allowed);
    }
}
END_TEST

START_TEST(mrenclave_leaves_out_product_svn_and_debug_and_nothing_else)
{
    struct image_manifest m = manifest_make(), n = m;
    uint8_t first[IMAGE_HASH_SIZE], other[IMAGE_HASH_SIZE];

    ck_assert_int_eq(image_measure(&m, VIEW_OF(elf), first), CC_SUCCESS);
    n.prod_id++;
    n.svn++;
    n.debug_allowed = true;
    ck_assert_int_eq(image_measure(&n, VIEW_OF(elf), other), CC_SUCCESS);
    ck_assert_mem_eq(first, other, sizeof first);
    for (int row = 0; row < 6; row++) {
        n = m;
        n.heap_size += row == 0;
        n.stack_size += row == 1;
        n.tcs_count += row == 2;
        n.shared_size += row == 3;
        n.uuid.bytes[0] ^= row == 4;
        elf[ELF_SIZE - 1] ^= row == 5;
        ck_assert_int_eq(image_measure(&n, VIEW_OF(elf), other), CC_SUCCESS);
        ck_assert_msg(memcmp(first, other, sizeof first) != 0, "row %d", row);
    }
}
END_TEST

/* Every bit of the file, the trailer and the signer's key included. */
START_TEST(image_verify_refuses_each_flipped_bit)
{
    struct image_manifest m = manifest_make();
    struct view made = image_make(&ec, &m);
    struct image_identity id = {.elf_size = 77};

    for (size_t bit = 0; bit < made.size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(image_verify(made, &id) != CC_SUCCESS, "bit %zu", bit);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_eq(id.elf_size, 77);
    for (size_t size = 0; size < made.size; size++)
        ck_assert_int_ne(image_verify(view_of(file, size), &id), CC_SUCCESS);
}
END_TEST

/* Two "libraries" that are the first bytes of the ELF file. */
static struct image_manifest manifest_with_libraries(void)
{
    struct image_manifest m = manifest_make();

    m.library_count = 2;
    for (size_t i = 0; i < 2; i++) {
        m.libraries[i].size = ELF_SIZE - 100 * i;
        ck_assert(sha256(view_of(elf, m.libraries[i].size), m.libraries[i].digest));
        snprintf(m.libraries[i].name, sizeof m.libraries[i].name, "libl%zu.so.1", i);
    }
    return m;
}

START_TEST(libraries_are_signed_and_measured)
{
    struct image_manifest m = manifest_with_libraries(), n = m;
    struct view made = image_make(&ec, &m);
    struct image_identity with, other;
    struct image image;

    ck_assert_msg(image_verify(made, &with) == CC_SUCCESS, "%s", detail_get());
    ck_assert_uint_eq(with.elf_size, ELF_SIZE);
    ck_assert_uint_eq(with.manifest.library_count, 2);
    ck_assert_str_eq(with.manifest.libraries[1].name, "libl1.so.1");
    ck_assert_int_eq(image_decode(made, &image), CC_SUCCESS);
    ck_assert(view_equal(image.libraries[1], view_of(elf, ELF_SIZE - 100)));
    for (size_t bit = 0; bit < made.size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(image_verify(made, &other) != CC_SUCCESS, "bit %zu", bit);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < made.size; size++)
        ck_assert_int_ne(image_verify(view_of(file, size), &other), CC_SUCCESS);
    n.libraries[1].name[0] = 'm';
    ck_assert_int_eq(image_verify(image_make(&ec, &n), &other), CC_SUCCESS);
    ck_assert_mem_ne(with.mrenclave, other.mrenclave, IMAGE_HASH_SIZE);
    n = m;
    n.library_count = 1;
    ck_assert_int_eq(image_verify(image_make(&ec, &n), &other), CC_SUCCESS);
    ck_assert_mem_ne(with.mrenclave, other.mrenclave, IMAGE_HASH_SIZE);
}
END_TEST

START_TEST(libraries_that_can_not_be_are_refused)
{
    static const struct {
        const char *names[2];
        uint64_t size;
        bool other_bytes;
        cc_enclave_result_t code;
        const char *says;
    } ROWS[] = {
        {{"", "b"}, ELF_SIZE, false, CC_ERROR_INVALID_METADATA, "name"},
        {{"a", "../b"}, ELF_SIZE, false, CC_ERROR_INVALID_METADATA, "name"},
        {{"a b", "b"}, ELF_SIZE, false, CC_ERROR_INVALID_METADATA, "name"},
        {{"b", "b"}, ELF_SIZE, false, CC_ERROR_INVALID_METADATA, "twice"},
        {{"a", "b"}, 10, false, CC_ERROR_INVALID_METADATA, "size"},
        {{"a", "b"}, ELF_SIZE, true, CC_ERROR_SIGNATURE_INVALID, "library b"},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct image_manifest m = manifest_with_libraries();
        struct image_identity id;

        for (size_t k = 0; k < 2; k++)
            snprintf(m.libraries[k].name, sizeof m.libraries[k].name, "%s", ROWS[i].names[k]);
        m.libraries[0].size = ROWS[i].size;
        m.libraries[1].digest[0] ^= ROWS[i].other_bytes;
        ck_assert_msg(image_verify(image_make(&ec, &m), &id) == ROWS[i].code, "row %zu: %s", i,
                      detail_get());
        ck_assert_msg(strstr(detail_get(), ROWS[i].says) != NULL, "row %zu: %s", i, detail_get());
    }
}
END_TEST

START_TEST(image_verify_refuses_another_signers_key_over_the_same_body)
{
    struct image_manifest m = manifest_make();
    struct image image, forged;
    struct image_identity id;
    struct buf spki = BUF_EMPTY;
    uint8_t room[ROOM];
    struct writer w = writer_over(room, sizeof room);

    ck_assert_int_eq(image_decode(image_make(&ec, &m), &image), CC_SUCCESS);
    ck_assert_int_eq(image_signer_spki(&rsa, &spki), CC_SUCCESS);
    forged = image;
    forged.spki = buf_view(&spki);
    writer_put(&w, VIEW_OF(elf));
    image_tail_encode(&forged, &w);
    ck_assert_int_eq(image_verify(writer_view(&w), &id), CC_ERROR_SIGNATURE_INVALID);
    buf_free(&spki);
}
END_TEST

START_TEST(image_decode_names_the_field_that_breaks_a_limit)
{
    static const struct {
        const char *field;
        struct image_manifest m;
    } ROWS[] = {
        {"heap_size",
         {(UINT64_C(64) << 30) + 1,
          1 << 18,
          1 << 26,
          8,
          0,
          0,
          false,
          true,
          {{0}},
          0,
          {{{0}, 0, {0}}}}},
        {"stack_size",
         {0, (16 << 10) - 1, 1 << 26, 8, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"stack_size",
         {0, (64 << 20) + 1, 1 << 26, 8, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"tcs_count", {0, 1 << 18, 1 << 26, 0, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"tcs_count", {0, 1 << 18, 1 << 26, 513, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"shared_size",
         {0, 1 << 18, (1 << 20) - 1, 8, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"shared_size",
         {0, 1 << 18, (UINT64_C(1) << 40) + 1, 8, 0, 0, false, true, {{0}}, 0, {{{0}, 0, {0}}}}},
        {"uuid", {0, 1 << 18, 1 << 26, 8, 0, 0, false, true, {{1}}, 0, {{{0}, 0, {0}}}}},
        {"uuid", {0, 1 << 18, 1 << 26, 8, 0, 0, false, false, {{0}}, 0, {{{0}, 0, {0}}}}},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct image image;

        ck_assert_int_eq(image_decode(image_make(&ec, &ROWS[i].m), &image),
                         CC_ERROR_INVALID_METADATA);
        ck_assert_msg(strstr(detail_get(), ROWS[i].field) != NULL, "row %zu: %s", i, detail_get());
    }
}
END_TEST

START_TEST(image_decode_says_what_a_file_is_not)
{
    struct image image;
    uint8_t copy[ELF_SIZE];

    ck_assert_int_eq(image_decode(VIEW_EMPTY, &image), CC_ERROR_INVALID_ENCLAVE);
    ck_assert_int_eq(image_decode(view_text("#!/bin/sh\n"), &image), CC_ERROR_INVALID_ENCLAVE);
    ck_assert_int_eq(image_decode(VIEW_OF(elf), &image), CC_ERROR_SIGNATURE_INVALID);
    ck_assert_ptr_nonnull(strstr(detail_get(), "not signed"));

    memcpy(copy, elf, sizeof copy);
    copy[18] ^= 1;
    ck_assert_int_eq(image_elf_check(VIEW_OF(copy)), CC_ERROR_INVALID_ENCLAVE);
    ck_assert_ptr_nonnull(strstr(detail_get(), "machine"));
    memcpy(copy, elf, sizeof copy);
    copy[16] = 2;
    ck_assert_int_eq(image_elf_check(VIEW_OF(copy)), CC_ERROR_INVALID_ENCLAVE);
    memcpy(copy, elf, sizeof copy);
    copy[39] = 0xff; /* program headers at the end of the address space */
    ck_assert_int_eq(image_elf_check(VIEW_OF(copy)), CC_ERROR_INVALID_ENCLAVE);
}
END_TEST

START_TEST(image_uuid_is_derived_from_signer_and_product)
{
    struct image_manifest m = manifest_make();
    struct image_identity first, second, other;

    memset(m.uuid.bytes, 0, sizeof m.uuid.bytes);
    m.uuid_derived = true;
    ck_assert_int_eq(image_verify(image_make(&ec, &m), &first), CC_SUCCESS);
    ck_assert_int_eq(image_verify(image_make(&ec, &m), &second), CC_SUCCESS);
    ck_assert_mem_eq(&first.uuid, &second.uuid, UUID_SIZE);
    ck_assert_uint_eq(first.uuid.bytes[6] >> 4, 5); /* RFC 9562, 5.5 */
    ck_assert_uint_eq(first.uuid.bytes[8] >> 6, 2);
    m.prod_id++;
    ck_assert_int_eq(image_verify(image_make(&ec, &m), &other), CC_SUCCESS);
    ck_assert_mem_ne(&first.uuid, &other.uuid, UUID_SIZE);
    ck_assert_mem_eq(first.mrenclave, other.mrenclave, IMAGE_HASH_SIZE);
    m.prod_id--;
    ck_assert_int_eq(image_verify(image_make(&rsa, &m), &other), CC_SUCCESS);
    ck_assert_mem_ne(&first.uuid, &other.uuid, UUID_SIZE);
}
END_TEST

/* Signatures as `openssl dgst -sha256 -sign` makes them: PKCS #1 v1.5, or ECDSA in DER. */
START_TEST(image_signature_adopt_takes_foreign_signatures_and_refuses_wrong_ones)
{
    const struct image_signer *signers[] = {&rsa, &ec};
    const enum image_algorithm expected[] = {IMAGE_RSA_3072_PKCS1, IMAGE_ECDSA_P256};
    struct image_manifest m = manifest_make();

    for (size_t i = 0; i < 2; i++) {
        struct image image;
        struct image_identity id;
        struct buf adopted = BUF_EMPTY;
        uint8_t foreign[512], room[ROOM];
        size_t size = sizeof foreign;
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        struct writer w = writer_over(room, sizeof room);

        ck_assert_int_eq(image_decode(image_make(signers[i], &m), &image), CC_SUCCESS);
        ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, signers[i]->key), 1);
        ck_assert_int_eq(EVP_DigestSign(ctx, foreign, &size, image.body.data, image.body.size), 1);
        EVP_MD_CTX_free(ctx);
        ck_assert_int_eq(image_signature_adopt(&image, view_of(foreign, size), &adopted),
                         CC_SUCCESS);
        ck_assert_int_eq(image.algorithm, expected[i]);
        writer_put(&w, VIEW_OF(elf));
        image_tail_encode(&image, &w);
        ck_assert_int_eq(image_verify(writer_view(&w), &id), CC_SUCCESS);
        buf_free(&adopted);
        foreign[size - 1] ^= 1;
        ck_assert_int_eq(image_signature_adopt(&image, view_of(foreign, size), &adopted),
                         CC_ERROR_SIGNATURE_INVALID);
    }
}
END_TEST

START_TEST(image_signer_load_refuses_other_keys)
{
    struct image_signer signer = {0};
    EVP_PKEY *small = EVP_RSA_gen(2048), *curve = EVP_EC_gen("P-384");
    struct buf a = pem_of(small), b = pem_of(curve);

    ck_assert_int_eq(image_signer_load(buf_view(&a), &signer), CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(image_signer_load(buf_view(&b), &signer), CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(image_signer_load(view_text("no key"), &signer), CC_ERROR_BAD_FORMAT);
    ck_assert_ptr_null(signer.key);
    buf_free(&a);
    buf_free(&b);
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/image");
    TCase *tcase = tcase_of(suite, "image");

    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, image_verify_accepts_what_each_signer_signed);
    tcase_add_test(tcase, mrenclave_leaves_out_product_svn_and_debug_and_nothing_else);
    tcase_add_test(tcase, image_verify_refuses_each_flipped_bit);
    tcase_add_test(tcase, libraries_are_signed_and_measured);
    tcase_add_test(tcase, libraries_that_can_not_be_are_refused);
    tcase_add_test(tcase, image_verify_refuses_another_signers_key_over_the_same_body);
    tcase_add_test(tcase, image_decode_names_the_field_that_breaks_a_limit);
    tcase_add_test(tcase, image_decode_says_what_a_file_is_not);
    tcase_add_test(tcase, image_uuid_is_derived_from_signer_and_product);
    tcase_add_test(tcase, image_signature_adopt_takes_foreign_signatures_and_refuses_wrong_ones);
    tcase_add_test(tcase, image_signer_load_refuses_other_keys);
    return suite_main(suite);
}
