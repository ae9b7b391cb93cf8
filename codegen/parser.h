/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * parser.h - tokens to the model. After an error it goes on behind the next `;` or `}`, so that one
 * run reports all errors of a file. No recursion: EDL does not nest.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_PARSER_H
#define CODEGEN_PARSER_H

#include "lexer.h"
#include "model.h"

struct parser {
    struct session *session;
    struct lexer lexer;
    struct token token; /* the next one, not consumed */
    bool after_bad;     /* something that is no token stood before it, and was reported */
    bool end_reported;  /* the file ends too early: said once */
    struct edl *edl;
    struct function **functions_end; /* where the next one is linked */
    struct composite **composites_end;
    struct include **includes_end;
};

/* The file's model; look at session->errors whether it is whole. */
struct edl *edl_parse(struct session *session, struct input input);

/* Within the parser. */
void parser_advance(struct parser *p);
bool parser_is(const struct parser *p, const char *text);
bool parser_accept(struct parser *p, const char *text);
bool parser_expect(struct parser *p, const char *text);
bool parser_name(struct parser *p, const char *what, struct token *ret_token);
bool parser_unexpected(struct parser *p, const char *expected); /* reports; always false */
bool parse_type(struct parser *p, struct type *ret_type);
bool parse_field(struct parser *p, struct field **ret_field);
bool parse_attributes(struct parser *p, struct attributes *ret_attributes);
bool word_is_keyword(const char *text);
const char *keyword_near(const char *text);

#endif
