/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "parser.h"
#include <stdio.h>
#include <string.h>

void parser_advance(struct parser *p)
{
    p->after_bad = false;
    while ((p->token = lexer_next(&p->lexer)).kind == TOKEN_BAD)
        p->after_bad = true;
}

bool parser_is(const struct parser *p, const char *text)
{
    return (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_MARK) &&
           p->token.text[0] == text[0] && strcmp(p->token.text, text) == 0;
}

bool parser_accept(struct parser *p, const char *text)
{
    if (!parser_is(p, text))
        return false;
    parser_advance(p);
    return true;
}

bool parser_unexpected(struct parser *p, const char *expected)
{
    bool silent = p->after_bad || (p->token.kind == TOKEN_END && (p->end_reported || p->lexer.cut));

    p->end_reported = p->end_reported || p->token.kind == TOKEN_END;
    if (silent)
        return false;
    if (p->token.kind == TOKEN_END)
        message_error(p->session, p->token.place, "unexpected token: end of file, expected %s",
                      expected);
    else
        message_error(
            p->session, p->token.place, "unexpected token: %s, expected %s%s", p->token.text,
            expected,
            hint_text(p->session, p->token.kind == TOKEN_WORD && !word_is_keyword(p->token.text)
                                      ? keyword_near(p->token.text)
                                      : NULL));
    return false;
}

bool parser_expect(struct parser *p, const char *text)
{
    char expected[32];

    if (parser_accept(p, text))
        return true;
    snprintf(expected, sizeof expected, "`%s'", text);
    return parser_unexpected(p, expected);
}

/* Behind the next `;` that closes what went wrong, or before the `}` that does. */
static void parser_recover(struct parser *p)
{
    unsigned depth = 0;

    p->lexer.quiet = true;
    for (; p->token.kind != TOKEN_END; parser_advance(p)) {
        if (depth == 0 && (parser_is(p, "}") || parser_is(p, ";")))
            break;
        if (parser_is(p, "{"))
            depth++;
        else if (parser_is(p, "}"))
            depth--;
    }
    p->lexer.quiet = false;
    p->after_bad = false;
    parser_accept(p, ";");
}

static bool parse_string(struct parser *p, const char *what, struct token *ret_token)
{
    if (p->token.kind != TOKEN_STRING || p->token.text[0] == '\0')
        return parser_unexpected(p, what);
    *ret_token = p->token;
    parser_advance(p);
    return true;
}

/* include "header.h" */
static bool parse_include(struct parser *p, enum scope scope)
{
    struct token header = {0};
    struct include *include;

    parser_advance(p);
    if (!parse_string(p, "a header in quotes", &header))
        return false;
    include = arena_alloc(&p->session->arena, sizeof *include);
    *include = (struct include){.header = header.text, .scope = scope};
    *p->includes_end = include;
    p->includes_end = &include->next;
    return true;
}

static bool parse_word(struct parser *p, const char *what, struct word ***end)
{
    struct token name;
    struct word *word;

    if (!parser_name(p, what, &name))
        return false;
    word = arena_alloc(&p->session->arena, sizeof *word);
    *word = (struct word){name.text, name.place, NULL};
    **end = word;
    *end = &word->next;
    return true;
}

/* from "file.edl" import *;   from "file.edl" import f, g; */
static bool parse_import(struct parser *p)
{
    struct import *import = arena_alloc(&p->session->arena, sizeof *import);
    struct word **end = &import->names;
    struct token path = {0};

    parser_advance(p);
    if (!parse_string(p, "an EDL file in quotes", &path) || !parser_expect(p, "import"))
        return false;
    import->path = path.text;
    import->place = path.place;
    if (!parser_accept(p, "*"))
        do {
            if (!parse_word(p, "a function's name or `*'", &end))
                return false;
        } while (parser_accept(p, ","));
    LIST_APPEND(p->edl->imports, import);
    return parser_expect(p, ";");
}

static bool parse_members(struct parser *p, struct composite *composite)
{
    struct field **end = &composite->fields;
    unsigned count = 0;
    bool failed = false;

    while (!parser_is(p, "}") && p->token.kind != TOKEN_END) {
        struct field *field;

        if (!parse_field(p, &field) || !parser_expect(p, ";")) {
            parser_recover(p);
            failed = true;
            continue;
        }
        if (++count > MEMBERS_MAX) {
            message_error(p->session, field->place, "more than %d members", MEMBERS_MAX);
            return false;
        }
        *end = field;
        end = &field->next;
    }
    if (composite->fields == NULL && !failed)
        return parser_unexpected(p, "a member");
    return true;
}

