/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sealing.h - the keys under which enclaves seal data (docs/protocol.md, Keys). Whoever differs in
 * one field of the origin gets another key.
 *
 * Layer: tee_device/device. Threads: no state.
 */
#ifndef DEVICE_SEALING_H
#define DEVICE_SEALING_H

#include "crypto/hash.h"
#include "wire/seal.h"

struct seal_origin {
    enum seal_policy policy;
    bool debug;
    uint8_t measurement[SEAL_MEASUREMENT_SIZE]; /* MRENCLAVE or MRSIGNER, as the policy says */
    uint16_t prod_id;
    uint16_t svn;
    uint16_t tcb_svn;
};

bool seal_key_derive(const struct secret *root, const struct seal_origin *origin,
                     struct secret *ret_key) __attribute__((warn_unused_result));

#endif
