/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * json.h - the checked model as JSON (docs/edl.md), for tools that want to know what an EDL file
 * says without reading EDL.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_JSON_H
#define CODEGEN_JSON_H

#include "rules.h"

enum { JSON_VERSION = 1 };

/* The parts of one document: begin, each file, end. */
void json_begin(struct lines *to, enum mode mode);
void json_edl(struct lines *to, const struct edl *edl);
void json_end(struct lines *to);

/* A text in quotes; what is no UTF-8 becomes U+FFFD. */
void json_string(struct lines *to, const char *text);

#endif
