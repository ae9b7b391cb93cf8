/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * dump.h - the checked model as JSON (docs/edl.md), for tools that want to know what an EDL file
 * says without reading EDL.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_DUMP_H
#define CODEGEN_DUMP_H

#include "rules.h"

enum { DUMP_VERSION = 1 };

/* The parts of one document: begin, each file, end. */
void dump_begin(struct lines *to, enum mode mode);
void dump_edl(struct lines *to, const struct edl *edl);
void dump_end(struct lines *to);

/* A text in quotes; what is no UTF-8 becomes U+FFFD. */
void dump_text(struct lines *to, const char *text);

#endif
