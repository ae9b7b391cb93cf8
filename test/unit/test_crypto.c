/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Vectors of RFC 4231 (HMAC), RFC 5869 (HKDF), FIPS 180-4; key agreement from many threads. */
#include "crypto/ecdh.h"
#include "support.h"
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
    struct secret one, other;
    bool good = ecdh_generate(&a, group) && ecdh_generate(&b, group) &&
                ecdh_derive(&a, ecdh_public(&b), &one) &&
                ecdh_derive(&b, ecdh_public(&a), &other) &&
                equal_ct(VIEW_OF(one.bytes), VIEW_OF(other.bytes)) &&
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
        good &= agree(ECDH_X25519) && agree(ECDH_P256);
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
    struct secret shared;

    ck_assert(!ecdh_generate(&key, (enum ecdh_group)0));
    ck_assert(!ecdh_generate(&key, (enum ecdh_group)3));
    ck_assert_ptr_null(key.key);
    ck_assert(ecdh_generate(&key, ECDH_P256));
    memcpy(point, key.public_key, sizeof point);
    ck_assert(!ecdh_derive(&key, view_of(point, 64), &shared));
    point[64] ^= 1; /* off the curve */
    ck_assert(!ecdh_derive(&key, VIEW_OF(point), &shared));
    ecdh_done(&key);
    ck_assert(ecdh_generate(&key, ECDH_X25519));
    memset(point, 0, sizeof point); /* of small order: RFC 7748, 6.1 */
    ck_assert(!ecdh_derive(&key, view_of(point, 32), &shared));
    ecdh_done(&key);
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
    return suite_main(suite);
}
