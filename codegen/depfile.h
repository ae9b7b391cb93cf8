/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * depfile.h - what a run read, as a rule for make and ninja: targets are the files that it writes,
 * prerequisites all EDL files and what the preprocessor included into them.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_DEPFILE_H
#define CODEGEN_DEPFILE_H

#include "output.h"
#include "source.h"

/*
 * Adds the file to the outputs. Without any output (--check, --dump-json) it is its own target.
 * Each prerequisite gets an empty rule, so that make goes on when one is removed.
 */
void depfile_make(struct session *session, const char *path, struct outputs *outputs);
/* The preprocessor's own names, like <built-in>, are none. */
bool source_is_file(const struct source *source);

#endif
