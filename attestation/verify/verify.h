/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verify.h - judges evidence against a policy: bytes, policy and time in; verdict, claims and the
 * reason (base/detail.h) out. Everything is checked; what the policy does not name is refused.
 *
 * Layer: attestation/verify. No I/O, no clock, no globals. Threads: a policy is read-only after
 * parsing and may be shared; a cache has its own lock.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/detail.h"
#include "wire/report.h"

struct policy;
struct verify_cache; /* certificate chains that verified before, by SHA-256 of their bytes */

struct verify_request {
    enum report_purpose purpose; /* the only one accepted */
    const struct uuid *uuid;     /* the enclave asked for */
    struct view user_data;       /* REPORT_USER_DATA_SIZE bytes that must stand in the report */
    uint64_t now_s;              /* seconds since 1970 */
};

/* CC_ERROR_BAD_FORMAT with line, column or key in the detail; *ret_policy untouched. */
cc_enclave_result_t policy_parse(struct view json, struct policy **ret_policy)
    __attribute__((warn_unused_result));
void policy_free(struct policy *policy);

/* Says one line for each thing in it that refuses everything or weakens the check; how many. */
size_t policy_review(const struct policy *policy, void (*say)(void *arg, const char *line),
                     void *arg);

struct verify_cache *verify_cache_new(size_t entries); /* NULL: out of memory */
void verify_cache_free(struct verify_cache *cache);

/*
 * CC_SUCCESS only if every rule holds; origin must be the TA. CC_ERROR_SEC_CHL_INVALID_REPORT: can
 * not be parsed; CC_ERROR_RA_REPORT_VERIFY_SIGNATURE: chain or signature;
 * CC_ERROR_RA_REPORT_VERIFY_NONCE: user data; CC_ERROR_RA_REPORT_VERIFY_HASH: origin, purpose, uuid
 * or a rule of the policy; CC_ERROR_BAD_PARAMETERS: the request. The detail reads "verify: RULE:
 * expected, found". cache may be NULL; it keeps the key of a chain that verified, its dates are
 * checked each time.
 */
cc_enclave_result_t verify_evidence(const struct policy *policy, struct verify_cache *cache,
                                    struct view evidence, const struct verify_request *request,
                                    struct report_body *ret_body)
    __attribute__((warn_unused_result));

#endif
