/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tee_rules.c - the rules of tee_policy.h, one function each. Layer: attestation/verify. */
#include "base/text.h"
#include "verify/tee_policy.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CLOCK_SKEW_S = 300, SHOWN_BYTES = 64, SHOWN_ROOM = 2 * SHOWN_BYTES + 4 };

struct check {
    const struct tee_rules *rules; /* NULL: no policy */
    const cc_verifier_t *verifier;
    const cc_verify_input_t *input;
    struct cc_verify_result *v;
    cc_verifier_sink_t sink;
};

const struct tee_rules tee_rules_none = {.warn_before_s = TEE_POLICY_WARN_BEFORE_S};

static json_t *rule_get(const struct check *c, const char *key)
{
    return c->rules != NULL ? json_object_get(c->rules->json, key) : NULL;
}

static bool list_names(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            return true;
    return false;
}

static const char *claim_show(const cc_verify_claim_t *claim, char room[static SHOWN_ROOM])
{
    if (claim->kind == CC_VERIFY_CLAIM_BYTES) {
        bool cut = claim->size > SHOWN_BYTES;

        hex_format(view_of(claim->data, cut ? SHOWN_BYTES : claim->size), room);
        if (cut)
            memcpy(room + 2 * SHOWN_BYTES, "...", sizeof "...");
        return room;
    }
    if (claim->kind == CC_VERIFY_CLAIM_TEXT)
        snprintf(room, SHOWN_ROOM, "\"%.100s\"", (const char *)claim->data);
    else if (claim->kind == CC_VERIFY_CLAIM_FLAG)
        snprintf(room, SHOWN_ROOM, "%s", claim->number != 0 ? "true" : "false");
    else
        snprintf(room, SHOWN_ROOM, "%" PRIu64, claim->number);
    return room;
}

static bool hex_equals(const char *text, const cc_verify_claim_t *claim)
{
    size_t size = strlen(text);

    if (size != 2 * claim->size)
        return false;
    for (size_t i = 0; i < claim->size; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        uint8_t byte;

        if (!hex_parse(digits, &byte, 1) || byte != claim->data[i])
            return false;
    }
    return true;
}

static bool value_equals(const json_t *value, const cc_verify_claim_t *claim)
{
    const char *text = json_string_value(value);

    switch (claim->kind) {
    case CC_VERIFY_CLAIM_BYTES:
        return text != NULL && hex_equals(text, claim);
    case CC_VERIFY_CLAIM_TEXT:
        return text != NULL && view_equal(view_text(text), view_of(claim->data, claim->size));
    case CC_VERIFY_CLAIM_NUMBER:
        return json_is_integer(value) && (uint64_t)json_integer_value(value) == claim->number;
    case CC_VERIFY_CLAIM_FLAG:
        return json_is_boolean(value) && json_is_true(value) == (claim->number != 0);
    }
    return false;
}

static bool value_lists(const json_t *value, const cc_verify_claim_t *claim)
{
    if (!json_is_array(value))
        return value_equals(value, claim);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (value_equals(json_array_get(value, i), claim))
            return true;
    return false;
}

/* Every claim of that name has one of the values, and there is one. */
static void claims_check(const struct check *c)
{
    const char *name;
    json_t *value;
    char room[SHOWN_ROOM];

    json_object_foreach(rule_get(c, "claims"), name, value)
    {
        const cc_verify_claim_t *claim = verdict_claim(c->v, name, 0);

        if (claim == NULL)
            BROKEN(&c->sink, name,
                   "%.60s: one of the values of the policy expected, found no such "
                   "claim in the evidence",
                   name);
        for (size_t i = 0; claim != NULL; claim = verdict_claim(c->v, name, ++i))
            if (!value_lists(value, claim))
                BROKEN(&c->sink, name,
                       "%.60s: one of the %zu values of the policy expected, found %s", name,
                       json_is_array(value) ? json_array_size(value) : (size_t)1,
                       claim_show(claim, room));
    }
}

/* Every claim of that name is a number that reaches it, and there is one. */
static void minimums_check(const struct check *c)
{
    const char *name;
    json_t *value;

    json_object_foreach(rule_get(c, "min"), name, value)
    {
        const cc_verify_claim_t *claim = verdict_claim(c->v, name, 0);
        const json_int_t least = json_integer_value(value);

        for (size_t i = 1; claim != NULL && claim->kind == CC_VERIFY_CLAIM_NUMBER &&
                           claim->number >= (uint64_t)least;
             i++) {
            const cc_verify_claim_t *next = verdict_claim(c->v, name, i);

            if (next == NULL)
                break;
            claim = next;
        }
        if (claim == NULL || claim->kind != CC_VERIFY_CLAIM_NUMBER)
            BROKEN(&c->sink, name,
                   "%.60s: %" JSON_INTEGER_FORMAT
                   " or more expected, found no such number in the evidence",
                   name, least);
        else if (claim->number < (uint64_t)least)
            BROKEN(&c->sink, name,
                   "%.60s: %" JSON_INTEGER_FORMAT " or more expected, found %" PRIu64, name, least,
                   claim->number);
    }
}

