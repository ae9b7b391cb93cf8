/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/verify.h"
#include "verify/chain.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CLOCK_SKEW_S = 300, HEX_ROOM = 2 * REPORT_HASH_SIZE + 1 };

/* Without these two the host reads the enclave's memory: no policy may waive them. */
enum { PROTECTIONS_MANDATORY = PROTECTION_NODUMP | PROTECTION_SECCOMP };

/* All that a rule may look at. */
struct claim {
    const struct policy *policy;
    const struct policy_enclave *enclave; /* NULL before its rule */
    const struct verify_request *request;
    const struct report_body *body;
    enum report_level highest; /* that the root vouches for */
};

typedef cc_enclave_result_t (*rule_check)(const struct claim *claim);

#define REFUSE(...) detail_fail(CC_ERROR_RA_REPORT_VERIFY_HASH, __VA_ARGS__)

static cc_enclave_result_t origin_check(const struct claim *c)
{
    if (c->body->origin == REPORT_ORIGIN_TA)
        return CC_SUCCESS;
    return REFUSE("verify: origin: %d (the enclave) expected, found %d", REPORT_ORIGIN_TA,
                  (int)c->body->origin);
}

static cc_enclave_result_t purpose_check(const struct claim *c)
{
    if (c->body->purpose == c->request->purpose)
        return CC_SUCCESS;
    return REFUSE("verify: purpose: %d expected, found %d", (int)c->request->purpose,
                  (int)c->body->purpose);
}

static cc_enclave_result_t uuid_check(const struct claim *c)
{
    char want[UUID_TEXT_ROOM], found[UUID_TEXT_ROOM];

    if (view_equal(VIEW_OF(c->body->uuid.bytes), VIEW_OF(c->request->uuid->bytes)))
        return CC_SUCCESS;
    uuid_format(c->request->uuid, want);
    uuid_format(&c->body->uuid, found);
    return REFUSE("verify: uuid: %s expected, found %s", want, found);
}

static cc_enclave_result_t user_data_check(const struct claim *c)
{
    if (equal_ct(VIEW_OF(c->body->user_data), c->request->user_data))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_RA_REPORT_VERIFY_NONCE,
                       "verify: user_data: the report is not about this request (replayed, or "
                       "another's)");
}

static cc_enclave_result_t enclave_check(const struct claim *c)
{
    char uuid[UUID_TEXT_ROOM];

    if (c->enclave != NULL)
        return CC_SUCCESS;
    uuid_format(&c->body->uuid, uuid);
    return REFUSE("verify: enclaves: an entry for uuid %s expected, found none among %zu", uuid,
                  c->policy->enclave_count);
}

static bool list_has(const struct policy_list *list, struct view value)
{
    for (size_t i = 0; i < list->count; i++)
        if (view_equal(view_of(list->items + i * value.size, value.size), value))
            return true;
    return false;
}

/* Names the value and, of what is listed, the first and how many. */
static cc_enclave_result_t list_refuse(const char *rule, const struct claim *c,
                                       const struct policy_list *list, struct view found)
{
    char uuid[UUID_TEXT_ROOM], value[HEX_ROOM], first[HEX_ROOM] = "nothing";

    uuid_format(&c->enclave->uuid, uuid);
    hex_format(found, value);
    if (list->count > 0)
        hex_format(view_of(list->items, found.size), first);
    return REFUSE("verify: %s: %s is not listed for uuid %s; listed: %s%s (%zu in all)", rule,
                  value, uuid, first, list->count > 1 ? ", ..." : "", list->count);
}

static cc_enclave_result_t mrenclave_check(const struct claim *c)
{
    const struct policy_list *list = &c->enclave->mrenclave;
    struct view found = VIEW_OF(c->body->mrenclave);

    /* Either kind of identity may be left out, but not both; what is given must hold. */
    if (list_has(list, found) || (list->count == 0 && c->enclave->mrsigner.count > 0))
        return CC_SUCCESS;
    return list_refuse("mrenclave", c, list, found);
}

static cc_enclave_result_t mrsigner_check(const struct claim *c)
{
    const struct policy_enclave *e = c->enclave;
    struct view found = VIEW_OF(c->body->mrsigner);

    if (e->mrsigner.count == 0 && e->mrenclave.count > 0)
        return CC_SUCCESS;
    if (!list_has(&e->mrsigner, found))
        return list_refuse("mrsigner", c, &e->mrsigner, found);
    if (!e->has_prod_id || c->body->prod_id != e->prod_id)
        return REFUSE("verify: prod_id: %u expected, found %u", e->prod_id, c->body->prod_id);
    if (!e->has_min_svn || c->body->svn < e->min_svn)
        return REFUSE("verify: min_svn: %u or higher expected, found %u", e->min_svn, c->body->svn);
    return CC_SUCCESS;
}

static cc_enclave_result_t mrtcb_check(const struct claim *c)
{
    struct view found = VIEW_OF(c->body->mrtcb);

    if (c->enclave->any_tcb_insecure || list_has(&c->enclave->mrtcb, found))
        return CC_SUCCESS;
    return list_refuse("mrtcb", c, &c->enclave->mrtcb, found);
}

