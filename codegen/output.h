/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * output.h - all files of a run, or none: texts are kept until every EDL file was good, go to
 * temporary files beside their targets, and are renamed when the last one is complete. A target
 * that would be the same, and is not older than what it is made from, stays as it is.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_OUTPUT_H
#define CODEGEN_OUTPUT_H

#include "arena.h"
#include <time.h>

struct output {
    const char *path;
    const char *temporary; /* NULL: not written yet */
    struct lines text;
    struct output *next;
};

struct outputs {
    struct arena *arena;
    struct output *first, *last;
};

/* The text that will become folder/name. */
struct lines *outputs_add(struct outputs *outputs, const char *folder, const char *name);
struct lines *outputs_path(struct outputs *outputs, const char *path);

/* The latest time of two or more files that outputs are made from; begins at zero. */
void newest_add(struct timespec *newest, const char *path);

/* Writes all; false after saying on stderr which one failed, nothing is left behind then. */
bool outputs_write(struct outputs *outputs, const struct timespec *newest);
void outputs_free(struct outputs *outputs);

#endif
