/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/hash.h"
#include "crypto/fetched.h"
#include <string.h>

enum { HMAC_BLOCK_SIZE = 64, HMAC_INNER = 0x36, HMAC_OUTER = 0x5c };

static bool digest_once(const EVP_MD *md, struct view message, uint8_t *ret_digest)
{
    return EVP_Digest(message.data, message.size, ret_digest, NULL, md, NULL) == 1;
}

bool sha256(struct view message, uint8_t ret_digest[static SHA256_SIZE])
{
    return digest_once(fetched_sha256(), message, ret_digest);
}

bool sha512(struct view message, uint8_t ret_digest[static SHA512_SIZE])
{
    return digest_once(fetched_sha512(), message, ret_digest);
}

size_t hash_alg_size(enum hash_alg alg)
{
    static const uint8_t SIZES[HASH_COUNT] = {20, 32, 48, 64, 32};

    return SIZES[alg];
}

bool hash_digest(enum hash_alg alg, struct view message, uint8_t *ret_digest)
{
    const EVP_MD *md = fetched_hash(alg);

    return md != NULL && digest_once(md, message, ret_digest);
}

bool hash_digest2(enum hash_alg alg, struct view first, struct view second, uint8_t *ret_digest)
{
    const EVP_MD *md = fetched_hash(alg);
    EVP_MD_CTX *ctx = md != NULL ? EVP_MD_CTX_new() : NULL;
    bool good = ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
                EVP_DigestUpdate(ctx, first.data, first.size) == 1 &&
                EVP_DigestUpdate(ctx, second.data, second.size) == 1 &&
                EVP_DigestFinal_ex(ctx, ret_digest, NULL) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

bool hmac_sm3(struct view key, struct view message, uint8_t *ret_mac)
{
    size_t size = 0;

    return EVP_Q_mac(NULL, "HMAC", NULL, "SM3", NULL, key.data, key.size, message.data,
                     message.size, ret_mac, hash_alg_size(HASH_SM3), &size) != NULL &&
           size == hash_alg_size(HASH_SM3);
}

/* SHA-256 as it is kept for everybody: enclaves look up no other hash unless they are asked to. */
static const EVP_MD *of_32_bytes(enum hash_alg alg)
{
    return alg == HASH_SM3 ? fetched_hash(alg) : fetched_sha256();
}

void hash_init_by(struct hash *hash, enum hash_alg alg)
{
    const EVP_MD *md = of_32_bytes(alg);

    hash->ctx = EVP_MD_CTX_new();
    hash->failed = hash->ctx == NULL || md == NULL || EVP_DigestInit_ex2(hash->ctx, md, NULL) != 1;
}

void hash_init(struct hash *hash)
{
    hash_init_by(hash, HASH_SHA256);
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

/* H(pad | message) with a context that is used for both halves. */
static bool digest_padded(EVP_MD_CTX *ctx, const EVP_MD *md,
                          const uint8_t pad[static HMAC_BLOCK_SIZE], struct view message,
                          uint8_t ret_digest[static SHA256_SIZE])
{
    return EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
           EVP_DigestUpdate(ctx, pad, HMAC_BLOCK_SIZE) == 1 &&
           EVP_DigestUpdate(ctx, message.data, message.size) == 1 &&
           EVP_DigestFinal_ex(ctx, ret_digest, NULL) == 1;
}

static void pad_flip(uint8_t pad[static HMAC_BLOCK_SIZE], uint8_t with)
{
    for (size_t i = 0; i < HMAC_BLOCK_SIZE; i++)
        pad[i] ^= with;
}

/*
 * RFC 2104, 2: H(key ^ opad | H(key ^ ipad | message)). By hand, since libcrypto's MAC objects cost
 * three times as much for the short messages of a key schedule.
 */
bool hmac_by(enum hash_alg alg, struct view key, struct view message,
             uint8_t ret_mac[static SHA256_SIZE])
{
    uint8_t pad[HMAC_BLOCK_SIZE] = {0};
    uint8_t inner[SHA256_SIZE];
    const EVP_MD *md = of_32_bytes(alg);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && md != NULL;

    if (key.size > sizeof pad)
        good = good && digest_once(md, key, pad);
    else if (key.size > 0)
        memcpy(pad, key.data, key.size);
    pad_flip(pad, HMAC_INNER);
    good = good && digest_padded(ctx, md, pad, message, inner);
    pad_flip(pad, HMAC_INNER ^ HMAC_OUTER);
    good = good && digest_padded(ctx, md, pad, VIEW_OF(inner), ret_mac);
    EVP_MD_CTX_free(ctx); /* cleanses the state, which is as good as the key */
    wipe(pad, sizeof pad);
    wipe(inner, sizeof inner);
    if (!good)
        wipe(ret_mac, SHA256_SIZE);
    return good;
}

bool hmac_sha256(struct view key, struct view message, uint8_t ret_mac[static SHA256_SIZE])
{
    return hmac_by(HASH_SHA256, key, message, ret_mac);
}

bool hkdf_extract_by(enum hash_alg alg, struct view salt, struct view ikm, struct secret *ret_prk)
{
    return hmac_by(alg, salt, ikm, ret_prk->bytes);
}

bool hkdf_extract(struct view salt, struct view ikm, struct secret *ret_prk)
{
    return hkdf_extract_by(HASH_SHA256, salt, ikm, ret_prk);
}

/* T(n) = HMAC(PRK, T(n-1) | info | n); what is over of the last T(n) is dropped. */
bool hkdf_expand_by(enum hash_alg alg, const struct secret *prk, struct view info, void *ret_okm,
                    size_t size)
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
               hmac_by(alg, (struct view){prk->bytes, sizeof prk->bytes}, writer_view(&w), t);
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

bool hkdf_expand(const struct secret *prk, struct view info, void *ret_okm, size_t size)
{
    return hkdf_expand_by(HASH_SHA256, prk, info, ret_okm, size);
}