static void requires_check(const struct check *c)
{
    const json_t *list = rule_get(c, "require");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const cc_verify_claim_t *claim = verdict_claim(c->v, name, 0);

        if (claim == NULL || claim->kind != CC_VERIFY_CLAIM_FLAG || claim->number == 0)
            BROKEN(&c->sink, name, "%.60s: required by the policy, found %s", name,
                   claim == NULL ? "nothing" : "that it does not hold");
    }
}

static void identity_check(const struct check *c)
{
    const json_t *claims = rule_get(c, "claims");
    const char *const *name = c->verifier->identity;

    if (c->v->entered)
        return;
    while (*name != NULL && json_object_get(claims, *name) == NULL)
        name++;
    if (*name == NULL)
        reason_say(&c->sink, CC_VERIFY_RULE, "identity",
                   "identity: the policy pins no claim that says what runs (such as %s)",
                   c->verifier->identity[0] != NULL ? c->verifier->identity[0]
                                                    : "none of this type");
}

static void debug_check(const struct check *c)
{
    const cc_verify_claim_t *claim = verdict_claim(c->v, "debug", 0);

    if (claim == NULL || claim->kind != CC_VERIFY_CLAIM_FLAG)
        BROKEN(&c->sink, "debug", "debug: a statement expected, found none in the evidence");
    else if (claim->number != 0 && !c->v->entered)
        reason_say(&c->sink, CC_VERIFY_RULE, "debug",
                   "debug: a production TEE expected, found one whose owner may read its memory");
}

/* What is longer than expected must be padded with zeros: report data is of a fixed size. */
static bool nonce_matches(struct view want, const cc_verify_claim_t *found)
{
    uint8_t rest = 0;

    if (found->size < want.size)
        return false;
    for (size_t i = want.size; i < found->size; i++)
        rest |= found->data[i];
    return rest == 0 && equal_ct(view_of(found->data, want.size), want);
}

static void nonce_check(const struct check *c)
{
    const cc_verify_claim_t *found = verdict_claim(c->v, "nonce", 0);
    struct view want = view_of(c->input->nonce, c->input->nonce_size);

    if (c->input->nonce == NULL)
        reason_say(&c->sink, CC_VERIFY_RULE, "nonce",
                   "nonce: none was given, so the evidence may be old or another's");
    else if (found == NULL || want.size == 0 || !nonce_matches(want, found))
        BROKEN(&c->sink, "nonce",
               "nonce: the evidence is not about this request (replayed, or another's)");
}

static void age_check(const struct check *c)
{
    const cc_verify_claim_t *issued = verdict_claim(c->v, "issued_at", 0);
    uint64_t now = c->input->now_s;

    if (c->rules == NULL || !c->rules->has_max_age)
        return;
    if (issued == NULL || issued->kind != CC_VERIFY_CLAIM_NUMBER)
        BROKEN(&c->sink, "max_age_s", "max_age_s: a date expected, found none in the evidence");
    else if (issued->number > now + CLOCK_SKEW_S)
        BROKEN(&c->sink, "max_age_s", "max_age_s: issued %" PRIu64 " s in the future",
               issued->number - now);
    else if (issued->number < now && now - issued->number > c->rules->max_age_s)
        BROKEN(&c->sink, "max_age_s", "max_age_s: %" PRIu64 " expected, found %" PRIu64,
               c->rules->max_age_s, now - issued->number);
}

/* An advisory that the policy accepts until a date; without a list, the status alone decides. */
static void advisories_check(const struct check *c)
{
    json_t *accepted = rule_get(c, "advisories");
    const cc_verify_claim_t *a;

    for (size_t i = 0; accepted != NULL && (a = verdict_claim(c->v, "advisory", i)) != NULL; i++) {
        const char *until = json_string_value(json_object_get(accepted, (const char *)a->data));
        uint64_t end_s = 0;

        if (until == NULL || !time_parse(view_text(until), &end_s))
            BROKEN(&c->sink, "advisories", "advisories: %.40s is not accepted by the policy",
                   (const char *)a->data);
        else if (c->input->now_s > end_s)
            BROKEN(&c->sink, "advisories", "advisories: %.40s was accepted until %s",
                   (const char *)a->data, until);
        else
            c->sink.expires(c->v, (const char *)a->data, end_s);
    }
}

