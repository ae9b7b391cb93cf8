/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "lexer.h"
#include <ctype.h>
#include <string.h>

enum { LINE_MAX_NUMBER = 100000000 };

struct lexer lexer_over(struct session *session, struct input input)
{
    return (struct lexer){.session = session,
                          .at = input.data,
                          .end = input.data + input.size,
                          .source = input.source,
                          .line = 1,
                          .line_begins = true};
}

static int peek(const struct lexer *lexer, size_t ahead)
{
    return ahead < (size_t)(lexer->end - lexer->at) ? (unsigned char)lexer->at[ahead] : -1;
}

static struct place place_here(const struct lexer *lexer, size_t size)
{
    return (struct place){lexer->source, lexer->line, lexer->at, size};
}

static void line_skip(struct lexer *lexer)
{
    while (lexer->at < lexer->end && *lexer->at != '\n')
        lexer->at++;
}

/* The path in the quotes of a line marker, escapes undone. */
static void marker_path(struct lexer *lexer)
{
    struct lines path = {0};

    lexer->at++;
    while (peek(lexer, 0) >= 0 && peek(lexer, 0) != '"' && peek(lexer, 0) != '\n') {
        if (peek(lexer, 0) == '\\' && peek(lexer, 1) >= 0 && peek(lexer, 1) != '\n')
            lexer->at++;
        lines_put(&path, lexer->at, 1);
        lexer->at++;
    }
    if (path.size > 0 && memchr(path.data, '\0', path.size) == NULL)
        lexer->source = session_source(lexer->session, path.data);
    lines_free(&path);
}

/* `# 12 "file.edl"` or `#line 12 "file.edl"`; `#pragma` is skipped. False: something else. */
static bool marker_take(struct lexer *lexer)
{
    unsigned long line = 0;
    const char *begin = lexer->at;

    lexer->at++;
    while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
        lexer->at++;
    if (lexer->end - lexer->at >= 4 && memcmp(lexer->at, "line", 4) == 0)
        lexer->at += 4;
    else if (lexer->end - lexer->at >= 6 && memcmp(lexer->at, "pragma", 6) == 0) {
        line_skip(lexer);
        return true;
    }
    while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
        lexer->at++;
    if (!isdigit(peek(lexer, 0))) {
        lexer->at = begin;
        return false;
    }
    for (; isdigit(peek(lexer, 0)); lexer->at++)
        if (line < LINE_MAX_NUMBER)
            line = line * 10 + (unsigned long)(*lexer->at - '0');
    while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
        lexer->at++;
    if (peek(lexer, 0) == '"')
        marker_path(lexer);
    line_skip(lexer);
    lexer->line = (unsigned)line;
    if (lexer->at < lexer->end)
        lexer->at++; /* its line feed does not count: the marker names the next line */
    return true;
}

static void comment_take(struct lexer *lexer)
{
    struct place place = place_here(lexer, 2);

    if (peek(lexer, 1) == '/') {
        line_skip(lexer);
        return;
    }
    for (lexer->at += 2; lexer->at < lexer->end; lexer->at++) {
        if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            return;
        }
        if (*lexer->at == '\n')
            lexer->line++;
    }
    lexer->cut = true;
    message_error(lexer->session, place, "unterminated comment");
}

/* Blanks, comments, line markers. */
static void blanks_skip(struct lexer *lexer)
{
    for (;;) {
        int c = peek(lexer, 0);

        if (c == '\n') {
            lexer->line++;
            lexer->line_begins = true;
            lexer->at++;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            lexer->at++;
        } else if (c == '/' && (peek(lexer, 1) == '/' || peek(lexer, 1) == '*')) {
            comment_take(lexer);
        } else if (c != '#' || !lexer->line_begins || !marker_take(lexer)) {
            return;
        }
    }
}

static struct token token_make(struct lexer *lexer, enum token_kind kind, size_t size)
{
    struct token token = {kind, NULL, place_here(lexer, size)};

    token.text = arena_text(&lexer->session->arena, lexer->at, size);
    lexer->at += size;
    return token;
}

static struct token string_take(struct lexer *lexer)
{
    size_t size = 1;
    struct token token;

    while (peek(lexer, size) >= ' ' && peek(lexer, size) != '"')
        size++;
    if (peek(lexer, size) != '"') {
        token = token_make(lexer, TOKEN_BAD, size);
        message_error(lexer->session, token.place, "unterminated string");
        return token;
    }
    token = token_make(lexer, TOKEN_STRING, size + 1);
    token.text = arena_text(&lexer->session->arena, token.text + 1, size - 1);
    return token;
}

static struct token number_take(struct lexer *lexer)
{
    bool decimal = true;
    size_t size = 0;
    struct token token;

    for (; isalnum(peek(lexer, size)) || peek(lexer, size) == '_'; size++)
        decimal = decimal && isdigit(peek(lexer, size));
    token = token_make(lexer, TOKEN_NUMBER, size);
    if (!decimal) {
        if (!lexer->quiet)
            message_error(lexer->session, token.place,
                          "unexpected token: %s (numbers are decimal, without sign or suffix)",
                          token.text);
        token.text = "1"; /* so that the parser finds what it expects */
    }
    return token;
}

struct token lexer_next(struct lexer *lexer)
{
    struct token token;
    size_t size = 0;
    int c;

    blanks_skip(lexer);
    lexer->line_begins = false;
    c = peek(lexer, 0);
    if (c < 0)
        return token_make(lexer, TOKEN_END, 0);
    if (isdigit(c))
        return number_take(lexer);
    while (isalnum(peek(lexer, size)) || peek(lexer, size) == '_')
        size++;
    if (size > 0)
        return token_make(lexer, TOKEN_WORD, size);
    if (c == '"')
        return string_take(lexer);
    if (strchr("{}()[];,=*", c) != NULL && c != '\0')
        return token_make(lexer, TOKEN_MARK, 1);

    for (size = 1; peek(lexer, size) == c;) /* "..." is one mistake */
        size++;
    token = token_make(lexer, TOKEN_BAD, size);
    if (lexer->quiet)
        return token;
    if (c > ' ' && c < 127)
        message_error(lexer->session, token.place, "unexpected token: %s", token.text);
    else
        message_error(lexer->session, token.place, "unexpected character, code %d", c);
    return token;
}
