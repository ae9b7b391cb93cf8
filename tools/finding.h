/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * finding.h - what `secgear doctor` finds out beside the device's protections: each with what was
 * found, and, where something is to be done, with what.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_FINDING_H
#define TOOLS_FINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum finding_state {
    FINDING_GOOD,
    FINDING_NOTE, /* something optional is missing */
    FINDING_BAD,  /* something does not work, or is not safe */
};

enum { FINDING_TEXT_ROOM = 320, FINDINGS_MAX = 48 };

struct finding {
    const char *topic;
    enum finding_state state;
    char found[FINDING_TEXT_ROOM];
    const char *remedy; /* NULL: nothing is to be done */
};

struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
};

/* The remedy is shown unless all is well. */
void finding_add(struct findings *to, const char *topic, enum finding_state state,
                 const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));
size_t findings_bad(const struct findings *findings);
void findings_print(const struct findings *findings);
json_t *findings_json(const struct findings *findings);

/* Who looks: doctor_tools.c (what programs are built with), doctor_machine.c (kernel, limits,
 * clock), doctor_files.c (installation, device's files and sockets). */
void doctor_tools(struct findings *findings);
void doctor_machine(struct findings *findings);
void doctor_files(struct findings *findings);

#endif
