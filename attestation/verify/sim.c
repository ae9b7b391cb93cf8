/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sim.c - verifies reports of the simulated device, as they are or in the JSON envelope of
 * cc_get_ra_report(). Chain, signature and the policy's rules are those that the secure channel's
 * client applies (verify.c); here each rule that fails is said. docs/attestation/sim.md lists them.
 *
 * Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/chain.h"
#include "verify/judge.h"
#include "verify/x509_chain.h"
#include "wire/pem.h"
#include <stdio.h>
#include <string.h>

enum { ENVELOPE_MAX_SIZE = 32 << 10 };

/* "verify: RULE: sentence" of the detail. */
static void detail_say(const cc_verifier_sink_t *sink, cc_verify_severity_t severity)
{
    static const char LAYER[] = "verify: ";
    const char *text = detail_get();
    char rule[VERDICT_NAME_MAX_SIZE];
    size_t size;

    if (strncmp(text, LAYER, sizeof LAYER - 1) == 0)
        text += sizeof LAYER - 1;
    size = strcspn(text, ":");
    if (size >= sizeof rule)
        size = sizeof rule - 1;
    memcpy(rule, text, size);
    rule[size] = '\0';
    sink->reason(sink->context, severity, rule, text);
}

/* The member "evidence" of an envelope; its "payload" is for people, and signed by nobody. */
static bool envelope_open(struct view text, struct writer *w)
{
    json_t *all = text.size <= ENVELOPE_MAX_SIZE
                      ? json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    const char *tee = json_string_value(json_object_get(all, "tee"));
    const json_t *evidence = json_object_get(all, "evidence");
    bool good =
        tee != NULL && strcmp(tee, "sim") == 0 && json_is_string(evidence) &&
        base64url_decode(view_of(json_string_value(evidence), json_string_length(evidence)), w) &&
        !w->failed;

    json_decref(all);
    return good;
}

/* The report itself: the part, or what the envelope holds, decoded into room. */
static struct view report_find(struct view part, struct writer *room)
{
    if (part.size == 0 || part.data[0] != '{')
        return part;
    return envelope_open(part, room) ? writer_view(room) : VIEW_EMPTY;
}

static void protections_say(const cc_verifier_sink_t *s, uint32_t protections)
{
    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        if ((protections & UINT32_C(1) << i) != 0)
            claim_text(s, "protection", view_text(protection_names[i]));
}

/* What a test device pretends is judged as if it were so, where a policy lets it count at all. */
static void states_say(const cc_verifier_sink_t *s, const char *text)
{
    struct states states;

    if (text[0] == '\0' || states_decode(view_text(text), &states) != CC_SUCCESS)
        return;
    claim_text(s, "device_states", view_text(text));
    if (states_tcb_name(states.tcb) != NULL)
        claim_text(s, "tcb_status", view_text(states_tcb_name(states.tcb)));
}

static void body_say(const cc_verifier_sink_t *s, const struct report_body *b)
{
    static const char *const PURPOSES[] = {"", "app", "channel", "ra-tls", "local", "client"};
    char text[UUID_TEXT_ROOM];

    uuid_format(&b->uuid, text);
    claim_flag(s, "simulated", true);
    claim_text(s, "uuid", view_text(text));
    claim_view(s, "mrenclave", VIEW_OF(b->mrenclave));
    claim_view(s, "mrsigner", VIEW_OF(b->mrsigner));
    claim_view(s, "mrtcb", VIEW_OF(b->mrtcb));
    claim_number(s, "prod_id", b->prod_id);
    claim_number(s, "svn", b->svn);
    claim_view(s, "device_id", VIEW_OF(b->device_id));
    claim_text(s, "level", view_text(policy_level_name(b->level)));
    protections_say(s, b->protections);
    claim_text(s, "origin", view_text(b->origin == REPORT_ORIGIN_TA ? "enclave" : "host"));
    claim_text(s, "purpose", view_text(PURPOSES[b->purpose]));
    claim_number(s, "issued_at", b->issued_at_s);
    claim_view(s, "nonce", VIEW_OF(b->user_data));
    claim_flag(s, "debug", b->debug);
    states_say(s, b->states);
    for (size_t i = 0; b->has_registers && i < REPORT_REGISTER_COUNT; i++)
        claim_view(s, policy_register_keys[i], VIEW_OF(b->registers[i]));
}

