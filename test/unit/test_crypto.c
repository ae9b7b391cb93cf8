/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Vectors of RFC 4231 (HMAC), RFC 5869 (HKDF), FIPS 180-4; key agreement from many threads. */
#include "crypto/aead.h"
#include "crypto/ecdh.h"
#include "support.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void hex_is(const uint8_t *bytes, size_t size, const char *hex)
{
    char text[2 * SHA512_SIZE + 1];

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    ck_assert_str_eq(text, hex);
}

START_TEST(hmac_gives_the_values_of_rfc_4231)
{
    uint8_t key[131], mac[SHA256_SIZE];

    memset(key, 0x0b, 20);
    ck_assert(hmac_sha256(view_of(key, 20), view_text("Hi There"), mac));
    hex_is(mac, sizeof mac, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    ck_assert(hmac_sha256(view_text("Jefe"), view_text("what do ya want for nothing?"), mac));
    hex_is(mac, sizeof mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key); /* longer than a block: hashed first */
    ck_assert(hmac_sha256(
        VIEW_OF(key), view_text("Test Using Larger Than Block-Size Key - Hash Key First"), mac));
    hex_is(mac, sizeof mac, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    ck_assert(hmac_sha256(VIEW_EMPTY, VIEW_EMPTY, mac));
    hex_is(mac, sizeof mac, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
END_TEST

START_TEST(hkdf_gives_the_values_of_rfc_5869)
{
    uint8_t ikm[22], salt[13], info[10], okm[42];
    struct secret prk;

    memset(ikm, 0x0b, sizeof ikm);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (uint8_t)(0xf0 + i);
    ck_assert(hkdf_extract(VIEW_OF(salt), VIEW_OF(ikm), &prk));
    hex_is(prk.bytes, sizeof prk.bytes,
           "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    ck_assert(hkdf_expand(&prk, VIEW_OF(info), okm, sizeof okm));
    hex_is(okm, sizeof okm,
           "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}
END_TEST

START_TEST(hashes_give_the_values_of_fips_180)
{
    uint8_t digest[SHA512_SIZE];

    ck_assert(sha256(view_text("abc"), digest));
    hex_is(digest, SHA256_SIZE, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert(sha512(view_text("abc"), digest));
    hex_is(digest, SHA512_SIZE,
           "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}
END_TEST

static bool agree(enum ecdh_group group)
{
    struct ecdh a = {.key = NULL}, b = {.key = NULL};
    struct ecdh_shared one, other;
    bool good = ecdh_generate(&a, group) && ecdh_generate(&b, group) &&
                ecdh_derive(&a, ecdh_public(&b), &one) &&
                ecdh_derive(&b, ecdh_public(&a), &other) &&
                equal_ct(ecdh_shared_view(&one), ecdh_shared_view(&other)) &&
                !view_equal(ecdh_public(&a), ecdh_public(&b));

    ecdh_done(&a);
    ecdh_done(&b);
    return good;
}

static void *agree_often(void *arg)
{
    uintptr_t good = 1;

    (void)arg;
    for (int i = 0; i < 10; i++)
        good &= agree(ECDH_X25519) && agree(ECDH_P256) && agree(ECDH_SM2);
    return (void *)good;
}

/* More threads than contexts are kept. */
START_TEST(agreement_holds_from_many_threads)
{
    pthread_t threads[12];
    void *good;

    ecdh_prepare();
    for (size_t i = 0; i < 12; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, agree_often, NULL), 0);
    for (size_t i = 0; i < 12; i++) {
        pthread_join(threads[i], &good);
        ck_assert_ptr_nonnull(good);
    }
}
END_TEST

START_TEST(unknown_group_and_bad_points_are_refused)
{
    uint8_t point[ECDH_PUBLIC_MAX_SIZE];
    struct ecdh key = {.key = NULL};
    struct ecdh_shared shared;

    ck_assert(!ecdh_generate(&key, (enum ecdh_group)0));
    ck_assert(!ecdh_generate(&key, (enum ecdh_group)5));
    ck_assert_ptr_null(key.key);
    ck_assert(ecdh_generate(&key, ECDH_P256));
    memcpy(point, key.public_key, key.public_size);
    ck_assert(!ecdh_derive(&key, view_of(point, 64), &shared));
    point[64] ^= 1; /* off the curve */
    ck_assert(!ecdh_derive(&key, view_of(point, 65), &shared));
    ecdh_done(&key);
    ck_assert(ecdh_generate(&key, ECDH_X25519));
    memset(point, 0, sizeof point); /* of small order: RFC 7748, 6.1 */
    ck_assert(!ecdh_derive(&key, view_of(point, 32), &shared));
    ecdh_done(&key);
}
END_TEST

/* X25519MLKEM768: what is too short, is no key, or whose X25519 half is zero, is refused; what was
 * altered otherwise leads to another secret. */
START_TEST(hybrid_key_is_answered_where_openssl_has_it)
{
    struct ecdh key = {.key = NULL}, answer = {.key = NULL};
    struct ecdh_shared ours, theirs;
    uint8_t altered[ECDH_X25519MLKEM768_ANSWER_SIZE], broken[ECDH_X25519MLKEM768_PUBLIC_SIZE];

    ck_assert_int_eq(ecdh_available(ECDH_X25519MLKEM768), OpenSSL_version_num() >= 0x30500000L);
    if (!ecdh_available(ECDH_X25519MLKEM768)) {
        memset(broken, 7, sizeof broken);
        ck_assert(!ecdh_generate(&key, ECDH_X25519MLKEM768));
        ck_assert(!ecdh_encapsulate(&answer, VIEW_OF(broken), &theirs));
        return;
    }
    ck_assert(ecdh_generate(&key, ECDH_X25519MLKEM768));
    ck_assert_uint_eq(ecdh_public(&key).size, ECDH_X25519MLKEM768_PUBLIC_SIZE);
    ck_assert(ecdh_encapsulate(&answer, ecdh_public(&key), &theirs));
    ck_assert_uint_eq(ecdh_public(&answer).size, sizeof altered);
    ck_assert(ecdh_derive(&key, ecdh_public(&answer), &ours));
    ck_assert_uint_eq(ours.size, ECDH_SHARED_MAX_SIZE);
    ck_assert_mem_eq(ours.bytes, theirs.bytes, ours.size);

    memcpy(altered, answer.public_key, sizeof altered);
    altered[5] ^= 1;
    ck_assert(ecdh_derive(&key, VIEW_OF(altered), &ours));
    ck_assert_mem_ne(ours.bytes, theirs.bytes, ours.size);
    altered[5] ^= 1;
    memset(altered + sizeof altered - 32, 0, 32);
    ck_assert(!ecdh_derive(&key, VIEW_OF(altered), &ours));
    ck_assert(!ecdh_derive(&key, view_of(answer.public_key, sizeof altered - 1), &ours));

    memcpy(broken, key.public_key, sizeof broken);
    ck_assert(!ecdh_encapsulate(&answer, view_of(broken, sizeof broken - 1), &theirs));
    memset(broken, 0xff, 3); /* no number below the modulus: FIPS 203, 7.2 */
    ck_assert(!ecdh_encapsulate(&answer, VIEW_OF(broken), &theirs));
    memcpy(broken, key.public_key, sizeof broken);
    memset(broken + sizeof broken - 32, 0, 32);
    ck_assert(!ecdh_encapsulate(&answer, VIEW_OF(broken), &theirs));
    ecdh_done(&key);
}
END_TEST

/* Against libcrypto's own, by another way. */
START_TEST(sm3_derives_as_libcrypto_s_kdf_does)
{
    static const uint8_t salt[32] = {1, 2, 3}, ikm[45] = {4, 5, 6};
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SM3"}, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt,
                                          sizeof salt),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)ikm, sizeof ikm),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char[]){"info"}, 4),
        OSSL_PARAM_construct_end()};
    uint8_t known[77], ours[77];
    struct secret prk;

    ck_assert_int_eq(EVP_KDF_derive(ctx, known, sizeof known, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    ck_assert(hkdf_extract_by(HASH_SM3, VIEW_OF(salt), VIEW_OF(ikm), &prk));
    ck_assert(hkdf_expand_by(HASH_SM3, &prk, view_text("info"), ours, sizeof ours));
    ck_assert_mem_eq(ours, known, sizeof known);
}
END_TEST

/* RFC 8998, A.1 */
START_TEST(sm4_gcm_gives_the_values_of_rfc_8998)
{
    static const uint8_t key[AEAD_SM4_KEY_SIZE] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                                   0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};
    static const uint8_t nonce[AEAD_NONCE_SIZE] = {0, 0, 0x12, 0x34, 0x56, 0x78,
                                                   0, 0, 0,    0,    0xab, 0xcd};
    static const uint8_t aad[20] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                    0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
    static const uint8_t each[8] = {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa};
    struct aead seal = {.ctx = NULL}, open = {.ctx = NULL};
    uint8_t plain[64], cipher[64], again[64], tag[AEAD_TAG_SIZE];

    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = each[i / 8];
    ck_assert_int_eq(aead_sm4_there(), OpenSSL_version_num() >= 0x30100000L);
    if (!aead_sm4_there()) {
        ck_assert(!aead_init_sm4(&seal, key, AEAD_SEAL));
        return;
    }
    ck_assert(aead_init_sm4(&seal, key, AEAD_SEAL) && aead_init_sm4(&open, key, AEAD_OPEN));
    for (int i = 0; i < 2; i++) { /* a context is kept */
        ck_assert(aead_seal(&seal, nonce, VIEW_OF(aad), VIEW_OF(plain), cipher, tag));
        hex_is(cipher, sizeof cipher,
               "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
               "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d");
        hex_is(tag, sizeof tag, "83de3541e4c2b58177e065a9bf7b62ec");
        ck_assert(aead_open(&open, nonce, VIEW_OF(aad), VIEW_OF(cipher), tag, again));
        ck_assert_mem_eq(again, plain, sizeof plain);
        tag[i] ^= 1;
        ck_assert(!aead_open(&open, nonce, VIEW_OF(aad), VIEW_OF(cipher), tag, again));
    }
    aead_done(&seal);
    aead_done(&open);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/crypto");
    TCase *tcase = tcase_of(suite, "crypto");

    tcase_add_test(tcase, hmac_gives_the_values_of_rfc_4231);
    tcase_add_test(tcase, hkdf_gives_the_values_of_rfc_5869);
    tcase_add_test(tcase, hashes_give_the_values_of_fips_180);
    tcase_add_test(tcase, agreement_holds_from_many_threads);
    tcase_add_test(tcase, unknown_group_and_bad_points_are_refused);
    tcase_add_test(tcase, sm3_derives_as_libcrypto_s_kdf_does);
    tcase_add_test(tcase, sm4_gcm_gives_the_values_of_rfc_8998);
    tcase_add_test(tcase, hybrid_key_is_answered_where_openssl_has_it);
    return suite_main(suite);
}
