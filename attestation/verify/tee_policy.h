/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tee_policy.h - what a policy of schema 2 says about evidence of one type of TEE, and whether
 * claims hold up to it. docs/policy.md is the format.
 *
 * Layer: attestation/verify, private to it. Threads: read-only after parsing.
 */
#ifndef VERIFY_TEE_POLICY_H
#define VERIFY_TEE_POLICY_H

#include "crypto/hash.h"
#include "verify/verdict.h"
#include <jansson.h>

enum {
    TEE_POLICY_TEES_MAX_COUNT = 32,
    TEE_POLICY_LIST_MAX_COUNT = 1024,
    TEE_POLICY_WARN_BEFORE_S = 7 * 86400,
};

struct tee_rules {
    json_t *json; /* the object, checked; what is looked up by name stays in it */
    uint8_t (*anchors)[SHA256_SIZE];
    size_t anchor_count;
    uint32_t grace_s;
    uint64_t warn_before_s;
    bool has_max_age;
    uint64_t max_age_s;
};

struct tee_policy {
    json_t *tees; /* owns the objects */
    struct tee_rules *rules;
    size_t count;
};

/* Of a policy that has no more to say about a type: everything is still asked. */
extern const struct tee_rules tee_rules_none;

/* The member "tees" of a policy. CC_ERROR_BAD_FORMAT with the place. */
cc_enclave_result_t tee_policy_parse(json_t *tees, struct tee_policy *ret_policy)
    __attribute__((warn_unused_result));
void tee_policy_free(struct tee_policy *policy);

/* NULL: the policy says nothing about that type, so its evidence is refused. */
const struct tee_rules *tee_policy_find(const struct tee_policy *policy, const char *tee);

/* Applies the rules to the claims in v; NULL rules: what cc_verify_judge() says of no policy. */
void tee_rules_apply(const struct tee_rules *rules, const cc_verifier_t *verifier,
                     const cc_verify_input_t *input, struct cc_verify_result *v);

#endif
