/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "secure_channel_mutual.h"
#include "verify/policy.h"
#include <string.h>
#include <time.h>

CC_API_SPEC cc_enclave_result_t cc_sec_chl_policy_load(const char *json, size_t json_len,
                                                       cc_sec_chl_policy_t **policy)
{
    struct policy *parsed;
    cc_enclave_result_t rc;

    detail_clear();
    if (json == NULL || policy == NULL || json_len == 0 || json_len > POLICY_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "policy: a NULL, or %zu bytes, expected 1 to %d", json_len,
                           POLICY_MAX_SIZE);
    rc = policy_parse(view_of(json, json_len), &parsed);
    if (rc != CC_SUCCESS)
        return rc == CC_ERROR_OUT_OF_MEMORY ? CC_ERROR_SEC_CHL_MEMORY
                                            : CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT;
    *policy = (cc_sec_chl_policy_t *)parsed;
    return CC_SUCCESS;
}

CC_API_SPEC void cc_sec_chl_policy_free(cc_sec_chl_policy_t *policy)
{
    policy_free((struct policy *)policy);
}

static void peer_fill(const struct report_body *body, cc_sec_chl_peer_t *peer)
{
    peer->debug = body->debug;
    peer->prod_id = body->prod_id;
    peer->svn = body->svn;
    peer->level = body->level;
    peer->protections = body->protections;
    peer->issued_at_s = body->issued_at_s;
    memcpy(peer->uuid, body->uuid.bytes, sizeof peer->uuid);
    memcpy(peer->device_id, body->device_id, sizeof peer->device_id);
    memcpy(peer->mrenclave, body->mrenclave, sizeof peer->mrenclave);
    memcpy(peer->mrsigner, body->mrsigner, sizeof peer->mrsigner);
    memcpy(peer->mrtcb, body->mrtcb, sizeof peer->mrtcb);
}

/*
 * Attacker: the client and its host, who choose all of the evidence. Any enclave that the policy
 * has an entry for may call, so the uuid to compare with is the report's own.
 */
CC_API_SPEC int cc_sec_chl_policy_judge(const uint8_t *evidence, size_t evidence_len,
                                        const uint8_t *user_data, cc_sec_chl_peer_t *peer,
                                        void *arg)
{
    struct view bytes = view_of(evidence, evidence_len);
    struct verify_request wanted = {.purpose = REPORT_PURPOSE_CLIENT,
                                    .user_data = view_of(user_data, REPORT_USER_DATA_SIZE),
                                    .now_s = (uint64_t)time(NULL)};
    struct report_body body;
    struct report report;

    detail_clear();
    if (evidence == NULL || user_data == NULL || peer == NULL || arg == NULL ||
        report_decode(bytes, &report) != CC_SUCCESS)
        return -1;
    wanted.uuid = &report.body.uuid;
    if (verify_evidence(arg, NULL, bytes, &wanted, &body) != CC_SUCCESS)
        return -1;
    peer_fill(&body, peer);
    return 0;
}
