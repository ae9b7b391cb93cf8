/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_sign.h - the signer's half of image_check.h: keys from PEM, signatures over a body.
 * Used by the operator's command only; never linked into a device or an enclave.
 *
 * Layer: common/crypto. Threads: one per signer.
 */
#ifndef CC_CRYPTO_IMAGE_SIGN_H
#define CC_CRYPTO_IMAGE_SIGN_H

#include "wire/image.h"

struct evp_pkey_st;

struct image_signer {
    struct evp_pkey_st *key;        /* NULL: none; freeing wipes it */
    enum image_algorithm algorithm; /* IMAGE_RSA_3072_PSS or IMAGE_ECDSA_P256 */
};

/* A new private key on P-256, PKCS #8 in PEM; the caller wipes it (buf_free). CC_ERROR_GENERIC. */
cc_enclave_result_t image_signer_make(struct buf *ret_pem) __attribute__((warn_unused_result));

/* A private key without passphrase: RSA-3072 or P-256. CC_ERROR_BAD_FORMAT, CC_ERROR_NOT_SUPPORTED.
 */
cc_enclave_result_t image_signer_load(struct view pem, struct image_signer *ret_signer)
    __attribute__((warn_unused_result));
void image_signer_done(struct image_signer *signer);

/* The signer's SubjectPublicKeyInfo, from the private key or from a public key in PEM. */
cc_enclave_result_t image_signer_spki(const struct image_signer *signer, struct buf *ret_spki)
    __attribute__((warn_unused_result));
cc_enclave_result_t image_spki_load(struct view pem, struct buf *ret_spki)
    __attribute__((warn_unused_result));

cc_enclave_result_t image_sign(const struct image_signer *signer, struct view body,
                               struct buf *ret_signature) __attribute__((warn_unused_result));

/*
 * A signature that some other tool made over image->body with the key in image->spki: finds which
 * of our algorithms it is (an ECDSA one may come in DER) and sets algorithm and signature; the
 * bytes stay in *ret_signature. CC_ERROR_SIGNATURE_INVALID when none fits.
 */
cc_enclave_result_t image_signature_adopt(struct image *image, struct view foreign,
                                          struct buf *ret_signature)
    __attribute__((warn_unused_result));

#endif
