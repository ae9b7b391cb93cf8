/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_decrypt.h - an encrypted image (wire/encrypted_image.h) becomes a sealed memory file with
 * the signed one, which is then checked as any other; its key comes with the request, as it is or
 * sealed for the image's signer.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_IMAGE_DECRYPT_H
#define DEVICE_IMAGE_DECRYPT_H

#include "crypto/image_check.h"
#include "keys.h"
#include "wire/encrypted_image.h"
#include "wire/seal.h"

/* A key as it was handed to us; sealed: by whom, which the image inside has to match. */
struct image_key_opened {
    struct image_key key; /* secret */
    bool sealed;
    struct seal_header by;
};

/*
 * file: of a key. CC_ERROR_BAD_PARAMETERS: neither form of a key; CC_ERROR_ACCESS_DENIED: sealed,
 * and not for this device, this use or a signer.
 */
cc_enclave_result_t image_key_open(const struct device_keys *keys, struct view file,
                                   struct image_key_opened *ret_key)
    __attribute__((warn_unused_result));

/* CC_ERROR_ACCESS_DENIED: the key was sealed by another signer, product, later release or twin. */
cc_enclave_result_t image_key_permits(const struct image_key_opened *key,
                                      const struct image_identity *identity, bool debug)
    __attribute__((warn_unused_result));

/* Whether a file says that it is encrypted; it is read again before anything is believed. */
bool image_says_encrypted(int file);

/* *ret_fd: sealed, checked, the caller's. Codes of sealed_copy(), image_decrypt(), image_verify().
 */
cc_enclave_result_t image_decrypt_file(int file, const struct image_key *key, int *ret_fd,
                                       struct image_identity *ret_identity)
    __attribute__((warn_unused_result));

#endif
