/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/judge.h"
#include "base/detail.h"
#include "verify/cache.h"
#include "verify/policy.h"
#include <string.h>

static const cc_verifier_t *const BUILTIN[] = {
    &verifier_sim,     &verifier_sgx,     &verifier_tdx,   &verifier_snp,
    &verifier_csv,     &verifier_az_vtpm, &verifier_tpm,   &verifier_itrustee,
    &verifier_virtcca, &verifier_cca,     &verifier_nitro, &verifier_psa,
};

void verifiers_builtin(struct verifiers *ret_set)
{
    memcpy(ret_set->list, BUILTIN, sizeof BUILTIN);
    ret_set->count = sizeof BUILTIN / sizeof BUILTIN[0];
}

cc_enclave_result_t verifiers_add(struct verifiers *set, const cc_verifier_t *verifier)
{
    if (verifier == NULL || verifier->abi != CC_VERIFIER_ABI || verifier->size < sizeof *verifier)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verifier: ABI %d expected, found another",
                           CC_VERIFIER_ABI);
    if (verifier->name == NULL || verifier->title == NULL || verifier->identity == NULL ||
        verifier->detects == NULL || verifier->verify == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verifier: a member is missing");
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i]->name, verifier->name) == 0)
            return detail_fail(CC_ERROR_BAD_PARAMETERS, "verifier: the name %.60s is taken",
                               verifier->name);
    if (set->count == VERIFIERS_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verifier: at most %d", VERIFIERS_MAX_COUNT);
    set->list[set->count++] = verifier;
    return CC_SUCCESS;
}

const cc_verifier_t *verifiers_find(const struct verifiers *set, const cc_verify_input_t *input)
{
    for (size_t i = 0; i < set->count; i++)
        if (input->tee != NULL ? strcmp(set->list[i]->name, input->tee) == 0
                               : set->list[i]->detects(input))
            return set->list[i];
    return NULL;
}

static bool blobs_are_sane(const cc_verify_blob_t *list, size_t count)
{
    enum { BLOBS_MAX_COUNT = 64 };

    if (count > BLOBS_MAX_COUNT || (count > 0 && list == NULL))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].data == NULL && list[i].size > 0)
            return false;
    return true;
}

cc_enclave_result_t judge_evidence(const struct judge_by *by, const cc_verify_input_t *input,
                                   struct cc_verify_result *ret_result)
{
    const struct policy *policy = by->policy;
    const struct tee_rules *rules = NULL;
    const cc_verifier_t *verifier;
    struct cc_verifier_own own = {.policy = policy, .cache = by->cache};
    cc_verifier_request_t request = {.input = input, .own = &own};
    cc_verifier_sink_t sink = verdict_sink(ret_result);

    if (input->now_s == 0 || input->evidence_count == 0 ||
        !blobs_are_sane(input->evidence, input->evidence_count) ||
        !blobs_are_sane(input->collateral, input->collateral_count))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "verify: evidence, collateral or time is missing");
    verifier = verifiers_find(by->set, input);
    if (verifier == NULL)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "verify: no verifier knows this evidence; name its type if it has one");
    verdict_init(ret_result, verifier->name);
    if (policy != NULL)
        rules = tee_policy_find(&policy->tees, verifier->name);
    if (rules != NULL) {
        request.anchors = (const uint8_t(*)[SHA256_SIZE])rules->anchors;
        request.anchor_count = rules->anchor_count;
        request.grace_s = rules->grace_s;
    }
    own.has_collateral =
        own.cache != NULL && cache_digest(own.cache, SEEN_COLLATERAL, input->collateral,
                                          input->collateral_count, own.collateral);
    verifier->verify(&request, &sink);
    ret_result->entered = own.entered;
    if (policy != NULL && rules == NULL && !own.entered)
        BROKEN(&sink, "tees", "tees: the policy says nothing about evidence of type %s",
               verifier->name);
    tee_rules_apply(rules != NULL || !own.entered ? rules : &tee_rules_none, verifier, input,
                    ret_result);
    return CC_SUCCESS;
}
