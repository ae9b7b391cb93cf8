/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * policy_write.h - makes a policy from what is known of images: for `secgear policy from-image`.
 * What nobody said is left out, and what is left out refuses: never a silent weakening.
 *
 * Layer: attestation/verify. Threads: no state.
 */
#ifndef VERIFY_POLICY_WRITE_H
#define VERIFY_POLICY_WRITE_H

#include "crypto/image_check.h"

struct policy_draft {
    const struct image_identity *images;
    size_t image_count;
    const struct view *roots; /* PEM or base64 text, each */
    size_t root_count;
    const uint8_t (*mrtcb)[IMAGE_HASH_SIZE]; /* for every image */
    size_t mrtcb_count;
    struct view revoked; /* device ids in hexadecimal, one a line; empty: none */
    bool by_signer;      /* MRSIGNER, product and SVN or higher; otherwise MRENCLAVE */
    bool any_tcb_insecure;
    bool allow_embedded_device_insecure; /* also sets min_level to "embedded" */
    bool allow_debug_enclave_insecure;
};

/* Text that policy_parse() takes, without terminator. Images of one UUID become one entry, which
 * CC_ERROR_BAD_PARAMETERS refuses if their products differ. */
cc_enclave_result_t policy_from_images(const struct policy_draft *draft, struct buf *ret_json)
    __attribute__((warn_unused_result));

#endif
