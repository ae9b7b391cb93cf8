/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pubkey.h - other people's public keys, from the forms they come in, and the signatures that
 * vendors of TEEs make with them: ECDSA on the NIST curves (FIPS 186-5), SM2, RSA (RFC 8017).
 * Keys are read by the walker of wire/der.h, in one encoding each, and then handed to libcrypto.
 *
 * Layer: common/crypto. Threads: a key may be used by many threads at once.
 */
#ifndef CC_CRYPTO_PUBKEY_H
#define CC_CRYPTO_PUBKEY_H

#include "crypto/hash.h"
#include "wire/x509.h"

enum key_kind { KEY_NONE, KEY_P256, KEY_P384, KEY_P521, KEY_SM2, KEY_RSA };

enum {
    PUBKEY_POINT_MAX_SIZE = 133,
    PUBKEY_RSA_MIN_BITS = 2048,
    PUBKEY_RSA_MAX_BITS = 8192, /* more would only burn time */
    PUBKEY_SPKI_MAX_SIZE = 1200,
};

struct evp_pkey_st;

struct pubkey {
    struct evp_pkey_st *key; /* NULL: none */
    enum key_kind kind;
};

#define PUBKEY_EMPTY ((struct pubkey){NULL, KEY_NONE})

/* false: not such a key, not on its curve, or too small. *ret_key untouched then. */
bool pubkey_from_spki(struct pubkey *ret_key, struct view spki) __attribute__((warn_unused_result));
bool pubkey_from_point(struct pubkey *ret_key, enum key_kind kind, struct view point)
    __attribute__((warn_unused_result)); /* SEC 1, 2.3.4, uncompressed */
bool pubkey_from_rsa(struct pubkey *ret_key, struct view modulus, struct view exponent)
    __attribute__((warn_unused_result)); /* big-endian */
void pubkey_done(struct pubkey *key);

size_t pubkey_scalar_size(enum key_kind kind); /* of r and of s; 0 for RSA */

/* A signature as certificates carry it: DER for curves. The algorithm must fit the key. */
bool pubkey_verify(const struct pubkey *key, enum sig_alg algorithm, struct view message,
                   struct view signature) __attribute__((warn_unused_result));
/* The same with r | s, big-endian, each as long as the curve's scalars (RFC 9053, 2.1); for RSA as
 * above. */
bool pubkey_verify_raw(const struct pubkey *key, enum sig_alg algorithm, struct view message,
                       struct view signature) __attribute__((warn_unused_result));
/* SM2 over SM3, r | s, with the signer's identity. */
bool pubkey_verify_sm2(const struct pubkey *key, struct view id, struct view message,
                       struct view signature) __attribute__((warn_unused_result));

/* SubjectPublicKeyInfo in DER, the curve by name and the point uncompressed. */
bool pubkey_spki(const struct pubkey *key, struct writer *w) __attribute__((warn_unused_result));

#endif