static cc_enclave_result_t device_id_check(const struct claim *c)
{
    struct view found = VIEW_OF(c->body->device_id);

    if (list_has(&c->policy->revoked, found))
        return REFUSE("verify: revoked_device_ids: the vendor vouches for this device no longer");
    if (!c->enclave->pins_devices || list_has(&c->enclave->device_ids, found))
        return CC_SUCCESS;
    return list_refuse("device_ids", c, &c->enclave->device_ids, found);
}

/*
 * Level 1 proves nothing against the user who runs the device, level 0 nothing at all, so each
 * takes a switch of its own beside min_level. A device at level 0 counts as an embedded one then.
 */
static cc_enclave_result_t level_check(const struct claim *c)
{
    enum report_level found = c->body->level;
    enum report_level counted = found == REPORT_LEVEL_DEBUG ? REPORT_LEVEL_EMBEDDED : found;

    if (found > c->highest)
        return REFUSE("verify: min_level: \"%s\" at most can stand under this device's root, found "
                      "\"%s\"",
                      policy_level_name(c->highest), policy_level_name(found));
    if (!c->enclave->has_min_level)
        return REFUSE("verify: min_level: the policy names none, found \"%s\"",
                      policy_level_name(found));
    if (found == REPORT_LEVEL_DEBUG && !c->enclave->allow_debug_enclave_insecure)
        return REFUSE("verify: min_level: a debug device takes allow_debug_enclave_insecure");
    if (found <= REPORT_LEVEL_EMBEDDED && !c->policy->allow_embedded_device_insecure)
        return REFUSE("verify: min_level: an embedded device (its user can forge reports) takes "
                      "allow_embedded_device_insecure, found level \"%s\"",
                      policy_level_name(found));
    if (counted < c->enclave->min_level)
        return REFUSE("verify: min_level: \"%s\" or higher expected, found \"%s\"",
                      policy_level_name(c->enclave->min_level), policy_level_name(found));
    return CC_SUCCESS;
}

static cc_enclave_result_t protections_check(const struct claim *c)
{
    uint32_t wanted = c->enclave->protections | (uint32_t)PROTECTIONS_MANDATORY;
    uint32_t missing = wanted & ~c->body->protections;

    if (missing == 0)
        return CC_SUCCESS;
    return REFUSE("verify: require_protections: \"%s\" expected, found only 0x%x",
                  protection_names[__builtin_ctz(missing)], c->body->protections);
}

static cc_enclave_result_t debug_check(const struct claim *c)
{
    if (!c->body->debug || c->enclave->allow_debug_enclave_insecure)
        return CC_SUCCESS;
    return REFUSE("verify: debug: a production enclave expected, found a debug enclave");
}

static cc_enclave_result_t age_check(const struct claim *c)
{
    uint64_t now = c->request->now_s, issued = c->body->issued_at_s;

    if (!c->enclave->has_max_age)
        return CC_SUCCESS;
    if (issued > now + CLOCK_SKEW_S)
        return REFUSE("verify: max_age_s: issued %" PRIu64 " s in the future: compare the clocks",
                      issued - now);
    if (issued < now && now - issued > c->enclave->max_age_s)
        return REFUSE("verify: max_age_s: %" PRIu64 " expected, found %" PRIu64,
                      c->enclave->max_age_s, now - issued);
    return CC_SUCCESS;
}

/* What it measured while it ran; a report that has no registers says nothing about them. */
static cc_enclave_result_t registers_check(const struct claim *c)
{
    for (size_t i = 0; i < REPORT_REGISTER_COUNT; i++) {
        struct view found = VIEW_OF(c->body->registers[i]);

        if (!c->enclave->pins_register[i])
            continue;
        if (!c->body->has_registers)
            return REFUSE("verify: %s: a report with registers expected, found one of profile 1",
                          policy_register_keys[i]);
        if (!list_has(&c->enclave->registers[i], found))
            return list_refuse(policy_register_keys[i], c, &c->enclave->registers[i], found);
    }
    return CC_SUCCESS;
}

/* A test device proves nothing: a policy for tests asks for it by name. */
static cc_enclave_result_t states_check(const struct claim *c)
{
    if (c->body->states[0] == '\0')
        return CC_SUCCESS;
    if (c->body->level != REPORT_LEVEL_DEBUG)
        return REFUSE("verify: device_states: level \"debug\" expected of a device that pretends, "
                      "found \"%s\"",
                      policy_level_name(c->body->level));
    if (c->policy->allow_device_states_insecure)
        return CC_SUCCESS;
    return REFUSE("verify: device_states: a device that pretends nothing expected, found \"%s\" "
                  "(allow_device_states_insecure)",
                  c->body->states);
}

