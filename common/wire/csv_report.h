/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * csv_report.h - attestation reports of Hygon CSV guests and the certificates under them
 * (little-endian; the report's fields are XORed with the word anonce, which hides nothing).
 *
 *   report   0 user key digest 32, VM id 16, VM version 16, user data 64, mnonce 16,
 *            measurement 32, policy u32 | 180 signature usage, algorithm, anonce |
 *            192 signature R 72, S 72 | 336 PEK certificate | 2420 chip's serial number 64,
 *            reserved 32, HMAC 32 -> 2548
 *   CA       832: version, key id 16, certifying id 16, usage, 24; key 404, 108 | signature at 576
 *   CSV      2084: version, API, usage, algorithm; key 404, 624 | two signatures of 520 at 1044
 *   key      curve u32, X 72, Y 72, size of the id u16, id 254
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_CSV_REPORT_H
#define CC_WIRE_CSV_REPORT_H

#include "base/bytes.h"
#include "status.h"

enum {
    CSV_REPORT_SIZE = 2548,
    CSV_SIGNED_SIZE = 180,
    CSV_CA_SIZE = 832,
    CSV_CERT_SIZE = 2084,
    CSV_POINT_SIZE = 65,
    CSV_SIGNATURE_SIZE = 64,
    CSV_ID_MAX_SIZE = 254,
    CSV_USAGE_HRK = 0,
    CSV_USAGE_HSK = 0x13,
    CSV_USAGE_OCA = 0x1001,
    CSV_USAGE_PEK = 0x1002,
    CSV_USAGE_CEK = 0x1004,
};

struct csv_signature {
    uint32_t usage;                    /* of the key that signed */
    uint8_t bytes[CSV_SIGNATURE_SIZE]; /* r | s, big-endian */
    bool plain;                        /* what is no scalar is zero */
};

/* Either kind of certificate. */
struct csv_cert {
    uint32_t usage;
    uint8_t point[CSV_POINT_SIZE]; /* SEC 1, uncompressed */
    uint8_t id[CSV_ID_MAX_SIZE];   /* of the owner, as SM2 wants it */
    size_t id_size;
    struct view signed_bytes;
    struct csv_signature signatures[2]; /* a CA's has one */
};

struct csv_report {
    uint8_t plain[CSV_REPORT_SIZE]; /* unmasked */
    struct view user_pubkey_digest, vm_id, vm_version, report_data, mnonce, measure, serial_number;
    uint32_t policy, sig_usage, sig_algo, anonce;
    struct view signed_bytes; /* of the report as it came */
    struct csv_signature signature;
    struct view pek;   /* certificate, unmasked */
    struct view maced; /* certificate, number and reserved bytes as they came */
    struct view mac;
};

/* CC_ERROR_BAD_FORMAT; views point into the bytes and into *ret, which must not be moved. */
cc_enclave_result_t csv_report_decode(struct view bytes, struct csv_report *ret)
    __attribute__((warn_unused_result));
cc_enclave_result_t csv_ca_decode(struct view bytes, struct csv_cert *ret)
    __attribute__((warn_unused_result));
cc_enclave_result_t csv_cert_decode(struct view bytes, struct csv_cert *ret)
    __attribute__((warn_unused_result));

#endif
