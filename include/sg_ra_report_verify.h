/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sg_ra_report_verify.h - judges a report that a host program got (sg_ra_report.h), against a file
 * of base values and the policy of this program's user. Link with libsecgear_verify.
 *
 * A file of base values has a line for each enclave: its UUID, the hash of its image and the hash
 * of its memory, 64 hexadecimal digits each, separated by blanks. Whose devices are believed, and
 * at which level, no base value says: that is the policy's (docs/policy.md), which is looked for as
 * secure_channel_client.h tells; collateral, which iTrustee's reports take, as
 * cc_verify_collateral_load() does without a path.
 */
#ifndef SG_RA_REPORT_VERIFY_H
#define SG_RA_REPORT_VERIFY_H

#include "sg_report_st.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Judges a report by the policy and the base values. That the host chose the nonce is what such a
 * report is; everything else of the policy must hold.
 *
 * in      report     what cc_get_ra_report() gave, 100 to 20000 bytes
 * in      nonce      the one that was asked with, at most 64 bytes; both are padded with zeros
 * in      type       CC_RA_VERIFY_TYPE_LOOSE: hash of the image; CC_RA_VERIFY_TYPE_STRICT: memory
 *                    too
 * in      basevalue  path of the base values
 *
 * returns CC_SUCCESS                           every rule holds
 *         CC_ERROR_BAD_PARAMETERS              a NULL, or a size out of range
 *         CC_FAIL                              type is none
 *         CC_ERROR_RA_VERIFY_AGENT_NOT_INIT    a report of a TEE that is not judged here
 *         CC_ERROR_RA_REPORT_VERIFY_SIGNATURE  certificates, signature, format; no policy;
 *                                              collateral that can not be read
 *         CC_ERROR_RA_REPORT_VERIFY_NONCE      about another nonce
 *         CC_ERROR_RA_REPORT_VERIFY_HASH       a rule of the policy, or the base values
 *         CC_ERROR_RA_MEMORY                   out of memory
 *
 * owner   the caller keeps all buffers; cc_verify_error_detail() says which rule
 * threads any
 * source  secGear sg_ra_report_verify.h; docs/attestation/sim.md
 * sample  test/integration/sim/test_ra_verify.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_verify_report(const cc_ra_buf_t *report, const cc_ra_buf_t *nonce, cc_ra_verify_type_t type,
                 const char *basevalue);

#ifdef __cplusplus
}
#endif

#endif
