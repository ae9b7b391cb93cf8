/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * intel_pck.h - what a PCK certificate says about its platform: the extension under
 * 1.2.840.113741.1.13.1 (Intel SGX PCK Certificate and CRL Specification, 1.3.5).
 * Layer: attestation/verify. Threads: no state.
 */
#ifndef VERIFY_INTEL_PCK_H
#define VERIFY_INTEL_PCK_H

#include "wire/x509.h"

enum { TCB_COMPONENTS = 16, FMSPC_SIZE = 6, PCEID_SIZE = 2 };

struct pck_info {
    struct view ppid;
    struct view fmspc;
    struct view pceid;
    uint8_t components[TCB_COMPONENTS];
    uint16_t pce_svn;
};

bool pck_info_read(const struct x509 *pck, struct pck_info *ret_info)
    __attribute__((warn_unused_result));

#endif