static bool tcb_allowed(const struct policy *policy, const char *found)
{
    const struct tee_rules *rules = tee_policy_find(&policy->tees, "sim");
    const json_t *list = rules != NULL ? json_object_get(rules->json, "tcb_status") : NULL;

    if (list == NULL)
        return strcmp(found, "UpToDate") == 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), found) == 0)
            return true;
    return false;
}

/* What it pretends to be rated; where claims are judged one by one, tee_rules.c says this. */
static cc_enclave_result_t tcb_status_check(const struct claim *c)
{
    const char *found;
    struct states states;

    if (c->body->states[0] == '\0')
        return CC_SUCCESS;
    if (states_decode(view_text(c->body->states), &states) != CC_SUCCESS)
        return CC_ERROR_RA_REPORT_VERIFY_HASH;
    found = states_tcb_name(states.tcb);
    if (found == NULL || tcb_allowed(c->policy, found))
        return CC_SUCCESS;
    return REFUSE("verify: tcb_status: UpToDate, or what the policy lists (tees.sim.tcb_status) "
                  "expected, found %s",
                  found);
}

/* Whether it is what was asked for; then the policy's own. In the order in which they apply. */
static const rule_check REQUEST_RULES[] = {origin_check, purpose_check, uuid_check,
                                           user_data_check};
static const rule_check POLICY_RULES[] = {
    enclave_check, mrenclave_check,   mrsigner_check, mrtcb_check,
    level_check,   protections_check, debug_check,    device_id_check,
    age_check,     registers_check,   states_check,
};

cc_enclave_result_t report_signed_check(const struct report *report,
                                        const struct chain_proof *proof)
{
    uint8_t message[REPORT_MAX_SIZE];
    struct writer w = writer_over(message, sizeof message);

    if (!report_to_be_signed(report, &w) ||
        !ecdsa_verify(&proof->key, writer_view(&w), report->signature))
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                           "verify: signature: the attestation key did not sign this report");
    /* Certificates carry the device id only; level and protections stand in each report. */
    if (!view_equal(VIEW_OF(proof->device_id), VIEW_OF(report->body.device_id)))
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                           "verify: device_id: the report names another device than its "
                           "certificates");
    return CC_SUCCESS;
}

static cc_enclave_result_t rules_check(const rule_check *rules, size_t count,
                                       const struct claim *claim)
{
    cc_enclave_result_t rc = CC_ERROR_RA_REPORT_VERIFY_HASH;

    for (size_t i = 0; i < count; i++) {
        rc = rules[i](claim);
        if (rc != CC_SUCCESS)
            break;
    }
    return rc;
}

size_t policy_rules_each(const struct policy *policy, const struct report_body *body,
                         const struct rules_context *context, void (*failed)(void *arg), void *arg)
{
    const struct verify_request request = {.now_s = context->now_s};
    const struct claim claim = {.policy = policy,
                                .enclave = policy_find(policy, &body->uuid),
                                .request = &request,
                                .body = body,
                                .highest = context->highest};
    size_t count = 0;

    for (size_t i = 0; i < sizeof POLICY_RULES / sizeof POLICY_RULES[0]; i++) {
        if (POLICY_RULES[i](&claim) == CC_SUCCESS)
            continue;
        failed(arg);
        count++;
        if (claim.enclave == NULL)
            break; /* the others compare with its entry */
    }
    return count;
}

cc_enclave_result_t verify_evidence(const struct policy *policy, struct verify_cache *cache,
                                    struct view evidence, const struct verify_request *request,
                                    struct report_body *ret_body)
{
    struct chain_proof proof = {.key = {NULL, NULL}};
    struct claim claim = {.policy = policy, .request = request};
    struct report report;
    cc_enclave_result_t rc;

    if (policy == NULL || request == NULL || request->uuid == NULL || ret_body == NULL ||
        request->user_data.size != REPORT_USER_DATA_SIZE || request->user_data.data == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "verify: policy, uuid and %d bytes of user data expected",
                           REPORT_USER_DATA_SIZE);

    if (report_decode(evidence, &report) != CC_SUCCESS) {
        detail_prefix("verify: ");
        return CC_ERROR_SEC_CHL_INVALID_REPORT;
    }

    rc = chain_verify_cached(policy, cache, &report, request->now_s, &proof);
    if (rc != CC_SUCCESS)
        return rc;

    rc = report_signed_check(&report, &proof);
    if (rc != CC_SUCCESS)
        goto out;

    claim.body = &report.body;
    claim.highest = proof.highest;
    claim.enclave = policy_find(policy, &report.body.uuid);
    rc = rules_check(REQUEST_RULES, sizeof REQUEST_RULES / sizeof REQUEST_RULES[0], &claim);
    if (rc == CC_SUCCESS)
        rc = rules_check(POLICY_RULES, sizeof POLICY_RULES / sizeof POLICY_RULES[0], &claim);
    if (rc == CC_SUCCESS)
        rc = tcb_status_check(&claim);
    if (rc != CC_SUCCESS)
        goto out;

    *ret_body = report.body;
out:
    ecdsa_done(&proof.key);
    return rc;
}
