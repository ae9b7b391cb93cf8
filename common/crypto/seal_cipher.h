/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * seal_cipher.h - the cipher of one piece of sealed data (wire/seal.h), from the key that the
 * device derives for its origin.
 *
 * Layer: common/crypto. Threads: no state.
 */
#ifndef CC_CRYPTO_SEAL_CIPHER_H
#define CC_CRYPTO_SEAL_CIPHER_H

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "wire/seal.h"

/* HKDF-Expand(base, "SEALED-1" | salt): no two pieces of data share a key. */
bool seal_cipher_init(struct aead *aead, const struct secret *base,
                      const uint8_t salt[static SEAL_SALT_SIZE], enum aead_use use)
    __attribute__((warn_unused_result));

#endif