static bool parse_enumerators(struct parser *p, struct composite *composite)
{
    struct enumerator **end = &composite->enumerators;

    do {
        struct enumerator *enumerator = arena_alloc(&p->session->arena, sizeof *enumerator);
        struct token name;

        if (!parser_name(p, "an enumerator", &name))
            return false;
        *enumerator = (struct enumerator){.name = name.text, .place = name.place};
        if (parser_accept(p, "=")) {
            if (p->token.kind != TOKEN_NUMBER &&
                (p->token.kind != TOKEN_WORD || word_is_keyword(p->token.text)))
                return parser_unexpected(p, "a decimal number or a name");
            enumerator->value = p->token.text;
            parser_advance(p);
        }
        *end = enumerator;
        end = &enumerator->next;
    } while (parser_accept(p, ","));
    return true;
}

/* struct N { ... };   union N { ... };   enum [N] { ... }; */
static bool parse_composite(struct parser *p, enum type_kind kind)
{
    struct composite *composite = arena_alloc(&p->session->arena, sizeof *composite);
    struct token name = p->token;
    bool ok;

    composite->kind = kind;
    composite->place = name.place;
    parser_advance(p);
    if (kind != TYPE_ENUM || !parser_is(p, "{")) {
        if (!parser_name(p, "a name", &name))
            return false;
        composite->name = name.text;
        composite->place = name.place;
    }
    if (!parser_expect(p, "{"))
        return false;
    ok = kind == TYPE_ENUM ? parse_enumerators(p, composite) : parse_members(p, composite);
    if (ok && !parser_is(p, "}"))
        ok = parser_unexpected(p, kind == TYPE_ENUM ? "`,' or `}'" : "`}'");
    while (!ok && p->token.kind != TOKEN_END && !parser_is(p, "}"))
        parser_recover(p);
    if (!parser_expect(p, "}"))
        return false;
    *p->composites_end = composite;
    p->composites_end = &composite->next;
    return parser_expect(p, ";");
}

/* f(params) */
static bool parse_params(struct parser *p, struct function *function)
{
    struct field **end = &function->params;
    unsigned count = 0;

    if (!parser_expect(p, "("))
        return false;
    if (parser_accept(p, ")"))
        return true;
    do {
        struct field *field;

        if (!parse_field(p, &field))
            return false;
        if (field->name == NULL) { /* `void` alone */
            if (function->params == NULL && parser_accept(p, ")"))
                return true;
            return parser_unexpected(p, "a parameter's name");
        }
        if (++count > PARAMS_MAX) {
            message_error(p->session, field->place, "more than %d parameters", PARAMS_MAX);
            return false;
        }
        *end = field;
        end = &field->next;
    } while (parser_accept(p, ","));
    return parser_expect(p, ")");
}

static bool parse_convention(struct parser *p, struct function *function)
{
    static const struct {
        const char *word, *shown;
        enum convention convention;
    } ROWS[] = {{"cdecl", "CDECL", CALL_CDECL},
                {"stdcall", "STDCALL", CALL_STDCALL},
                {"fastcall", "FASTCALL", CALL_FASTCALL}};
    const char *near = NULL;
    struct token word;

    if (!parser_name(p, "a function attribute", &word))
        return false;
    if (strcmp(word.text, "dllimport") == 0) {
        function->dllimport = true;
        return true;
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (strcmp(word.text, ROWS[i].word) != 0)
            continue;
        if (function->convention != CALL_PLAIN && function->convention != ROWS[i].convention)
            message_error(p->session, word.place, "unexpected `%s',  conflict with `%s'.",
                          word.text, ROWS[function->convention - CALL_CDECL].shown);
        function->convention = ROWS[i].convention;
        return true;
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0] && near == NULL; i++)
        near = word_is_near(word.text, ROWS[i].word) ? ROWS[i].word : NULL;
    message_error(p->session, word.place, "invalid function attribute: %s%s", word.text,
                  hint_text(p->session, near));
    return true;
}

