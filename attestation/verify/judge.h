/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * judge.h - from evidence to a verdict: finds the verifier, lets it speak, applies the policy.
 * Layer: attestation/verify. No I/O, no clock, no globals. Threads: a set is read-only once made.
 */
#ifndef VERIFY_JUDGE_H
#define VERIFY_JUDGE_H

#include "verify/tee_policy.h"
#include "verify/verify.h"

enum { VERIFIERS_MAX_COUNT = 64 };

/* What our own verifiers get beside what all get. */
struct cc_verifier_own {
    const struct policy *policy; /* NULL: none */
    struct verify_cache *cache;  /* NULL: none */
    bool has_collateral;         /* its digest, where there is a cache: */
    uint8_t collateral[SHA256_SIZE];
    bool entered; /* out: the policy's entry decided (verdict.h) */
};

struct verifiers {
    const cc_verifier_t *list[VERIFIERS_MAX_COUNT];
    size_t count;
};

void verifiers_builtin(struct verifiers *ret_set);
/* CC_ERROR_BAD_PARAMETERS: of another ABI, incomplete, or its name is taken. */
cc_enclave_result_t verifiers_add(struct verifiers *set, const cc_verifier_t *verifier)
    __attribute__((warn_unused_result));
const cc_verifier_t *verifiers_find(const struct verifiers *set, const cc_verify_input_t *input);

/* What a judgement goes by. */
struct judge_by {
    const struct verifiers *set;
    const struct policy *policy; /* NULL: none */
    struct verify_cache *cache;  /* NULL: none */
};

/* *ret_result is filled whatever the verdict is. */
cc_enclave_result_t judge_evidence(const struct judge_by *by, const cc_verify_input_t *input,
                                   struct cc_verify_result *ret_result)
    __attribute__((warn_unused_result));

char *verdict_json(const struct cc_verify_result *v); /* free(); NULL: out of memory */

extern const cc_verifier_t verifier_sgx, verifier_tdx, verifier_snp, verifier_cca, verifier_psa,
    verifier_virtcca, verifier_nitro, verifier_csv, verifier_tpm, verifier_az_vtpm,
    verifier_itrustee, verifier_sim;

#endif
