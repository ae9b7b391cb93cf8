/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "guard.h"
#include "base/detail.h"
#include "crypto/ecdsa.h"

_Static_assert((int)CC_SEC_CHL_PEER_KEY_SIZE == (int)SC2_CLIENT_POINT_SIZE, "one point");
_Static_assert((int)ECDSA_PUBLIC_SIZE == (int)SC2_CLIENT_POINT_SIZE, "one point");

bool guard_ask(const struct schedule *schedule, struct guard_question *ret_question)
{
    return schedule_client_auth(schedule, ret_question->message) &&
           schedule_client_user_data(schedule, ret_question->user_data);
}

static cc_enclave_result_t not_accepted(const char *why)
{
    return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT, "secure channel: client refused, %s",
                       why);
}

/* Public bytes: how long it takes says nothing worth knowing. */
static bool key_listed(const struct guard *guard, struct view point)
{
    for (size_t at = 0; at < guard->keys.size; at += point.size)
        if (view_equal(view_of(guard->keys.data + at, point.size), point))
            return true;
    /* Where reports are asked for, a key that nobody listed is no way around them. */
    return guard->keys.size == 0 && (guard->evidence == NULL || guard->client != NULL);
}

static cc_enclave_result_t key_check(const struct guard *guard,
                                     const struct guard_question *question, struct view proof,
                                     cc_sec_chl_peer_t *peer)
{
    struct view point = view_of(proof.data, SC2_CLIENT_POINT_SIZE);
    struct view signature = view_of(proof.data + point.size, proof.size - point.size);
    struct ecdsa_key key = {.key = NULL};
    bool good;

    if (!key_listed(guard, point))
        return not_accepted("its key is not among those accepted");
    good =
        ecdsa_from_public(&key, point) && ecdsa_verify(&key, VIEW_OF(question->message), signature);
    ecdsa_done(&key);
    if (!good)
        return detail_fail(CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE,
                           "secure channel: client refused, its signature is not over this "
                           "handshake");
    peer->kind = CC_SEC_CHL_PEER_KEY;
    memcpy(peer->public_key, point.data, point.size);
    return CC_SUCCESS;
}

static cc_enclave_result_t evidence_check(const struct guard *guard,
                                          const struct guard_question *question,
                                          struct view evidence, cc_sec_chl_peer_t *peer)
{
    if (guard->evidence == NULL)
        return not_accepted("it brings evidence, and this enclave has nobody to judge it");
    if (guard->evidence(evidence.data, evidence.size, question->user_data, peer, guard->arg) != 0)
        return not_accepted("its evidence was not accepted");
    peer->struct_size = sizeof *peer;
    peer->kind = CC_SEC_CHL_PEER_ENCLAVE;
    return CC_SUCCESS;
}

cc_enclave_result_t guard_check(const struct guard *guard, const struct guard_question *question,
                                const struct sc2_exts *exts, cc_sec_chl_peer_t *ret_peer)
{
    const struct sc2_ext *key = sc2_exts_find(exts, SC2_EXT_CLIENT_KEY);
    const struct sc2_ext *evidence = sc2_exts_find(exts, SC2_EXT_CLIENT_EVIDENCE);
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer, .kind = CC_SEC_CHL_PEER_NONE};
    cc_enclave_result_t rc = CC_SUCCESS;

    if (key != NULL && evidence != NULL)
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_EXCH_BUF,
                           "secure channel: client refused, it shows a key and evidence");
    if (key != NULL)
        rc = key_check(guard, question, key->data, &peer);
    else if (evidence != NULL)
        rc = evidence_check(guard, question, evidence->data, &peer);
    else if (guard->required)
        rc = not_accepted("it does not say who it is, and must");
    if (rc != CC_SUCCESS)
        return rc;
    if (guard->client != NULL && guard->client(&peer, guard->arg) != 0)
        return not_accepted("by the application");
    *ret_peer = peer;
    return CC_SUCCESS;
}

void guard_done(struct guard *guard)
{
    buf_free(&guard->keys);
    *guard = (struct guard){.required = false};
}