/* allow(f, g)   propagate_errno   transition_using_threads */
static bool parse_suffixes(struct parser *p, struct function *function)
{
    struct word **end = &function->allow;

    if (!function->trusted && parser_is(p, "allow")) {
        function->allow_place = p->token.place;
        parser_advance(p);
        if (!parser_expect(p, "("))
            return false;
        while (!parser_accept(p, ")"))
            if ((function->allow != NULL && !parser_expect(p, ",")) ||
                !parse_word(p, "a trusted function's name", &end))
                return false;
    }
    for (;;) {
        if (!function->switchless && parser_accept(p, "transition_using_threads"))
            function->switchless = true;
        else if (!function->trusted && !function->propagate_errno &&
                 parser_accept(p, "propagate_errno"))
            function->propagate_errno = true;
        else
            return true;
    }
}

static bool parse_function(struct parser *p, bool trusted)
{
    struct function *function = arena_alloc(&p->session->arena, sizeof *function);
    struct token name;

    function->trusted = trusted;
    if (parser_is(p, "private")) {
        message_error(p->session, p->token.place,
                      "unexpected token: private - a function without `public' is private");
        function->is_public = true; /* one message is enough */
        parser_advance(p);
    }
    if (trusted && parser_accept(p, "public"))
        function->is_public = true;
    if (!trusted && parser_accept(p, "[")) {
        do {
            if (!parse_convention(p, function))
                return false;
        } while (parser_accept(p, ","));
        if (!parser_expect(p, "]"))
            return false;
    }
    if (!parse_type(p, &function->result))
        return false;
    if (function->result.kind == TYPE_FOREIGN && p->token.kind == TOKEN_WORD &&
        word_is_keyword(p->token.text) && word_is_near(function->result.text, "public")) {
        message_error(p->session, function->result.place,
                      "unexpected token: %s - did you mean `public'?", function->result.text);
        return false;
    }
    if (!parser_name(p, "a function's name", &name))
        return false;
    function->name = name.text;
    function->place = name.place;
    if (parser_is(p, "[")) {
        message_error(p->session, p->token.place,
                      "%s: returning an array is not supported - use pointer instead.", name.text);
        return false;
    }
    if (!parse_params(p, function) || !parse_suffixes(p, function))
        return false;
    *p->functions_end = function;
    p->functions_end = &function->next;
    return parser_expect(p, ";");
}

/* trusted { ... };   untrusted { ... }; */
static bool parse_section(struct parser *p, bool trusted)
{
    parser_advance(p);
    if (!parser_expect(p, "{"))
        return false;
    while (p->token.kind != TOKEN_END && !parser_is(p, "}")) {
        bool ok = parser_is(p, "include")
                      ? parse_include(p, trusted ? SCOPE_TRUSTED : SCOPE_UNTRUSTED)
                      : parse_function(p, trusted);

        if (!ok)
            parser_recover(p);
    }
    return parser_expect(p, "}") && parser_expect(p, ";");
}

static bool parse_item(struct parser *p)
{
    if (parser_is(p, "include"))
        return parse_include(p, SCOPE_FILE);
    if (parser_is(p, "from"))
        return parse_import(p);
    if (parser_is(p, "struct"))
        return parse_composite(p, TYPE_STRUCT);
    if (parser_is(p, "union"))
        return parse_composite(p, TYPE_UNION);
    if (parser_is(p, "enum"))
        return parse_composite(p, TYPE_ENUM);
    if (parser_is(p, "trusted"))
        return parse_section(p, true);
    if (parser_is(p, "untrusted"))
        return parse_section(p, false);
    return parser_unexpected(
        p, "include, from, struct, union, enum, trusted, untrusted or the closing `}'");
}

struct edl *edl_parse(struct session *session, struct input input)
{
    struct edl *edl = arena_alloc(&session->arena, sizeof *edl);
    struct parser p = {.session = session,
                       .lexer = lexer_over(session, input),
                       .edl = edl,
                       .functions_end = &edl->functions,
                       .composites_end = &edl->composites,
                       .includes_end = &edl->includes};

    edl->path = input.source->path;
    parser_advance(&p);
    if (!parser_expect(&p, "enclave") || !parser_expect(&p, "{"))
        return edl;
    while (p.token.kind != TOKEN_END && !parser_is(&p, "}"))
        if (!parse_item(&p)) {
            struct token stuck = p.token;

            parser_recover(&p);
            if (parser_is(&p, "}") && stuck.place.at == p.token.place.at) {
                parser_advance(&p); /* the `}` of a broken section, most likely */
                parser_accept(&p, ";");
                if (p.token.kind == TOKEN_END)
                    return edl;
            }
        }
    if (parser_expect(&p, "}") && parser_expect(&p, ";") && p.token.kind != TOKEN_END)
        parser_unexpected(&p, "the end of the file");
    return edl;
}
