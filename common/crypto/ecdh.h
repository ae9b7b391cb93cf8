/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ecdh.h - ephemeral key agreement: X25519 (RFC 7748), P-256 (SP 800-56A, 5.7.1.2), the same on
 * SM2's curve (RFC 8998, 3.3), and where the
 * OpenSSL in use has it (3.5), X25519MLKEM768: ML-KEM-768 (FIPS 203) and X25519 side by side, in
 * the order of draft-ietf-tls-ecdhe-mlkem. Of that one the ends differ: who begins makes a key and
 * derives, who answers encapsulates.
 *
 * Layer: common/crypto. Threads: one per key.
 */
#ifndef CC_CRYPTO_ECDH_H
#define CC_CRYPTO_ECDH_H

#include "crypto/hash.h"

enum ecdh_group { ECDH_X25519 = 1, ECDH_P256 = 2, ECDH_X25519MLKEM768 = 3, ECDH_SM2 = 4 };

enum {
    ECDH_X25519_PUBLIC_SIZE = 32,
    ECDH_P256_PUBLIC_SIZE = 65, /* SM2's as well */
    ECDH_X25519MLKEM768_PUBLIC_SIZE = 1184 + 32,
    ECDH_X25519MLKEM768_ANSWER_SIZE = 1088 + 32,
    ECDH_PUBLIC_MAX_SIZE = ECDH_X25519MLKEM768_PUBLIC_SIZE,
    ECDH_SHARED_MAX_SIZE = 64,
};

/* What both ends have in common; secret. 32 bytes; of X25519MLKEM768 64, ML-KEM's first. */
struct ecdh_shared {
    uint8_t bytes[ECDH_SHARED_MAX_SIZE];
    size_t size;
};

static inline struct view ecdh_shared_view(const struct ecdh_shared *shared)
{
    return view_of(shared->bytes, shared->size);
}

struct evp_pkey_st;

struct ecdh {
    enum ecdh_group group;
    struct evp_pkey_st *key;                  /* NULL: no key; freeing wipes the private part */
    uint8_t public_key[ECDH_PUBLIC_MAX_SIZE]; /* as it travels: RFC 7748, SEC 1 uncompressed, ... */
    size_t public_size;
};

size_t ecdh_public_size(enum ecdh_group group); /* 0 for an unknown group */
bool ecdh_available(enum ecdh_group group);     /* whether the OpenSSL in use has it */

/* Sets up what making keys needs; makes none and touches no random generator. Optional. */
void ecdh_prepare(void);

bool ecdh_generate(struct ecdh *ret_key, enum ecdh_group group) __attribute__((warn_unused_result));
struct view ecdh_public(const struct ecdh *key);

/* False for a point off the curve, a wrong size, or an all-zero X25519 result (RFC 7748, 6.1). An
 * altered answer to an X25519MLKEM768 key gives a secret that the other end does not have
 * (FIPS 203, 6.3). */
bool ecdh_derive(const struct ecdh *key, struct view peer_public, struct ecdh_shared *ret_shared)
    __attribute__((warn_unused_result));
/* Answers an X25519MLKEM768 key: ret_answer has what travels back, and no key. False: no such key,
 * or no ML-KEM. */
bool ecdh_encapsulate(struct ecdh *ret_answer, struct view peer_public,
                      struct ecdh_shared *ret_shared) __attribute__((warn_unused_result));
void ecdh_done(struct ecdh *key);

#endif
