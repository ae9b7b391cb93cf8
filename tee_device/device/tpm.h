/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tpm.h - the root secret as it lies on disk when a TPM 2.0 keeps it: a blob that only that TPM
 * opens. The work is done by secgear-tpm, a program of its own.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_TPM_H
#define DEVICE_TPM_H

#include "crypto/hash.h"
#include "status.h"

enum { TPM_BLOB_MAX_SIZE = 1024 };

struct tpm {
    const char *tcti; /* how tpm2-tss reaches it: "device:/dev/tpmrm0"; NULL: not used */
    int helper;       /* secgear-tpm, open; it is executed from here */
};

/* CC_ERROR_NO_DEVICE: the TPM or its helper failed, which has said why on standard error. */
cc_enclave_result_t tpm_seal(const struct tpm *tpm, const struct secret *secret,
                             struct buf *ret_blob) __attribute__((warn_unused_result));
cc_enclave_result_t tpm_unseal(const struct tpm *tpm, struct view blob, struct secret *ret_secret)
    __attribute__((warn_unused_result));

#endif
