/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * seal.h - sealed data: what an enclave wrote down for itself, or for a later release of itself.
 *
 *   offset  size  field                  integers little-endian
 *        0     4  total        of the whole, so that cc_enclave_sealed_data_t.data_body_len is it
 *        4     8  magic        "SGSEALED"
 *       12     2  version      1
 *       14     1  policy       1 MRENCLAVE, 2 MRSIGNER
 *       15     1  debug        1: by a debug enclave
 *       16     2  prod_id
 *       18     2  svn          of the enclave that sealed
 *       20     2  tcb_svn      of the device
 *       22     2  reserved     0
 *       24     4  aad_size
 *       28     4  cipher_size  as large as the plaintext, at least 1
 *       32    16  device_id
 *       48    32  measurement  MRENCLAVE or MRSIGNER
 *       80    32  salt         random
 *      112    12  nonce        random
 *      124     a  additional text, in clear
 *    124+a    16  tag          AES-256-GCM; all that stands before it is its additional data
 *    140+a     c  ciphertext
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_SEAL_H
#define CC_WIRE_SEAL_H

#include "base/bytes.h"
#include "status.h"

enum {
    SEAL_VERSION = 1,
    SEAL_DEVICE_ID_SIZE = 16,
    SEAL_MEASUREMENT_SIZE = 32,
    SEAL_SALT_SIZE = 32,
    SEAL_NONCE_SIZE = 12,
    SEAL_TAG_SIZE = 16,
    SEAL_HEADER_SIZE = 124,
};

enum seal_policy { SEAL_POLICY_MRENCLAVE = 1, SEAL_POLICY_MRSIGNER = 2 };

struct seal_header {
    enum seal_policy policy;
    bool debug;
    uint16_t prod_id;
    uint16_t svn;
    uint16_t tcb_svn;
    uint32_t aad_size;
    uint32_t cipher_size;
    uint8_t device_id[SEAL_DEVICE_ID_SIZE];
    uint8_t measurement[SEAL_MEASUREMENT_SIZE];
    uint8_t salt[SEAL_SALT_SIZE];
    uint8_t nonce[SEAL_NONCE_SIZE];
};

struct seal {
    struct seal_header header;
    size_t total;
    struct view authenticated; /* header and additional text: all before the tag */
    struct view aad;
    struct view tag;
    struct view cipher;
};

/* Bytes of the whole; false when they do not fit into 32 bits, which hold UINT32_MAX as no size. */
bool seal_size_compute(uint32_t aad_size, uint32_t cipher_size, uint32_t *ret_size)
    __attribute__((warn_unused_result));

/* What stands before the additional text; fails by w->failed. */
void seal_header_encode(const struct seal_header *header, struct writer *w);

/* message: exactly the sealed data. CC_ERROR_BAD_FORMAT with the reason; output untouched. */
cc_enclave_result_t seal_decode(struct view message, struct seal *ret_seal)
    __attribute__((warn_unused_result));

#endif
