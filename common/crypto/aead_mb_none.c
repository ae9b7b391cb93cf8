/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Stands in for aead_mb.c in a build without intel-ipsec-mb: the backend is not there. */
#include "crypto/aead_mb.h"

bool aead_mb_there(void)
{
    return false;
}

struct aead_mb *aead_mb_new(const uint8_t key[static AEAD_KEY_SIZE])
{
    (void)key;
    return NULL;
}

void aead_mb_free(struct aead_mb *mb)
{
    (void)mb;
}

bool aead_mb_seal(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view plain, uint8_t *ret_cipher, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    (void)mb, (void)nonce, (void)aad, (void)plain, (void)ret_cipher, (void)ret_tag;
    return false;
}

bool aead_mb_open(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE], uint8_t *ret_plain)
{
    (void)mb, (void)nonce, (void)aad, (void)cipher, (void)tag, (void)ret_plain;
    return false;
}

void aead_mb_begin(struct aead_mb *mb, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad)
{
    (void)mb, (void)nonce, (void)aad;
}

void aead_mb_piece(struct aead_mb *mb, enum aead_use use, struct view in, uint8_t *ret_out)
{
    (void)mb, (void)use, (void)in, (void)ret_out;
}

void aead_mb_end(struct aead_mb *mb, enum aead_use use, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    (void)mb, (void)use, (void)ret_tag;
}
