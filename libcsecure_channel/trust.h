/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trust.h - whom this client trusts: finds the policy, and judges evidence by it.
 * Layer: libcsecure_channel (attestation/verify). Threads: any; one cache of certificate chains for
 * the process, made once.
 */
#ifndef CSECURE_CHANNEL_TRUST_H
#define CSECURE_CHANNEL_TRUST_H

#include "secure_channel_client.h"
#include "verify/verify.h"

/* CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT: none, unreadable or wrong, with the file in the detail. */
cc_enclave_result_t trust_load(const cc_sec_chl_client_opts_t *opts, struct policy **ret_policy)
    __attribute__((warn_unused_result));

struct trust_request {
    const struct policy *policy;
    const struct uuid *uuid;
    struct view evidence;
    struct view user_data;
    bool verify_chain; /* even if it verified before */
};

/* CC_ERROR_SEC_CHL_INVALID_REPORT: can not be parsed; CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT: refused.
 */
cc_enclave_result_t trust_check(const struct trust_request *request,
                                cc_sec_chl_attested_t *ret_attested)
    __attribute__((warn_unused_result));

#endif
