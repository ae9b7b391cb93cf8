/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * aead_mb.h - AES-256-GCM by intel-ipsec-mb: one call for each message where EVP takes five, and
 * VAES where the CPU has it, which OpenSSL 3.0 does not use. Built in by WITH_IPSEC_MB=1 only;
 * otherwise aead_mb_none.c says that it is not there.
 *
 * The one thing here that is not OpenSSL's: see docs/dependencies.md.
 *
 * Layer: common/crypto, private to it. Threads: one per struct aead_mb; the rest any.
 */
#ifndef CC_CRYPTO_AEAD_MB_H
#define CC_CRYPTO_AEAD_MB_H

#include "crypto/aead.h"

/* Built in, and this CPU is one that it is faster on: AES-NI, PCLMULQDQ and AVX2 at least. */
bool aead_mb_there(void);

/* NULL: not there, or no memory. */
struct aead_mb *aead_mb_new(const uint8_t key[static AEAD_KEY_SIZE])
    __attribute__((warn_unused_result));
void aead_mb_free(struct aead_mb *mb); /* wipes; NULL is fine */

/* As aead_seal() and aead_open(). */
bool aead_mb_seal(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view plain, uint8_t *ret_cipher, uint8_t ret_tag[static AEAD_TAG_SIZE])
    __attribute__((warn_unused_result));
bool aead_mb_open(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE], uint8_t *ret_plain)
    __attribute__((warn_unused_result));

/* A message in pieces, in place or from one room to another; begin, any number of them, end. */
void aead_mb_begin(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE],
                   struct view aad);
void aead_mb_piece(struct aead_mb *mb, enum aead_use use, struct view in, uint8_t *ret_out);
void aead_mb_end(struct aead_mb *mb, enum aead_use use, uint8_t ret_tag[static AEAD_TAG_SIZE]);

#endif
