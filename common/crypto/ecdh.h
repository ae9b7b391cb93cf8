/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ecdh.h - ephemeral key agreement: X25519 (RFC 7748) and P-256 (SP 800-56A, 5.7.1.2).
 *
 * Layer: common/crypto. Threads: one per key.
 */
#ifndef CC_CRYPTO_ECDH_H
#define CC_CRYPTO_ECDH_H

#include "crypto/hash.h"

enum ecdh_group { ECDH_X25519 = 1, ECDH_P256 = 2 };

enum { ECDH_X25519_PUBLIC_SIZE = 32, ECDH_P256_PUBLIC_SIZE = 65, ECDH_PUBLIC_MAX_SIZE = 65 };

struct evp_pkey_st;

struct ecdh {
    enum ecdh_group group;
    struct evp_pkey_st *key;                  /* NULL: no key; freeing wipes the private part */
    uint8_t public_key[ECDH_PUBLIC_MAX_SIZE]; /* RFC 7748 u-coordinate, or SEC 1 uncompressed */
    size_t public_size;
};

size_t ecdh_public_size(enum ecdh_group group); /* 0 for an unknown group */

/* Sets up what making keys needs; makes none and touches no random generator. Optional. */
void ecdh_prepare(void);

bool ecdh_generate(struct ecdh *ret_key, enum ecdh_group group) __attribute__((warn_unused_result));
struct view ecdh_public(const struct ecdh *key);

/* False for a point off the curve, a wrong size, or an all-zero X25519 result (RFC 7748, 6.1). */
bool ecdh_derive(const struct ecdh *key, struct view peer_public, struct secret *ret_shared)
    __attribute__((warn_unused_result));
void ecdh_done(struct ecdh *key);

#endif
