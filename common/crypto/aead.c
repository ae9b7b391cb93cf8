/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/aead.h"
#include "crypto/aead_mb.h"
#include "crypto/fetched.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

static bool evp_init(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx == NULL ||
        EVP_CipherInit_ex2(ctx, fetched_aes_256_gcm(), key, NULL, use == AEAD_SEAL, NULL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return false;
    }
    *aead = (struct aead){.ctx = ctx};
    return true;
}

bool aead_backend_there(enum aead_backend backend)
{
    return backend == AEAD_OPENSSL || aead_mb_there();
}

bool aead_init_by(struct aead *aead, enum aead_backend backend,
                  const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    struct aead_mb *mb;

    if (backend == AEAD_OPENSSL)
        return evp_init(aead, key, use);
    mb = aead_mb_new(key);
    if (mb == NULL)
        return false;
    *aead = (struct aead){.mb = mb};
    return true;
}

bool aead_init(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    return aead_init_by(aead, aead_mb_there() ? AEAD_IPSEC_MB : AEAD_OPENSSL, key, use);
}

void aead_done(struct aead *aead)
{
    EVP_CIPHER_CTX_free(aead->ctx); /* cleanses the key schedule */
    aead_mb_free(aead->mb);
    *aead = (struct aead){NULL, NULL};
}

/* EVP takes int. */
static bool sizes_fit(struct view aad, struct view in)
{
    return aad.size <= INT_MAX && in.size <= INT_MAX;
}

bool aead_seal(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view plain, uint8_t *ret_cipher, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    /* Directly: EVP_CIPHER_CTX_ctrl() would only build the same. */
    OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ret_tag, AEAD_TAG_SIZE),
                        OSSL_PARAM_END};
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb != NULL)
        return aead_mb_seal(aead->mb, nonce, aad, plain, ret_cipher, ret_tag);
    if (sizes_fit(aad, plain) && EVP_EncryptInit_ex2(aead->ctx, NULL, NULL, nonce, NULL) == 1 &&
        (aad.size == 0 ||
         EVP_EncryptUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1) &&
        (plain.size == 0 ||
         EVP_EncryptUpdate(aead->ctx, ret_cipher, &size, plain.data, (int)plain.size) == 1) &&
        EVP_EncryptFinal_ex(aead->ctx, none, &size) == 1 &&
        EVP_CIPHER_CTX_get_params(aead->ctx, tag) == 1)
        return true;
    wipe(ret_cipher, plain.size);
    return false;
}

bool aead_open(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE], uint8_t *ret_plain)
{
    uint8_t expected[AEAD_TAG_SIZE];
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb != NULL)
        return aead_mb_open(aead->mb, nonce, aad, cipher, tag, ret_plain);
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = tag[i]; /* EVP wants it writable */
    if (sizes_fit(aad, cipher) && EVP_DecryptInit_ex2(aead->ctx, NULL, NULL, nonce, NULL) == 1 &&
        (aad.size == 0 ||
         EVP_DecryptUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1) &&
        (cipher.size == 0 ||
         EVP_DecryptUpdate(aead->ctx, ret_plain, &size, cipher.data, (int)cipher.size) == 1) &&
        EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_SIZE, expected) == 1 &&
        EVP_DecryptFinal_ex(aead->ctx, none, &size) == 1)
        return true;
    wipe(ret_plain, cipher.size); /* unauthenticated plaintext never leaves */
    return false;
}

/* --- a message in pieces ---------------------------------------------------------------------- */

/* Sealed pieces pass through the stack; opened ones only stay in the first cache. */
enum { SEAL_PIECE_SIZE = 4096, OPEN_PIECE_SIZE = 16384 };

static bool begin(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view in)
{
    int size = 0;

    if (!sizes_fit(aad, in))
        return false;
    if (aead->mb != NULL) {
        aead_mb_begin(aead->mb, nonce, aad);
        return true;
    }
    return EVP_CipherInit_ex2(aead->ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
           (aad.size == 0 ||
            EVP_CipherUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1);
}

static bool piece(struct aead *aead, enum aead_use use, struct view in, uint8_t *ret_out)
{
    int size = 0;

    if (aead->mb == NULL)
        return EVP_CipherUpdate(aead->ctx, ret_out, &size, in.data, (int)in.size) == 1;
    aead_mb_piece(aead->mb, use, in, ret_out);
    return true;
}

static size_t least(size_t left, size_t most)
{
    return left < most ? left : most;
}

static bool seal_end(struct aead *aead, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ret_tag, AEAD_TAG_SIZE),
                        OSSL_PARAM_END};
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb == NULL)
        return EVP_EncryptFinal_ex(aead->ctx, none, &size) == 1 &&
               EVP_CIPHER_CTX_get_params(aead->ctx, tag) == 1;
    aead_mb_end(aead->mb, AEAD_SEAL, ret_tag);
    return true;
}

bool aead_seal_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view plain, uint8_t *ret_cipher,
                      uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    uint8_t room[SEAL_PIECE_SIZE], tag[AEAD_TAG_SIZE];
    bool good = begin(aead, nonce, aad, plain);

    for (size_t at = 0, size; good && at < plain.size; at += size) {
        size = least(plain.size - at, SEAL_PIECE_SIZE);
        good = piece(aead, AEAD_SEAL, view_of(plain.data + at, size), room);
        if (good)
            memcpy(ret_cipher + at, room, size);
    }
    good = good && seal_end(aead, tag);
    if (good)
        memcpy(ret_tag, tag, sizeof tag);
    else
        wipe(ret_cipher, plain.size);
    return good;
}

static bool open_end(struct aead *aead, uint8_t tag[static AEAD_TAG_SIZE])
{
    uint8_t expected[AEAD_TAG_SIZE];
    int size = 0;
    bool good;

    if (aead->mb == NULL)
        return EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_SIZE, tag) == 1 &&
               EVP_DecryptFinal_ex(aead->ctx, expected, &size) == 1;
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = (uint8_t)~tag[i];
    aead_mb_end(aead->mb, AEAD_OPEN, expected);
    good = equal_ct(VIEW_OF(expected), view_of(tag, AEAD_TAG_SIZE));
    wipe(expected, sizeof expected);
    return good;
}

bool aead_open_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE],
                      uint8_t *ret_plain)
{
    uint8_t mine[AEAD_TAG_SIZE];
    bool good = begin(aead, nonce, aad, cipher);

    memcpy(mine, tag, sizeof mine);
    for (size_t at = 0, size; good && at < cipher.size; at += size) {
        size = least(cipher.size - at, OPEN_PIECE_SIZE);
        memcpy(ret_plain + at, cipher.data + at, size); /* then only the copy */
        good = piece(aead, AEAD_OPEN, view_of(ret_plain + at, size), ret_plain + at);
    }
    if (good && open_end(aead, mine))
        return true;
    wipe(ret_plain, cipher.size);
    return false;
}
