/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/states.h"
#include "base/detail.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

/* A value of a list, or a number. */
struct name {
    const char *name;
    const char *values[7]; /* NULL behind the last; none: a number */
    uint64_t least, most;  /* of a number */
};

enum { TCB, CERTIFICATE, CLOCK, CREATE, COUNTERS, DEVICE_DIES, ENCLAVE_DIES, SLOW, TOOL, COUNT };

static const struct name NAMES[COUNT] = {
    [TCB] = {"tcb",
             {"up_to_date", "hardening_needed", "configuration_needed", "out_of_date", "revoked"},
             0,
             0},
    [CERTIFICATE] = {"certificate", {"good", "expired", "other_root"}, 0, 0},
    [CLOCK] = {"clock", {NULL}, 0, STATES_CLOCK_MAX_S},
    [CREATE] = {"create", {"good", "no_memory", "no_thread"}, 0, 0},
    [COUNTERS] = {"counters", {"good", "full", "disk_full"}, 0, 0},
    [DEVICE_DIES] = {"device_dies", {NULL}, 1, STATES_STEP_MAX},
    [ENCLAVE_DIES] = {"enclave_dies", {NULL}, 1, STATES_STEP_MAX},
    [SLOW] = {"slow", {NULL}, 0, STATES_SLOW_MAX_MS},
    [TOOL] = {"unconfined_insecure", {"none", "asan", "ubsan", "valgrind"}, 0, 0},
};

static bool view_is(struct view text, const char *word)
{
    return view_equal(text, view_text(word));
}

static bool value_find(const struct name *name, struct view text, uint64_t *ret_value)
{
    char digits[24];

    for (uint64_t i = 0; name->values[i] != NULL; i++)
        if (view_is(text, name->values[i])) {
            *ret_value = i;
            return true;
        }
    if (name->values[0] != NULL || text.size == 0 || text.size >= sizeof digits ||
        memchr(text.data, '\0', text.size) != NULL)
        return false;
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    return number_parse(digits, name->most, ret_value) && *ret_value >= name->least;
}

/* A clock has a sign, before its number. */
static bool clock_find(struct view text, int64_t *ret_seconds)
{
    uint64_t seconds;

    if (text.size < 2 || (text.data[0] != '+' && text.data[0] != '-') ||
        !value_find(&NAMES[CLOCK], view_of(text.data + 1, text.size - 1), &seconds))
        return false;
    *ret_seconds = text.data[0] == '-' ? -(int64_t)seconds : (int64_t)seconds;
    return true;
}

static void value_put(struct states *states, int which, uint64_t value)
{
    switch (which) {
    case TCB:
        states->tcb = (enum states_tcb)(value + 1);
        break;
    case CERTIFICATE:
        states->certificate = (enum states_certificate)value;
        break;
    case CREATE:
        states->create = (enum states_create)value;
        break;
    case COUNTERS:
        states->counters = (enum states_counters)value;
        break;
    case DEVICE_DIES:
        states->device_dies = value;
        break;
    case ENCLAVE_DIES:
        states->enclave_dies = value;
        break;
    case SLOW:
        states->slow_ms = value;
        break;
    default:
        states->tool = (enum states_tool)value;
        break;
    }
}

/* "name=value", a name that was not there before. */
static bool word_take(struct view word, struct states *states, bool seen[static COUNT])
{
    const uint8_t *equals = word.size > 0 ? memchr(word.data, '=', word.size) : NULL;
    size_t size = equals != NULL ? (size_t)(equals - word.data) : 0;
    uint64_t value;
    int which = 0;

    while (which < COUNT && !view_is(view_of(word.data, size), NAMES[which].name))
        which++;
    if (equals == NULL || which == COUNT || seen[which])
        return false;
    seen[which] = true;
    word = view_of(equals + 1, word.size - size - 1);
    if (which == CLOCK)
        return clock_find(word, &states->clock_s);
    if (!value_find(&NAMES[which], word, &value))
        return false;
    value_put(states, which, value);
    return true;
}

static cc_enclave_result_t word_refuse(struct view word)
{
    char shown[48];
    size_t size = word.size < sizeof shown ? word.size : sizeof shown - 1;

    if (size > 0)
        memcpy(shown, word.data, size);
    shown[size] = '\0';
    for (char *c = shown; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return detail_fail(
        CC_ERROR_BAD_FORMAT,
        "states: \"%s\" is no state of a device, or its value is none, or it is there "
        "twice (docs/testing-failures.md)",
        shown);
}

cc_enclave_result_t states_decode(struct view text, struct states *ret_states)
{
    struct states states = {.tcb = STATES_TCB_NONE};
    bool seen[COUNT] = {false};
    size_t at = 0;

    if (text.size == 0 || text.size > STATES_TEXT_MAX)
        return detail_fail(CC_ERROR_BAD_FORMAT, "states: 1 to %d bytes expected, found %zu",
                           STATES_TEXT_MAX, text.size);
    while (at <= text.size) {
        const uint8_t *space = memchr(text.data + at, ' ', text.size - at);
        size_t end = space != NULL ? (size_t)(space - text.data) : text.size;
        struct view word = view_of(text.data + at, end - at);

        if (!word_take(word, &states, seen))
            return word_refuse(word);
        at = end + 1;
    }
    *ret_states = states;
    return CC_SUCCESS;
}

bool states_tidy(struct view text, char ret_text[static STATES_TEXT_ROOM])
{
    size_t size = 0;
    bool comment = false, gap = false;

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        comment = c == '#' || (comment && c != '\n');
        if (comment || c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            gap = true;
            continue;
        }
        if (size + 2 > STATES_TEXT_MAX)
            return false;
        if (gap && size > 0)
            ret_text[size++] = ' ';
        gap = false;
        ret_text[size++] = (char)c;
    }
    ret_text[size] = '\0';
    return true;
}

const char *states_tcb_name(enum states_tcb tcb)
{
    static const char *const names[] = {
        NULL, "UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "OutOfDate", "Revoked"};

    return (unsigned)tcb < sizeof names / sizeof names[0] ? names[tcb] : NULL;
}