/* Whose word it is, and for what; a policy may name these rules to let others pass. */
static void use_check(const cc_verifier_sink_t *s, const struct report_body *b)
{
    if (b->origin != REPORT_ORIGIN_TA)
        reason_say(s, CC_VERIFY_RULE, "origin",
                   "origin: the enclave's own word expected, found what its host had the device "
                   "sign");
    if (b->purpose != REPORT_PURPOSE_APP)
        reason_say(s, CC_VERIFY_RULE, "purpose",
                   "purpose: a report for applications (%d) expected, found %d",
                   (int)REPORT_PURPOSE_APP, (int)b->purpose);
}

static void rule_failed(void *sink)
{
    detail_say(sink, CC_VERIFY_BROKEN);
}

/* Allowed by the policy, but worth knowing. */
static void allowed_say(const cc_verifier_sink_t *s, const struct report_body *b)
{
    if (b->states[0] != '\0')
        reason_say(s, CC_VERIFY_NOTE, "device_states",
                   "device_states: the policy lets a test device pass; it pretends \"%s\"",
                   b->states);
    if (b->debug)
        reason_say(s, CC_VERIFY_NOTE, "debug",
                   "debug: the policy lets a debug enclave pass; its host reads its memory");
    if (b->level <= REPORT_LEVEL_EMBEDDED)
        reason_say(s, CC_VERIFY_NOTE, "min_level",
                   "min_level: the policy lets a device at level \"%s\" pass; its user can forge "
                   "reports",
                   policy_level_name(b->level));
}

static void report_judge(const struct judge *j, const struct policy *policy,
                         const struct report *report)
{
    struct chain_proof proof = {.key = {NULL, NULL}};
    struct rules_context context = {.now_s = j->request->input->now_s};
    cc_verifier_sink_t sink = *j->sink;

    use_check(j->sink, &report->body);
    if (chain_verify_cached(policy, j->request->own->cache, report, context.now_s, &proof) !=
            CC_SUCCESS ||
        report_signed_check(report, &proof) != CC_SUCCESS) {
        detail_say(j->sink, CC_VERIFY_BROKEN);
        ecdsa_done(&proof.key);
        return;
    }
    j->sink->expires(j->sink->context, "the device's certificates", proof.not_after_s);
    context.highest = proof.highest;
    if (policy_rules_each(policy, &report->body, &context, rule_failed, &sink) == 0)
        allowed_say(j->sink, &report->body);
    ecdsa_done(&proof.key);
}

static void sim_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    const struct judge j = {request, sink, NULL, NULL, false};
    uint8_t room[REPORT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct report report;

    if (report_decode(report_find(evidence_first(request), &w), &report) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    body_say(sink, &report.body);
    if (request->own == NULL || request->own->policy == NULL) {
        BROKEN(sink, "device_roots",
               "device_roots: a policy that pins the device's root expected, found no policy");
        return;
    }
    request->own->entered = true;
    report_judge(&j, request->own->policy, &report);
}

/* Its profile, or the envelope's two first members. */
static bool sim_detects(const cc_verify_input_t *input)
{
    static const char PROFILE[] = "tag:secgear,2026:simulated-tee/";
    struct view first = view_of(input->evidence[0].data, input->evidence[0].size);
    uint8_t room[REPORT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);

    if (first.size == 0 || (first.data[0] == '{' && !envelope_open(first, &w)))
        return false;
    if (first.data[0] == '{')
        return true;
    return first.size <= REPORT_MAX_SIZE &&
           memmem(first.data, first.size, PROFILE, sizeof PROFILE - 1) != NULL;
}

/* What runs is compared with the entries of the policy. */
static const char *const IDENTITY[] = {"mrenclave", "mrsigner", NULL};

const cc_verifier_t verifier_sim = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "sim",     "simulated device",
    IDENTITY,        sim_detects,           sim_verify};
