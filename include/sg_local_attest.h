/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sg_local_attest.h - an enclave checks another one on the same device, or itself.
 */
#ifndef SG_LOCAL_ATTEST_H
#define SG_LOCAL_ATTEST_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Checks that an enclave with this UUID runs on this device and is the expected one. The device of
 * this release measures once, before it loads: both hashes are compared with MRENCLAVE.
 *
 * in      taid      UUID, 36 characters
 * in      img_hash  64 lower-case hexadecimal digits
 * in      mem_hash  64 lower-case hexadecimal digits
 *
 * returns CC_SUCCESS                           it is the expected one, and no debug enclave unless
 *                                              the caller is one
 *         CC_ERROR_BAD_PARAMETERS              a NULL, or a text of another form
 *         CC_ERROR_RA_GET_REPORT               no such enclave runs, or the device did not answer
 *         CC_ERROR_LOCAL_REPORT_INVALID        the device's statement does not authenticate, is
 *                                              about another UUID or nonce, or a debug enclave's
 *         CC_ERROR_LOCAL_REPORT_HASH_MISMATCH  whoever runs under this UUID is another image
 *
 * owner   the caller keeps the texts
 * threads any
 * source  secGear sg_local_attest.h; docs/protocol.md, Local report
 * sample  samples/local_attest/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_local_attest(const char *taid, const char *img_hash, const char *mem_hash);

#ifdef __cplusplus
}
#endif

#endif
