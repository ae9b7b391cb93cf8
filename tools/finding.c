/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "finding.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const STATES[] = {"ok", "note", "bad"};

/* What other programs and files say must not act upon a terminal. */
static void text_tame(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

void finding_add(struct findings *to, const char *topic, enum finding_state state,
                 const char *remedy, const char *format, ...)
{
    struct finding *finding = &to->list[to->count];
    va_list args;

    if (to->count >= FINDINGS_MAX)
        return;
    *finding = (struct finding){
        .topic = topic, .state = state, .remedy = state != FINDING_GOOD ? remedy : NULL};
    va_start(args, format);
    vsnprintf(finding->found, sizeof finding->found, format, args);
    va_end(args);
    text_tame(finding->found);
    to->count++;
}

size_t findings_bad(const struct findings *findings)
{
    size_t bad = 0;

    for (size_t i = 0; i < findings->count; i++)
        bad += findings->list[i].state == FINDING_BAD;
    return bad;
}

void findings_print(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];

        printf("  %-16s %-4s %s\n", f->topic, f->state == FINDING_BAD ? "BAD" : STATES[f->state],
               f->found);
        if (f->remedy != NULL)
            printf("  %-21s -> %s\n", "", f->remedy);
    }
}

json_t *findings_json(const struct findings *findings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        json_t *found = json_string(f->found);
        json_t *one =
            json_pack("{s:s, s:s, s:o, s:s*}", "topic", f->topic, "state", STATES[f->state],
                      "found", found != NULL ? found : json_null(), "remedy", f->remedy);

        if (one != NULL)
            json_array_append_new(list, one);
    }
    return list;
}
