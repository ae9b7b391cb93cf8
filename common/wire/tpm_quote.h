/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tpm_quote.h - what a TPM 2.0 signs about its registers (TPM 2.0 Library, part 2, 10.12.8
 * TPMS_ATTEST of type quote) and how (11.3.4 TPMT_SIGNATURE); big-endian.
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_TPM_QUOTE_H
#define CC_WIRE_TPM_QUOTE_H

#include "base/bytes.h"
#include "status.h"
#include "wire/x509.h"

enum { TPM_PCRS = 24, TPM_BANKS_MAX_COUNT = 4, TPM_SCALAR_MAX_SIZE = 66 };

struct tpm_quote {
    struct view qualified_signer;
    struct view extra_data; /* the caller's challenge */
    uint64_t clock_ms;
    uint32_t reset_count, restart_count;
    bool clock_safe;
    uint64_t firmware_version;
    uint16_t bank[TPM_BANKS_MAX_COUNT]; /* hash of each bank that is quoted */
    uint32_t selected[TPM_BANKS_MAX_COUNT];
    size_t bank_count;
    struct view pcr_digest;
};

struct tpm_signature {
    enum sig_alg algorithm;
    struct view rsa;                        /* RSA's bytes */
    uint8_t ecdsa[2 * TPM_SCALAR_MAX_SIZE]; /* r | s, each right-aligned in its half */
};

cc_enclave_result_t tpm_quote_decode(struct view bytes, struct tpm_quote *ret)
    __attribute__((warn_unused_result));
/* A TPMT_SIGNATURE, or an RSA signature over SHA-256 as it is. */
cc_enclave_result_t tpm_signature_decode(struct view bytes, struct tpm_signature *ret)
    __attribute__((warn_unused_result));

#endif
