/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snp_report.h - attestation reports of AMD SEV-SNP guests (SEV-SNP Firmware ABI Specification,
 * 56860, table 23), versions 2, 3 and 5: 1184 bytes, the first 672 of them signed; little-endian.
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_SNP_REPORT_H
#define CC_WIRE_SNP_REPORT_H

#include "base/bytes.h"
#include "status.h"

enum {
    SNP_REPORT_SIZE = 1184,
    SNP_SIGNED_SIZE = 672,
    SNP_SCALAR_SIZE = 48,
    SNP_POLICY_DEBUG = 1 << 19,
    SNP_CHIP_ID_SIZE = 64,
};

enum snp_signer { SNP_VCEK = 0, SNP_VLEK = 1 };

struct snp_report {
    uint32_t version;
    uint32_t guest_svn;
    uint64_t policy;
    struct view family_id, image_id;
    uint32_t vmpl;
    struct view current_tcb, platform_info;
    bool author_key, mask_chip_key;
    unsigned signer; /* enum snp_signer, or a number that stands for neither */
    struct view report_data, measurement, host_data, id_key_digest, author_key_digest;
    struct view report_id, report_id_ma, reported_tcb;
    struct view cpuid; /* family, model, stepping; zeros in version 2 */
    struct view chip_id, committed_tcb, launch_tcb;
    struct view signed_bytes;
    uint8_t signature[2 * SNP_SCALAR_SIZE]; /* r | s, big-endian */
};

/* CC_ERROR_BAD_FORMAT with what is wrong; *ret_report untouched. */
cc_enclave_result_t snp_report_decode(struct view bytes, struct snp_report *ret_report)
    __attribute__((warn_unused_result));

#endif
