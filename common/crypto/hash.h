/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * hash.h - SHA-256, SHA-512 (FIPS 180-4), HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869); and by
 * name the hashes that evidence of other vendors uses.
 *
 * Layer: common/crypto, the only place that includes OpenSSL's EVP. Threads: no shared state; one
 * thread per struct hash. All return false when libcrypto fails (out of memory), output wiped.
 */
#ifndef CC_CRYPTO_HASH_H
#define CC_CRYPTO_HASH_H

#include "base/bytes.h"

enum { SHA256_SIZE = 32, SHA512_SIZE = 64, HKDF_SHA256_MAX_SIZE = 255 * 32 };

struct evp_md_ctx_st;

struct hash {
    struct evp_md_ctx_st *ctx;
    bool failed;
};

/* One secret of 32 bytes: a pseudorandom key, a shared secret, a MAC key. Wipe it. */
struct secret {
    uint8_t bytes[32];
};

bool sha256(struct view message, uint8_t ret_digest[static SHA256_SIZE])
    __attribute__((warn_unused_result));
bool sha512(struct view message, uint8_t ret_digest[static SHA512_SIZE])
    __attribute__((warn_unused_result));

/* What vendors of TEEs hash with. SHA-1 stands here for event logs only, which a quote of a
 * stronger hash covers. */
enum hash_alg { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SM3, HASH_COUNT };
enum { HASH_MAX_SIZE = 64 };

size_t hash_alg_size(enum hash_alg alg);
/* hash_alg_size(alg) bytes; false also where libcrypto has no such hash. */
bool hash_digest(enum hash_alg alg, struct view message, uint8_t *ret_digest)
    __attribute__((warn_unused_result));
bool hash_digest2(enum hash_alg alg, struct view first, struct view second, uint8_t *ret_digest)
    __attribute__((warn_unused_result)); /* of both, one behind the other */
bool hmac_sm3(struct view key, struct view message, uint8_t *ret_mac)
    __attribute__((warn_unused_result));

void hash_init(struct hash *hash);                       /* SHA-256; sticky: check hash_final() */
void hash_init_by(struct hash *hash, enum hash_alg alg); /* of 32 bytes: SHA-256 or SM3 */
void hash_add(struct hash *hash, struct view bytes);
bool hash_final(struct hash *hash, uint8_t ret_digest[static SHA256_SIZE])
    __attribute__((warn_unused_result)); /* also frees; hash_done() afterwards is harmless */
void hash_done(struct hash *hash);

bool hmac_sha256(struct view key, struct view message, uint8_t ret_mac[static SHA256_SIZE])
    __attribute__((warn_unused_result));

/* The same with SHA-256 or with SM3, whose blocks and digests are as large (RFC 2104, RFC 5869). */
bool hmac_by(enum hash_alg alg, struct view key, struct view message,
             uint8_t ret_mac[static SHA256_SIZE]) __attribute__((warn_unused_result));
bool hkdf_extract_by(enum hash_alg alg, struct view salt, struct view ikm, struct secret *ret_prk)
    __attribute__((warn_unused_result));
bool hkdf_expand_by(enum hash_alg alg, const struct secret *prk, struct view info, void *ret_okm,
                    size_t size) __attribute__((warn_unused_result));

bool hkdf_extract(struct view salt, struct view ikm, struct secret *ret_prk)
    __attribute__((warn_unused_result)); /* RFC 5869, 2.2 */
bool hkdf_expand(const struct secret *prk, struct view info, void *ret_okm, size_t size)
    __attribute__((warn_unused_result)); /* RFC 5869, 2.3 */

#endif
