/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cert.h - the device's certificates: X.509 v3 (RFC 5280) in one narrow profile, so that a chain is
 * checked by walking fixed DER and verifying signatures, nothing more (docs/protocol.md).
 *
 *   version      v3
 *   serial       positive, at most 20 bytes
 *   algorithm    ecdsa-with-SHA256 (RFC 5758, 3.2), twice
 *   names        one commonName, UTF8String, 1 .. 64 printable ASCII characters
 *   validity     UTCTime through 2049, GeneralizedTime after (RFC 5280, 4.1.2.5)
 *   key          P-256, uncompressed point (RFC 5480)
 *   extensions   in this order: basicConstraints (critical), keyUsage (critical), device id (not
 *                critical, optional): OCTET STRING of 16 bytes under
 *                2.25.191081637295540040392427963371062938496 (a UUID's arc, X.667)
 *
 * vendor root (CA, path length 1) -> device (CA, path length 0, device id) -> attestation key
 * (digitalSignature, device id).
 *
 * Layer: common/wire (pure): signatures are checked by the caller. Threads: no state.
 */
#ifndef CC_WIRE_CERT_H
#define CC_WIRE_CERT_H

#include "wire/der.h"
#include "status.h"
#include "wire/report.h"

enum {
    CERT_MAX_SIZE = 768,
    CERT_SERIAL_MAX_SIZE = 20,
    CERT_NAME_MAX_SIZE = 64,
    CERT_POINT_SIZE = 65,
    CERT_SIGNATURE_SIZE = 64,
    CERT_DEVICE_ID_SIZE = 16,
};

/* First byte of the KeyUsage bit string (RFC 5280, 4.2.1.3). */
enum cert_usage {
    CERT_USAGE_DIGITAL_SIGNATURE = 0x80,
    CERT_USAGE_CERT_SIGN = 0x04,
    CERT_USAGE_CRL_SIGN = 0x02,
};

/* Ends the common name of the vendor root of a device whose root secret lies in a user's account,
 * or behind the group of an installed program. */
#define CERT_ROOT_EMBEDDED_SUFFIX " (embedded device)"
#define CERT_ROOT_INSTALLED_SUFFIX " (installed device)"
#define CERT_ROOT_DEBUG_SUFFIX " (debug device)" /* pretends things: proves nothing */

/* What a certificate says; decoded views borrow from the DER. */
struct cert {
    struct view tbs;    /* decoding only: what the signature covers, header included */
    struct view serial; /* magnitude, big-endian */
    struct view issuer; /* text of the common name */
    struct view subject;
    uint64_t not_before_s; /* seconds since 1970, both ends included */
    uint64_t not_after_s;
    struct view
        point; /* CERT_POINT_SIZE bytes, SEC 1 uncompressed; not checked to be on the curve */
    bool is_ca;
    uint8_t path_len;                       /* a CA's; 0 .. 127 */
    uint8_t key_usage;                      /* enum cert_usage bits */
    struct view device_id;                  /* CERT_DEVICE_ID_SIZE bytes, or empty: none */
    uint8_t signature[CERT_SIGNATURE_SIZE]; /* decoding only: r | s */
};

/* CC_ERROR_BAD_FORMAT with what is wrong; *ret_cert untouched. */
cc_enclave_result_t cert_decode(struct view der, struct cert *ret_cert)
    __attribute__((warn_unused_result));

/* The highest level that devices under this root may claim: their secrets can sign any claim, but
 * make no other root. */
enum report_level cert_root_level(const struct cert *root);

/* The part to sign, then the whole; both fail by w->failed when a field is outside the profile. */
void cert_encode_tbs(const struct cert *cert, struct writer *w);
void cert_encode(struct view tbs, const uint8_t signature[static CERT_SIGNATURE_SIZE],
                 struct writer *w);

#endif
