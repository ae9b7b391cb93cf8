/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * encrypted_image.h - a signed image (wire/image.h) as it may lie on a disk that others read, and
 * the key that opens it.
 *
 *   offset  size  field                  integers little-endian
 *        0     8  magic        "SGPCLIMG"
 *        8     4  version      1
 *       12     4  reserved     0
 *       16    16  key_id       random, of the key
 *       32    32  key_digest   SHA-256("SGPCL-KEY-1" | key): tells a wrong key from a changed image
 *       64    12  nonce        random
 *       76     4  reserved     0
 *       80     8  plain_size   of the signed image
 *       88     n  ciphertext   plain_size bytes, AES-256-GCM; the 88 bytes are its additional data
 *     88+n    16  tag
 *
 *   key file: key_id (16) | key (32); or the same 48 bytes sealed for the signer of the image
 *   (wire/seal.h, policy MRSIGNER) with the additional text "SGPCL-KEY-1"
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_ENCRYPTED_IMAGE_H
#define CC_WIRE_ENCRYPTED_IMAGE_H

#include "base/bytes.h"
#include "status.h"

#define IMAGE_KEY_LABEL "SGPCL-KEY-1"

enum {
    IMAGE_KEY_ID_SIZE = 16,
    IMAGE_KEY_SECRET_SIZE = 32,
    IMAGE_KEY_SIZE = IMAGE_KEY_ID_SIZE + IMAGE_KEY_SECRET_SIZE,
    IMAGE_KEY_MAX_SIZE = 1024, /* of a file with a key, sealed or not */
    ENCRYPTED_IMAGE_NONCE_SIZE = 12,
    ENCRYPTED_IMAGE_TAG_SIZE = 16,
    ENCRYPTED_IMAGE_HEADER_SIZE = 88,
    ENCRYPTED_IMAGE_MAX_SIZE = 0x40100000, /* of the plaintext */
};

/* Secret: wipe it. */
struct image_key {
    uint8_t id[IMAGE_KEY_ID_SIZE];
    uint8_t secret[IMAGE_KEY_SECRET_SIZE];
};

struct encrypted_image {
    uint8_t key_id[IMAGE_KEY_ID_SIZE];
    uint8_t key_digest[32];
    uint8_t nonce[ENCRYPTED_IMAGE_NONCE_SIZE];
    struct view header; /* decoded: borrow from the file, as those below */
    struct view cipher;
    struct view tag;
};

/* Whether a file that begins with these bytes says that it is one. */
bool encrypted_image_is(struct view file);

/* file: exactly one. CC_ERROR_INVALID_ENCLAVE with the reason; output untouched. */
cc_enclave_result_t encrypted_image_decode(struct view file, struct encrypted_image *ret_image)
    __attribute__((warn_unused_result));

/* What stands before the ciphertext; fails by w->failed. */
void encrypted_image_header_encode(const struct encrypted_image *image, uint64_t plain_size,
                                   struct writer *w);

/* bytes: exactly IMAGE_KEY_SIZE. */
bool image_key_decode(struct view bytes, struct image_key *ret_key)
    __attribute__((warn_unused_result));

#endif
