/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/prepare.h"
#include "crypto/aead.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include <openssl/crypto.h>

void crypto_prepare(void)
{
    static const uint8_t zero[AEAD_KEY_SIZE];
    uint8_t digest[SHA256_SIZE];
    struct aead aead = {NULL};

    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
    if (aead_init(&aead, zero, AEAD_SEAL))
        aead_done(&aead);
    (void)!hmac_sha256(VIEW_EMPTY, VIEW_EMPTY, digest);
    ecdh_prepare();
}
