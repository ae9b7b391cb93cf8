/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_identity.h - an enclave asks who it is: what its device measured, and how well that
 * device protects it. An addition to secGear's interface.
 */
#ifndef SECGEAR_IDENTITY_H
#define SECGEAR_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_MEASUREMENT_SIZE 32

/* Bits of cc_enclave_identity_t.protections that concern what outlives the enclave; all of them
 * stand in docs/protocol.md, Report. */
#define CC_PROTECTION_PERSISTENT 0x80u /* sealed data and counters outlive this device's process */
#define CC_PROTECTION_ROLLBACK 0x800u  /* counters can not be set back by restoring files */
#define CC_PROTECTION_TPM 0x1000u      /* on disk the device's root secret is wrapped by a TPM */

typedef struct {
    uint8_t uuid[16]; /* network order */
    uint8_t mrenclave[CC_MEASUREMENT_SIZE];
    uint8_t mrsigner[CC_MEASUREMENT_SIZE];
    uint8_t device_id[16];
    uint16_t prod_id;
    uint16_t svn;
    uint16_t tcb_svn; /* of the device */
    bool debug;
    uint32_t level;       /* 0 debug, 1 embedded, 2 installed, 3 system */
    uint32_t protections; /* CC_PROTECTION_..., and others */
} cc_enclave_identity_t;

/**
 * Says who this enclave is, from the device's own records.
 *
 * out     identity  all fields
 *
 * returns CC_SUCCESS               written
 *         CC_ERROR_BAD_PARAMETERS  identity NULL
 *         CC_ERROR_COMMUNICATION   the device did not answer; nothing written
 *
 * owner   the caller
 * threads any; the device is asked once, the answer never changes
 * source  docs/protocol.md, Report
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_get_identity(cc_enclave_identity_t *identity);

#ifdef __cplusplus
}
#endif

#endif
