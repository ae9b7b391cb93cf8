/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trust.h - whom this client trusts: finds the policy, and judges evidence by it.
 * A policy's bytes are fetched for each channel, so that a change counts at once; parsing them is
 * what the process remembers, by their SHA-256.
 *
 * Layer: libcsecure_channel (attestation/verify). Threads: any; one cache of certificate chains and
 * one of policies for the process.
 */
#ifndef CSECURE_CHANNEL_TRUST_H
#define CSECURE_CHANNEL_TRUST_H

#include "secure_channel_client.h"
#include "verify/verify.h"

/* A parsed policy with several owners; read-only. */
struct trust;

/* CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT: none, unreadable or wrong, with the file in the detail. */
cc_enclave_result_t trust_load(const cc_sec_chl_client_opts_t *opts, struct trust **ret_trust)
    __attribute__((warn_unused_result));
void trust_release(struct trust *trust); /* NULL is fine */

struct trust_request {
    const struct trust *trust;
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
