/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lexer.h - preprocessed EDL text to tokens. Line markers of the preprocessor move the position.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_LEXER_H
#define CODEGEN_LEXER_H

#include "source.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* identifier or keyword */
    TOKEN_NUMBER, /* decimal */
    TOKEN_STRING, /* text without the quotes */
    TOKEN_MARK,   /* one of { } ( ) [ ] ; , = * */
    TOKEN_BAD     /* reported already */
};

struct token {
    enum token_kind kind;
    const char *text; /* NUL-terminated, in the arena */
    struct place place;
};

struct lexer {
    struct session *session;
    const char *at;
    const char *end;
    struct source *source; /* what the last line marker named */
    unsigned line;
    bool quiet;       /* the parser skips what it did not understand: one message is enough */
    bool cut;         /* a comment takes the rest of the file; reported */
    bool line_begins; /* nothing but blanks since the line feed */
};

struct lexer lexer_over(struct session *session, struct input input);
struct token lexer_next(struct lexer *lexer);

#endif
