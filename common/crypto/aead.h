/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * aead.h - AES-256-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D); SM4-GCM with the same
 * (RFC 8998, 3.2), where the OpenSSL in use has it.
 *
 * Key and context are kept; a message only sets its nonce, which is most of the speed at small
 * sizes. The caller owns nonce uniqueness. Open releases plaintext only when the tag is right and
 * wipes the output otherwise.
 *
 * These do the same: EVP of OpenSSL in two ways, and intel-ipsec-mb (aead_mb.h) where it is built
 * in and this CPU has what it needs.
 *
 * Layer: common/crypto. Threads: one per struct aead.
 */
#ifndef CC_CRYPTO_AEAD_H
#define CC_CRYPTO_AEAD_H

#include "base/bytes.h"

enum { AEAD_KEY_SIZE = 32, AEAD_SM4_KEY_SIZE = 16, AEAD_NONCE_SIZE = 12, AEAD_TAG_SIZE = 16 };

struct evp_cipher_ctx_st;
struct aead_mb;

/* At most one of them; none: not initialised. */
struct aead {
    struct evp_cipher_ctx_st *ctx;
    struct aead_mb *mb;
    bool nonce_alone; /* of ctx: AEAD_OPENSSL */
};

enum aead_use { AEAD_SEAL, AEAD_OPEN };

/*
 * AEAD_OPENSSL sets a message's nonce as a parameter of the cipher, where libcrypto was seen to
 * take it; AEAD_OPENSSL_ANEW begins each message by EVP_CipherInit_ex2(), which is there always.
 */
enum aead_backend { AEAD_OPENSSL, AEAD_OPENSSL_ANEW, AEAD_IPSEC_MB };

/* By the faster backend that is there. */
bool aead_init(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
    __attribute__((warn_unused_result));
/* By this one; false when it is not there, too. */
bool aead_init_by(struct aead *aead, enum aead_backend backend,
                  const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
    __attribute__((warn_unused_result));
bool aead_backend_there(enum aead_backend backend);
/* SM4-GCM; false also where it is not there. */
bool aead_init_sm4(struct aead *aead, const uint8_t key[static AEAD_SM4_KEY_SIZE],
                   enum aead_use use) __attribute__((warn_unused_result));
bool aead_sm4_there(void);
void aead_done(struct aead *aead); /* wipes the key schedule; not initialised is fine */

static inline bool aead_there(const struct aead *aead)
{
    return aead->ctx != NULL || aead->mb != NULL;
}

/* out: plain.size bytes; may be the same place as plain, must not overlap it otherwise. */
bool aead_seal(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view plain, uint8_t *ret_cipher, uint8_t ret_tag[static AEAD_TAG_SIZE])
    __attribute__((warn_unused_result));
bool aead_open(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE], uint8_t *ret_plain)
    __attribute__((warn_unused_result));

/*
 * The same where somebody else may write to ret_cipher and ret_tag, or cipher and tag, meanwhile:
 * ciphers read both twice, for text and tag. Here each byte is written, or read, once. ret_plain is
 * ours.
 */
bool aead_seal_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view plain, uint8_t *ret_cipher,
                      uint8_t ret_tag[static AEAD_TAG_SIZE]) __attribute__((warn_unused_result));
bool aead_open_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE],
                      uint8_t *ret_plain) __attribute__((warn_unused_result));

#endif
