/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * chain.h - from a report's two certificates and the pinned roots to a key that may be believed.
 * Chains that verified may be kept (cache.h), by SHA-256 of roots and certificates.
 *
 * Layer: attestation/verify, private to it. Threads: no state but a cache's.
 */
#ifndef VERIFY_CHAIN_H
#define VERIFY_CHAIN_H

#include "verify/policy.h"

/* What a chain proves: this key belongs to this device, within these dates (root's included). */
struct chain_proof {
    struct ecdsa_key key;
    uint8_t device_id[CERT_DEVICE_ID_SIZE];
    uint64_t not_before_s;
    uint64_t not_after_s;
    enum report_level highest; /* that this root's devices can have */
};

/* Everything but the dates; CC_ERROR_RA_REPORT_VERIFY_SIGNATURE. */
cc_enclave_result_t chain_verify(const struct policy *policy, const struct report *report,
                                 struct chain_proof *ret_proof) __attribute__((warn_unused_result));

/* The same through a cache, which may be NULL; then the dates, cached or not. */
cc_enclave_result_t chain_verify_cached(const struct policy *policy, struct verify_cache *cache,
                                        const struct report *report, uint64_t now_s,
                                        struct chain_proof *ret_proof)
    __attribute__((warn_unused_result));

/* The proved key signed the report, and its certificates are of the device that the report names.
 * CC_ERROR_RA_REPORT_VERIFY_SIGNATURE. */
cc_enclave_result_t report_signed_check(const struct report *report,
                                        const struct chain_proof *proof)
    __attribute__((warn_unused_result));

struct rules_context {
    uint64_t now_s;
    enum report_level highest; /* of the proof */
};

/* Each rule of the policy about this enclave, not only the first that fails: calls failed() with
 * the reason in the detail; returns how often. */
size_t policy_rules_each(const struct policy *policy, const struct report_body *body,
                         const struct rules_context *context, void (*failed)(void *arg), void *arg);

#endif
