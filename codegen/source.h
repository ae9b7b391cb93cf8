/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * source.h - where a token stands in the user's own file, and the messages about it.
 *
 * Text comes from the preprocessor with its line markers, which name file and line. The column is
 * looked up in the user's line when a message is made: the preprocessor squeezes blanks, so the
 * same occurrence of the token is searched there.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_SOURCE_H
#define CODEGEN_SOURCE_H

#include "arena.h"

enum { ERRORS_MAX = 100 };

/* A file as the user wrote it; loaded when the first message needs it. */
struct source {
    const char *path;
    const char *data; /* NULL until loaded, or when it can not be read */
    size_t size;
    bool loaded;
    struct source *next;
};

/* What is lexed: preprocessed text that begins with a line feed the lexer does not see. */
struct input {
    const char *data;
    size_t size;
    struct source *source; /* the file the text was made from */
};

struct place {
    struct source *source; /* NULL: nowhere in particular */
    unsigned line;         /* in that file, from 1 */
    const char *at;        /* in the input's text */
    size_t size;           /* bytes to underline */
};

/* Everything of one run. */
struct session {
    struct arena arena;
    struct source *sources;
    struct lines messages; /* for stderr */
    struct lines notices;  /* for stdout: what secGear prints there */
    unsigned errors;
};

/* Whether one letter, two that changed places, or the case tell them apart. */
bool word_is_near(const char *a, const char *b);

/* " - did you mean `near'?", or nothing for NULL. */
const char *hint_text(struct session *session, const char *near);

struct source *session_source(struct session *session, const char *path);
void session_free(struct session *session);

void message_error(struct session *session, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void message_warning(struct session *session, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void message_note(struct session *session, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
