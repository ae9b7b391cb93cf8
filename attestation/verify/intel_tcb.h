/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * intel_tcb.h - Intel's signed statements about platforms and quoting enclaves, and what they make
 * of one quote (Intel SGX and TDX PCS API, versions 3 and 4).
 *
 * Layer: attestation/verify. Threads: no state.
 */
#ifndef VERIFY_INTEL_TCB_H
#define VERIFY_INTEL_TCB_H

#include "verify/intel_pck.h"
#include "verify/x509_chain.h"
#include "wire/dcap_quote.h"
#include <jansson.h>

enum { INTEL_DOC_MAX_SIZE = 1 << 20 };

/* In Intel's words; the order is that of the names. */
enum tcb_status {
    TCB_UP_TO_DATE,
    TCB_SW_HARDENING,
    TCB_CONFIGURATION,
    TCB_CONFIGURATION_AND_SW,
    TCB_OUT_OF_DATE,
    TCB_OUT_OF_DATE_CONFIGURATION,
    TCB_REVOKED,
    TCB_NONE, /* no level matches, or its status has no known name */
};

const char *tcb_status_name(enum tcb_status status);
/* A platform's status lowered by that of the quoting enclave, or of the TDX module. */
enum tcb_status tcb_status_merge(enum tcb_status platform, enum tcb_status other);

/* The member's bytes as they stand in the document, which is what is signed. */
bool json_member_raw(struct view document, const char *member, struct view *ret_raw)
    __attribute__((warn_unused_result));

/* A response of the PCS: the document in member, whose signature is the signer's, in date.
 * NULL after a reason; json_decref() it. */
json_t *intel_doc_read(const struct judge *j, const char *member, struct view response,
                       const struct pubkey *signer);

/* Says tcb_status and what led to it. */
bool intel_tcb_judge(const struct judge *j, const struct dcap_quote *quote,
                     const struct pck_info *pck, json_t *tcb_info, json_t *qe_identity);

#endif
