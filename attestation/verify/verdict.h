/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verdict.h - what judging evidence yields: claims and reasons in bounded room, and how verifiers
 * put them there. What does not fit refuses the evidence: nothing is dropped in silence.
 *
 * Layer: attestation/verify. Threads: one per verdict.
 */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "base/bytes.h"
#include "secgear_verify.h"

enum {
    VERDICT_CLAIMS_MAX_COUNT = 256,
    VERDICT_REASONS_MAX_COUNT = 48,
    VERDICT_NAME_MAX_SIZE = 64,
    VERDICT_TEXT_ROOM = 48 << 10,
    VERDICT_SENTENCE_ROOM = 400,
};

struct cc_verify_result {
    const char *tee;
    cc_verify_verdict_t verdict;
    cc_verify_vector_t vector;
    uint64_t expiry_s;
    const char *expiry_what;
    cc_verify_claim_t claims[VERDICT_CLAIMS_MAX_COUNT];
    size_t claim_count;
    cc_verify_reason_t reasons[VERDICT_REASONS_MAX_COUNT];
    size_t reason_count;
    bool broken;      /* some reason is CC_VERIFY_BROKEN */
    bool overflowed;  /* something did not fit */
    bool entered;     /* the policy's own entry decided what runs, and whether under debug */
    size_t text_size; /* of text that is used */
    char text[VERDICT_TEXT_ROOM];
};

void verdict_init(struct cc_verify_result *v, const char *tee);
cc_verifier_sink_t verdict_sink(struct cc_verify_result *v);

/* The index-th claim of that name; NULL: none. */
const cc_verify_claim_t *verdict_claim(const struct cc_verify_result *v, const char *name,
                                       size_t index);

/* Formatted, into a sink: what verifiers say. */
void reason_say(const cc_verifier_sink_t *sink, cc_verify_severity_t severity, const char *rule,
                const char *format, ...) __attribute__((format(printf, 4, 5), cold));
#define BROKEN(sink, rule, ...) reason_say(sink, CC_VERIFY_BROKEN, rule, __VA_ARGS__)
/* The same, and false, for checks that end in it. */
#define FAIL(sink, rule, ...) (reason_say(sink, CC_VERIFY_BROKEN, rule, __VA_ARGS__), false)

static inline void claim_view(const cc_verifier_sink_t *sink, const char *name, struct view v)
{
    sink->bytes(sink->context, name, v.data, v.size);
}

static inline void claim_text(const cc_verifier_sink_t *sink, const char *name, struct view v)
{
    sink->text(sink->context, name, (const char *)v.data, v.size);
}

static inline void claim_number(const cc_verifier_sink_t *sink, const char *name, uint64_t value)
{
    sink->number(sink->context, name, value);
}

static inline void claim_flag(const cc_verifier_sink_t *sink, const char *name, bool value)
{
    sink->flag(sink->context, name, value);
}

/* 2026-11-21T10:00:00Z */
enum { TIME_TEXT_ROOM = 24 };
void time_format(uint64_t seconds, char ret_text[TIME_TEXT_ROOM]);
/* Exactly that form. */
bool time_parse(struct view text, uint64_t *ret_seconds) __attribute__((warn_unused_result));

#endif
