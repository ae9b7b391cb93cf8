/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/hash.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static bool digest_once(const EVP_MD *md, struct view message, uint8_t *ret_digest)
{
    return EVP_Digest(message.data, message.size, ret_digest, NULL, md, NULL) == 1;
}

bool sha256(struct view message, uint8_t ret_digest[static SHA256_SIZE])
{
    return digest_once(EVP_sha256(), message, ret_digest);
}

bool sha512(struct view message, uint8_t ret_digest[static SHA512_SIZE])
{
    return digest_once(EVP_sha512(), message, ret_digest);
}

void hash_init(struct hash *hash)
{
    hash->ctx = EVP_MD_CTX_new();
    hash->failed = hash->ctx == NULL || EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1;
}

void hash_add(struct hash *hash, struct view bytes)
{
    if (!hash->failed && EVP_DigestUpdate(hash->ctx, bytes.data, bytes.size) != 1)
        hash->failed = true;
}

bool hash_final(struct hash *hash, uint8_t ret_digest[static SHA256_SIZE])
{
    bool good = !hash->failed && EVP_DigestFinal_ex(hash->ctx, ret_digest, NULL) == 1;

    hash_done(hash);
    return good;
}

void hash_done(struct hash *hash)
{
    EVP_MD_CTX_free(hash->ctx);
    hash->ctx = NULL;
    hash->failed = true;
}

bool hmac_sha256(struct view key, struct view message, uint8_t ret_mac[static SHA256_SIZE])
{
    static const uint8_t none[1] = {0};
    unsigned size = SHA256_SIZE;

    if (key.size > INT32_MAX)
        return false;
    return HMAC(EVP_sha256(), key.size > 0 ? key.data : none, (int)key.size,
                message.size > 0 ? message.data : none, message.size, ret_mac, &size) != NULL;
}

bool hkdf_extract(struct view salt, struct view ikm, struct secret *ret_prk)
{
    return hmac_sha256(salt, ikm, ret_prk->bytes);
}

/* T(n) = HMAC(PRK, T(n-1) | info | n); what is over of the last T(n) is dropped. */
bool hkdf_expand(const struct secret *prk, struct view info, void *ret_okm, size_t size)
{
    uint8_t block[SHA256_SIZE + 512 + 1];
    uint8_t t[SHA256_SIZE];
    uint8_t *okm = ret_okm;
    size_t t_size = 0;
    bool good = size <= HKDF_SHA256_MAX_SIZE && info.size <= 512;

    for (size_t done = 0, n = 1; good && done < size; n++) {
        struct writer w = writer_over(block, sizeof block);
        size_t part = size - done < sizeof t ? size - done : sizeof t;

        writer_put(&w, (struct view){t, t_size});
        writer_put(&w, info);
        writer_u8(&w, (uint8_t)n);
        good = !w.failed &&
               hmac_sha256((struct view){prk->bytes, sizeof prk->bytes}, writer_view(&w), t);
        t_size = sizeof t;
        if (good)
            memcpy(okm + done, t, part);
        done += part;
    }
    if (!good)
        wipe(ret_okm, size);
    wipe(t, sizeof t);
    wipe(block, sizeof block);
    return good;
}
