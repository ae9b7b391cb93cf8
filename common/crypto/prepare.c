/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/prepare.h"
#include "crypto/aead.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

/* What makes a random generator, fetched once and found again; no generator is made here. */
static void generator_prepare(void)
{
    static const char *const generators[] = {"CTR-DRBG", "SEED-SRC"};
    static const char *const ciphers[] = {"AES-256-CTR", "AES-256-ECB"};

    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++)
        EVP_RAND_free(EVP_RAND_fetch(NULL, generators[i], NULL));
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++)
        EVP_CIPHER_free(EVP_CIPHER_fetch(NULL, ciphers[i], NULL));
}

void crypto_prepare(void)
{
    static const uint8_t zero[AEAD_KEY_SIZE];
    uint8_t digest[SHA256_SIZE];
    struct aead aead;

    /* The strings: a generator's first use loads them, half a millisecond in each enclave. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                            OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                        NULL);
    if (aead_init(&aead, zero, AEAD_SEAL))
        aead_done(&aead);
    (void)!hmac_sha256(VIEW_EMPTY, VIEW_EMPTY, digest);
    ecdh_prepare();
    generator_prepare();
}

const char *crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
