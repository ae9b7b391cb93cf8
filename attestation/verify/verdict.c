/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/verdict.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void verdict_init(struct cc_verify_result *v, const char *tee)
{
    memset(v, 0, offsetof(struct cc_verify_result, text)); /* the room needs none */
    v->tee = tee;
    v->verdict = CC_VERIFY_REFUSED;
    v->expiry_s = UINT64_MAX;
    v->expiry_what = "";
}

/* A copy with a zero byte behind; NULL: no room. */
static const char *text_keep(struct cc_verify_result *v, const void *data, size_t size)
{
    char *place = v->text + v->text_size;

    if (size >= sizeof v->text - v->text_size) {
        v->overflowed = true;
        return NULL;
    }
    if (size > 0)
        memcpy(place, data, size);
    place[size] = '\0';
    v->text_size += size + 1;
    return place;
}

/* Evidence may hold anything, and this is shown to people: one printable line. */
static const char *line_keep(struct cc_verify_result *v, const char *text, size_t size)
{
    const char *kept = text_keep(v, text, size);

    for (char *c = (char *)(uintptr_t)kept; kept != NULL && size > 0; c++, size--)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return kept;
}

static cc_verify_claim_t *claim_add(struct cc_verify_result *v, const char *name,
                                    cc_verify_kind_t kind)
{
    cc_verify_claim_t *claim = &v->claims[v->claim_count];
    size_t size = strnlen(name, VERDICT_NAME_MAX_SIZE + 1);

    if (v->claim_count == VERDICT_CLAIMS_MAX_COUNT || size > VERDICT_NAME_MAX_SIZE) {
        v->overflowed = true;
        return NULL;
    }
    *claim = (cc_verify_claim_t){.name = line_keep(v, name, size), .kind = kind};
    if (claim->name == NULL)
        return NULL;
    v->claim_count++;
    return claim;
}

static void on_bytes(void *context, const char *name, const void *data, size_t size)
{
    cc_verify_claim_t *claim = claim_add(context, name, CC_VERIFY_CLAIM_BYTES);

    if (claim == NULL)
        return;
    claim->data = (const uint8_t *)text_keep(context, data, size);
    claim->size = claim->data != NULL ? size : 0;
}

static void on_text(void *context, const char *name, const char *text, size_t size)
{
    cc_verify_claim_t *claim = claim_add(context, name, CC_VERIFY_CLAIM_TEXT);

    if (claim == NULL)
        return;
    claim->data = (const uint8_t *)line_keep(context, text, size);
    claim->size = claim->data != NULL ? size : 0;
}

static void on_number(void *context, const char *name, uint64_t value)
{
    cc_verify_claim_t *claim = claim_add(context, name, CC_VERIFY_CLAIM_NUMBER);

    if (claim != NULL)
        claim->number = value;
}

static void on_flag(void *context, const char *name, bool value)
{
    cc_verify_claim_t *claim = claim_add(context, name, CC_VERIFY_CLAIM_FLAG);

    if (claim != NULL)
        claim->number = value ? 1 : 0;
}

static void on_reason(void *context, cc_verify_severity_t severity, const char *rule,
                      const char *sentence)
{
    struct cc_verify_result *v = context;
    cc_verify_reason_t reason = {.severity = severity};

    /* Anything that is not one of the two lesser kinds counts as the worst. */
    if (severity != CC_VERIFY_NOTE && severity != CC_VERIFY_RULE) {
        v->broken = true;
        reason.severity = CC_VERIFY_BROKEN;
    }
    if (v->reason_count == VERDICT_REASONS_MAX_COUNT) {
        v->overflowed = true;
        return;
    }
    reason.rule = line_keep(v, rule, strnlen(rule, VERDICT_NAME_MAX_SIZE));
    reason.sentence = line_keep(v, sentence, strnlen(sentence, VERDICT_SENTENCE_ROOM));
    if (reason.rule != NULL && reason.sentence != NULL)
        v->reasons[v->reason_count++] = reason;
}

static void on_expires(void *context, const char *what, uint64_t at_s)
{
    struct cc_verify_result *v = context;

    if (at_s >= v->expiry_s)
        return;
    v->expiry_s = at_s;
    v->expiry_what = line_keep(v, what, strnlen(what, VERDICT_NAME_MAX_SIZE));
    if (v->expiry_what == NULL)
        v->expiry_what = "";
}

cc_verifier_sink_t verdict_sink(struct cc_verify_result *v)
{
    return (cc_verifier_sink_t){v, on_bytes, on_text, on_number, on_flag, on_reason, on_expires};
}

const cc_verify_claim_t *verdict_claim(const struct cc_verify_result *v, const char *name,
                                       size_t index)
{
    for (size_t i = 0; i < v->claim_count; i++)
        if (strcmp(v->claims[i].name, name) == 0 && index-- == 0)
            return &v->claims[i];
    return NULL;
}

void reason_say(const cc_verifier_sink_t *sink, cc_verify_severity_t severity, const char *rule,
                const char *format, ...)
{
    char sentence[VERDICT_SENTENCE_ROOM];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    sink->reason(sink->context, severity, rule, sentence);
}

void time_format(uint64_t seconds, char ret_text[TIME_TEXT_ROOM])
{
    time_t t = (time_t)(seconds < INT32_MAX * UINT64_C(64) ? seconds : 0);
    struct tm tm = {0};

    if (gmtime_r(&t, &tm) == NULL ||
        strftime(ret_text, TIME_TEXT_ROOM, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        ret_text[0] = '\0';
}

bool time_parse(struct view text, uint64_t *ret_seconds)
{
    static const char SHAPE[] = "0000-00-00T00:00:00Z";
    unsigned field[6] = {0};
    size_t at = 0;
    struct tm tm = {0};
    char again[TIME_TEXT_ROOM];
    time_t t;

    if (text.size != sizeof SHAPE - 1)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (SHAPE[i] != '0') {
            if (text.data[i] != (uint8_t)SHAPE[i])
                return false;
            at++;
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        field[at] = field[at] * 10 + (unsigned)(text.data[i] - '0');
    }
    tm.tm_year = (int)field[0] - 1900;
    tm.tm_mon = (int)field[1] - 1;
    tm.tm_mday = (int)field[2];
    tm.tm_hour = (int)field[3];
    tm.tm_min = (int)field[4];
    tm.tm_sec = (int)field[5];
    t = timegm(&tm);
    if (t < 0)
        return false;
    time_format((uint64_t)t, again); /* 31 February comes back as another day */
    if (!view_equal(view_text(again), text))
        return false;
    *ret_seconds = (uint64_t)t;
    return true;
}
