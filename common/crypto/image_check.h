/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_check.h - is this image what its signer signed, and who is it? Used by the device before it
 * starts an enclave, and by the operator's command.
 *
 *   MRENCLAVE = SHA-256(label | canonical manifest | ELF bytes)     image_canonical_encode()
 *               label: "SGSIM-MR-1", or "SGSIM-MR-2" when the manifest has digests of libraries
 *   MRSIGNER  = SHA-256(signer's SubjectPublicKeyInfo)
 *   UUID      = the manifest's; if that says derived, the RFC 9562 version 5 UUID of MRSIGNER |
 * prod_id (2 bytes, little-endian) in the namespace c5fe565c-5089-4c91-acdb-513814c0693e
 *
 * Product, SVN and the debug permission are not measured (they are signed), so that a new SVN keeps
 * MRENCLAVE.
 *
 * Layer: common/crypto. Threads: no state.
 */
#ifndef CC_CRYPTO_IMAGE_CHECK_H
#define CC_CRYPTO_IMAGE_CHECK_H

#include "wire/image.h"

struct image_identity {
    struct image_manifest manifest;
    struct uuid uuid; /* the effective one */
    size_t elf_size;  /* bytes of the ELF file at the beginning */
    uint8_t mrenclave[IMAGE_HASH_SIZE];
    uint8_t mrsigner[IMAGE_HASH_SIZE];
};

/*
 * Whole check of a file in memory that nobody else can change. Codes of image_decode(), and
 * CC_ERROR_SIGNATURE_INVALID: wrong signature, key of another kind, or content that is not the
 * measured one.
 */
cc_enclave_result_t image_verify(struct view file, struct image_identity *ret_identity)
    __attribute__((warn_unused_result));

cc_enclave_result_t image_measure(const struct image_manifest *manifest, struct view elf,
                                  uint8_t ret_mrenclave[static IMAGE_HASH_SIZE])
    __attribute__((warn_unused_result));

/* Effective UUID of a manifest signed by mrsigner. */
cc_enclave_result_t image_uuid(const struct image_manifest *manifest,
                               const uint8_t mrsigner[static IMAGE_HASH_SIZE],
                               struct uuid *ret_uuid) __attribute__((warn_unused_result));

/* The signature over body; CC_ERROR_SIGNATURE_INVALID. */
cc_enclave_result_t image_signature_check(const struct image *image)
    __attribute__((warn_unused_result));

#endif
