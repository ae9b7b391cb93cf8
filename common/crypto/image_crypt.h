/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_crypt.h - signed images in and out of their encrypted form (wire/encrypted_image.h): the
 * author's command encrypts, the device decrypts.
 *
 * Layer: common/crypto. Threads: no state.
 */
#ifndef CC_CRYPTO_IMAGE_CRYPT_H
#define CC_CRYPTO_IMAGE_CRYPT_H

#include "wire/encrypted_image.h"

/* A fresh key. */
bool image_key_make(struct image_key *ret_key) __attribute__((warn_unused_result));

/*
 * w: room for plain.size + ENCRYPTED_IMAGE_HEADER_SIZE + ENCRYPTED_IMAGE_TAG_SIZE bytes. A key
 * serves for 2^32 images (random nonces: NIST SP 800-38D, 8.3). CC_ERROR_GENERIC.
 */
cc_enclave_result_t image_encrypt(const struct image_key *key, struct view plain, struct writer *w)
    __attribute__((warn_unused_result));

/*
 * Writes image->cipher.size bytes to ret_plain, nothing of the plaintext on failure.
 * CC_ERROR_PCL_GUID_MISMATCH: another key is meant; CC_ERROR_PCL_SHA_MISMATCH: the key has the
 * right name and is another one; CC_ERROR_PCL_MAC_MISMATCH: the image was changed.
 */
cc_enclave_result_t image_decrypt(const struct image_key *key, const struct encrypted_image *image,
                                  uint8_t *ret_plain) __attribute__((warn_unused_result));

#endif
