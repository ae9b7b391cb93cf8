/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ecdsa.h - ECDSA on P-256 with SHA-256 (FIPS 186-5, 6): what reports and their certificates use.
 *
 * Signatures are r | s, 32 bytes each, big-endian (RFC 9053, 2.1); public keys are SEC 1
 * uncompressed points. A parsed key is kept by the caller: importing costs a third of verifying.
 *
 * Layer: common/crypto. Threads: a key may be used by many threads at once.
 */
#ifndef CC_CRYPTO_ECDSA_H
#define CC_CRYPTO_ECDSA_H

#include "crypto/hash.h"

enum { ECDSA_PUBLIC_SIZE = 65, ECDSA_SIGNATURE_SIZE = 64 };

struct evp_pkey_st;
struct evp_pkey_ctx_st;

struct ecdsa_key {
    struct evp_pkey_st *key;        /* NULL: none */
    struct evp_pkey_ctx_st *signer; /* ready to sign, to be copied: preparing one costs a quarter of
                                       a signature; NULL: prepared each time */
};

/* The private key is (seed mod (n - 1)) + 1 over 48 derived bytes (FIPS 186-5, A.2.1). */
bool ecdsa_from_seed(struct ecdsa_key *ret_key, const struct secret *seed, const char *label)
    __attribute__((warn_unused_result));
bool ecdsa_from_public(struct ecdsa_key *ret_key, struct view point)
    __attribute__((warn_unused_result)); /* false: not a point on the curve */
/* A private key on P-256, PKCS #8 or SEC 1, without a passphrase; false: it is none. */
bool ecdsa_from_pem(struct ecdsa_key *ret_key, struct view pem) __attribute__((warn_unused_result));
bool ecdsa_public(const struct ecdsa_key *key, uint8_t ret_point[static ECDSA_PUBLIC_SIZE])
    __attribute__((warn_unused_result));
bool ecdsa_sign(const struct ecdsa_key *key, struct view message,
                uint8_t ret_signature[static ECDSA_SIGNATURE_SIZE])
    __attribute__((warn_unused_result));
bool ecdsa_verify(const struct ecdsa_key *key, struct view message, struct view signature)
    __attribute__((warn_unused_result));
/* Another owner of the same key; each calls ecdsa_done(). */
bool ecdsa_share(const struct ecdsa_key *key, struct ecdsa_key *ret_key)
    __attribute__((warn_unused_result));
void ecdsa_done(struct ecdsa_key *key);

#endif
