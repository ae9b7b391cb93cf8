/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cert_sign.h - issues and checks certificates of the device's profile (wire/cert.h): by a device
 * for itself, and by the authority of a fleet for its devices.
 *
 * Layer: common/crypto. Threads: no state.
 */
#ifndef CC_CRYPTO_CERT_SIGN_H
#define CC_CRYPTO_CERT_SIGN_H

#include "crypto/ecdsa.h"
#include "wire/cert.h"

/* The names in certificates of simulated devices; the root's says for which level it stands. */
#define CERT_NAME_DEVICE "secGear simulated device"
#define CERT_NAME_AK "secGear simulated attestation key"
struct view cert_root_name(enum report_level level);

/* Fills in serial, point and validity; der: CERT_MAX_SIZE bytes of room. */
bool cert_issue(const struct ecdsa_key *signer, struct view point, struct cert *cert,
                struct writer *der) __attribute__((warn_unused_result));
/* A vendor root for devices of this level. */
bool cert_issue_root(const struct ecdsa_key *vendor, enum report_level level, struct writer *der)
    __attribute__((warn_unused_result));
/* A device under a root; also its request, which it signs itself (docs/protocol.md, Fleet). */
bool cert_issue_device(const struct ecdsa_key *signer, struct view issuer, struct view point,
                       struct view device_id, struct writer *der)
    __attribute__((warn_unused_result));

/* Whether the key at this point signed it. */
bool cert_is_signed_by(const struct cert *cert, struct view point)
    __attribute__((warn_unused_result));
/* A self-signed authority that may have devices below it. CC_ERROR_BAD_FORMAT. */
cc_enclave_result_t cert_decode_root(struct view der, struct cert *ret_root)
    __attribute__((warn_unused_result));
/* A certificate of a device, or its request. CC_ERROR_BAD_FORMAT; who signed it is the caller's. */
cc_enclave_result_t cert_decode_device(struct view der, struct cert *ret_device)
    __attribute__((warn_unused_result));

#endif