static void status_check(const struct check *c)
{
    const json_t *allowed = rule_get(c, "tcb_status");
    const cc_verify_claim_t *status = verdict_claim(c->v, "tcb_status", 0);
    const char *found = status != NULL ? (const char *)status->data : NULL;

    if (found == NULL && allowed != NULL)
        BROKEN(&c->sink, "tcb_status", "tcb_status: one expected, found none in the evidence");
    if (found == NULL)
        return;
    if (allowed != NULL ? !list_names(allowed, found) : strcmp(found, "UpToDate") != 0)
        BROKEN(&c->sink, "tcb_status", "tcb_status: %s expected, found %s",
               allowed != NULL ? "one that the policy lists" : "UpToDate", found);
    advisories_check(c);
}

/* A rule that the policy tolerates by name becomes a note; any other refuses. */
static bool reasons_settle(const struct check *c)
{
    const json_t *tolerated = rule_get(c, "tolerate_insecure");
    bool refused = c->v->broken || c->v->overflowed;

    for (size_t i = 0; i < c->v->reason_count; i++) {
        cc_verify_reason_t *r = &c->v->reasons[i];
        /* Without a policy, what runs and how fresh it is are the caller's to judge. */
        bool pinned = json_object_get(rule_get(c, "claims"), r->rule) != NULL; /* decided there */
        bool open =
            c->rules == NULL && (strcmp(r->rule, "identity") == 0 || strcmp(r->rule, "nonce") == 0);

        if (r->severity != CC_VERIFY_RULE)
            continue;
        if (open || pinned || list_names(tolerated, r->rule))
            r->severity = CC_VERIFY_NOTE;
        else
            refused = true;
    }
    return refused;
}

static bool reasons_have(const struct cc_verify_result *v, const char *rule)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (strcmp(v->reasons[i].rule, rule) == 0)
            return true;
    return false;
}

/* AR4SI, 2.3: 2 affirming, 32 and up warning, 96 and up against, 99 a cryptographic failure. */
static void vector_fill(const struct check *c, bool genuine)
{
    const cc_verify_claim_t *debug = verdict_claim(c->v, "debug", 0);
    const cc_verify_claim_t *status = verdict_claim(c->v, "tcb_status", 0);
    bool pinned = !reasons_have(c->v, "identity");
    cc_verify_vector_t *t = &c->v->vector;
    const char *name;
    json_t *value;

    if (!genuine) {
        t->instance_identity = t->hardware = t->executables = 99;
        return;
    }
    t->instance_identity = 2; /* trustworthy instance */
    t->hardware = 2;          /* genuine */
    if (status != NULL && strcmp((const char *)status->data, "UpToDate") != 0)
        t->hardware = strcmp((const char *)status->data, "Revoked") == 0 ? 96 : 32;
    t->configuration = debug != NULL && debug->number != 0 ? 96 : 2;
    t->runtime_opaque = debug != NULL && debug->number != 0 ? 96 : 2;
    t->executables = pinned ? 2 : 0;
    json_object_foreach(rule_get(c, "claims"), name, value)
    {
        if (reasons_have(c->v, name))
            t->executables = 33; /* not recognised */
    }
}

static void expiry_warn(const struct check *c)
{
    uint64_t before = c->rules != NULL ? c->rules->warn_before_s : TEE_POLICY_WARN_BEFORE_S;
    uint64_t now = c->input->now_s;
    char when[TIME_TEXT_ROOM];

    if (c->v->expiry_s == UINT64_MAX || c->v->expiry_s < now || c->v->expiry_s - now > before)
        return;
    time_format(c->v->expiry_s, when);
    reason_say(&c->sink, CC_VERIFY_NOTE, "expiry", "expiry: %.60s ends at %s", c->v->expiry_what,
               when);
}

void tee_rules_apply(const struct tee_rules *rules, const cc_verifier_t *verifier,
                     const cc_verify_input_t *input, struct cc_verify_result *v)
{
    const struct check c = {rules, verifier, input, v, verdict_sink(v)};
    bool genuine = !v->broken && !v->overflowed;
    bool refused;

    if (v->overflowed)
        BROKEN(&c.sink, "size", "size: the evidence makes more claims than a result holds");
    debug_check(&c);
    nonce_check(&c);
    age_check(&c);
    status_check(&c);
    identity_check(&c);
    claims_check(&c);
    minimums_check(&c);
    requires_check(&c);
    vector_fill(&c, genuine);
    expiry_warn(&c);
    refused = reasons_settle(&c);
    if (refused)
        v->verdict = CC_VERIFY_REFUSED;
    else
        v->verdict = v->reason_count > 0 ? CC_VERIFY_WARNED : CC_VERIFY_ACCEPTED;
}
