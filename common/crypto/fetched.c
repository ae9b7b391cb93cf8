/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/fetched.h"
#include <pthread.h>

static struct {
    pthread_once_t once;
    const EVP_MD *sha256;
    const EVP_MD *sha512;
    const EVP_CIPHER *aes_256_gcm;
} fetched = {.once = PTHREAD_ONCE_INIT};

static void fetch_all(void)
{
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    fetched.sha512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
    fetched.aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (fetched.sha256 == NULL)
        fetched.sha256 = EVP_sha256();
    if (fetched.sha512 == NULL)
        fetched.sha512 = EVP_sha512();
    if (fetched.aes_256_gcm == NULL)
        fetched.aes_256_gcm = EVP_aes_256_gcm();
}

const EVP_MD *fetched_sha256(void)
{
    pthread_once(&fetched.once, fetch_all);
    return fetched.sha256;
}

const EVP_MD *fetched_sha512(void)
{
    pthread_once(&fetched.once, fetch_all);
    return fetched.sha512;
}

/* These are looked up apart: an enclave, which verifies nobody's evidence, does without. */
static struct {
    pthread_once_t once;
    const EVP_MD *of[HASH_COUNT];
    const EVP_CIPHER *sm4_gcm;
} others = {.once = PTHREAD_ONCE_INIT};

static void fetch_others(void)
{
    static const char *const NAMES[HASH_COUNT] = {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512",
                                                  "SM3"};

    for (size_t i = 0; i < HASH_COUNT; i++)
        others.of[i] = EVP_MD_fetch(NULL, NAMES[i], NULL);
    others.sm4_gcm = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);
}

const EVP_MD *fetched_hash(enum hash_alg alg)
{
    pthread_once(&others.once, fetch_others);
    return others.of[alg];
}

const EVP_CIPHER *fetched_sm4_gcm(void)
{
    pthread_once(&others.once, fetch_others);
    return others.sm4_gcm;
}

const EVP_CIPHER *fetched_aes_256_gcm(void)
{
    pthread_once(&fetched.once, fetch_all);
    return fetched.aes_256_gcm;
}
