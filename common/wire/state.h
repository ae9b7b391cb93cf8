/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * state.h - the file that holds a device's identity: its root secret and the certificates that the
 * vendor root gave it. Written once, whole, never changed.
 *
 *   offset  size  field                  integers little-endian
 *        0     8  magic       "SGSIM-DS"
 *        8     4  version     1; 2: a TPM keeps the root secret
 *       12    16  device id
 *       28    32  version 1: root secret; version 2: u16 size, at most 1024, and what the TPM made
 *                 of it (tee_device/tpm), and all that follows lies accordingly
 *       60     2  n1, then n1 bytes: vendor root certificate, DER, at most 768
 *               2  n2, then n2 bytes: device certificate
 *               2  n3, then n3 bytes: attestation key certificate
 *              32  check       SHA-256 of all that stands before it: finds damage, not attackers
 *
 * Layer: common/wire (pure; the check is the caller's). Threads: no state.
 */
#ifndef CC_WIRE_STATE_H
#define CC_WIRE_STATE_H

#include "base/bytes.h"
#include "status.h"

enum {
    STATE_DEVICE_ID_SIZE = 16,
    STATE_ROOT_SIZE = 32,
    STATE_CERT_MAX_SIZE = 768,
    STATE_CERT_COUNT = 3,
    STATE_CHECK_SIZE = 32,
    STATE_WRAPPED_MAX_SIZE = 1024,
    STATE_MAX_SIZE = 28 + 2 + STATE_WRAPPED_MAX_SIZE +
                     STATE_CERT_COUNT * (2 + STATE_CERT_MAX_SIZE) + STATE_CHECK_SIZE,
};

enum state_cert { STATE_CERT_VENDOR, STATE_CERT_DEVICE, STATE_CERT_AK };

struct device_state {
    uint8_t device_id[STATE_DEVICE_ID_SIZE];
    uint8_t root[STATE_ROOT_SIZE];       /* secret: wipe; zeroes when it is wrapped */
    struct view wrapped;                 /* root, as a TPM keeps it; empty: not wrapped */
    struct view certs[STATE_CERT_COUNT]; /* decoded: borrow from the file */
    struct view checked;                 /* decoded: what the check covers */
    struct view check;
};

/* CC_ERROR_CORRUPT_OBJECT with the offending field in the detail; output untouched. */
cc_enclave_result_t state_decode(struct view file, struct device_state *ret_state)
    __attribute__((warn_unused_result));
void state_encode(const struct device_state *state,
                  struct writer *w); /* up to, not with, the check */

#endif
