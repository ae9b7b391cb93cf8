/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * field.c - the part of the parser that reads parameters and members: attributes, type, name.
 */
#include "parser.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum type_kind kind;
} TYPE_WORDS[] = {
    {"void", TYPE_VOID},        {"float", TYPE_FLOAT},      {"double", TYPE_FLOAT},
    {"wchar_t", TYPE_WCHAR},    {"size_t", TYPE_INTEGER},   {"int8_t", TYPE_INTEGER},
    {"int16_t", TYPE_INTEGER},  {"int32_t", TYPE_INTEGER},  {"int64_t", TYPE_INTEGER},
    {"uint8_t", TYPE_INTEGER},  {"uint16_t", TYPE_INTEGER}, {"uint32_t", TYPE_INTEGER},
    {"uint64_t", TYPE_INTEGER},
};

static const char *const KEYWORDS[] = {"char",
                                       "short",
                                       "unsigned",
                                       "int",
                                       "long",
                                       "struct",
                                       "union",
                                       "enum",
                                       "enclave",
                                       "trusted",
                                       "untrusted",
                                       "from",
                                       "import",
                                       "allow",
                                       "public",
                                       "include",
                                       "propagate_errno",
                                       "const",
                                       "transition_using_threads"};

/* The word of the language that the user may have meant. */
const char *keyword_near(const char *text)
{
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof KEYWORDS[0]; i++)
        if (word_is_near(text, KEYWORDS[i]))
            return KEYWORDS[i];
    return NULL;
}

/* Each name is looked up in all the lists, so most words are told apart by their first letter. */
static bool word_is(const char *text, const char *word)
{
    return text[0] == word[0] && strcmp(text, word) == 0;
}

static bool word_among(const char *text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word_is(text, words[i]))
            return true;
    return false;
}

#define WORD_AMONG(text, words) word_among(text, words, sizeof(words) / sizeof(words)[0])

bool word_is_keyword(const char *text)
{
    for (size_t i = 0; i < sizeof TYPE_WORDS / sizeof TYPE_WORDS[0]; i++)
        if (word_is(text, TYPE_WORDS[i].word))
            return true;
    return WORD_AMONG(text, KEYWORDS);
}

/* What C and the standard headers take; such a name would not compile. */
static const char *const TAKEN[] = {
    "auto",   "break",  "case",   "continue", "default",  "do",           "else",
    "extern", "for",    "goto",   "if",       "inline",   "register",     "restrict",
    "return", "signed", "sizeof", "static",   "switch",   "typedef",      "volatile",
    "while",  "NULL",   "errno",  "asm",      "typeof",   "true",         "false",
    "stdin",  "stdout", "stderr", "assert",   "offsetof", "static_assert"};

static bool name_is_taken(const char *name)
{
    return WORD_AMONG(name, TAKEN) || strncmp(name, "cc_e_", 5) == 0 ||
           strncmp(name, "cc_edge_", 8) == 0 || strncmp(name, "CC_", 3) == 0 ||
           strcmp(name, "cc_enclave_call_function") == 0 || strcmp(name, "cc_ocall_enclave") == 0 ||
           strcmp(name, "cc_ocall_enclave_switchless") == 0 ||
           strcmp(name, "cc_ocall_values_switchless") == 0 || strcmp(name, "cc_enclave_image") == 0;
}

/* What C++ takes beside those. */
static const char *const CPP_WORDS[] = {
    "alignas",   "alignof",   "and",      "and_eq",           "bitand",
    "bitor",     "catch",     "class",    "co_await",         "co_return",
    "co_yield",  "compl",     "concept",  "const_cast",       "consteval",
    "constexpr", "constinit", "decltype", "delete",           "dynamic_cast",
    "explicit",  "export",    "friend",   "mutable",          "namespace",
    "new",       "noexcept",  "not",      "not_eq",           "nullptr",
    "operator",  "or",        "or_eq",    "private",          "protected",
    "requires",  "template",  "this",     "thread_local",     "throw",
    "try",       "typeid",    "typename", "reinterpret_cast", "static_cast",
    "using",     "virtual",   "xor",      "xor_eq",           "char8_t",
    "char16_t",  "char32_t"};

static bool name_is_cpp(const char *name)
{
    return WORD_AMONG(name, CPP_WORDS);
}

bool parser_name(struct parser *p, const char *what, struct token *ret_token)
{
    bool is_type = strcmp(what, "a type") == 0;

    if (p->token.kind != TOKEN_WORD || word_is_keyword(p->token.text))
        return parser_unexpected(p, what);
    if (name_is_taken(p->token.text) || (!is_type && strcmp(p->token.text, "bool") == 0)) {
        message_error(p->session, p->token.place,
                      "`%s' is reserved in C or in generated code - choose another name",
                      p->token.text);
    }
    if (name_is_cpp(p->token.text) && !is_type)
        message_warning(p->session, p->token.place,
                        "`%s' is a word of C++: generated code does not compile there",
                        p->token.text);
    *ret_token = p->token;
    parser_advance(p);
    return true;
}

/* `long`, `unsigned short int`, ... : what follows the first word. */
static void parse_integer(struct parser *p, struct type *type)
{
    bool is_unsigned = parser_accept(p, "unsigned");
    const char *sign = is_unsigned ? "unsigned " : "";
    const char *size = "int";

    type->kind = TYPE_INTEGER;
    if (parser_accept(p, "char")) {
        type->kind = is_unsigned ? TYPE_INTEGER : TYPE_CHAR;
        size = "char";
    } else if (parser_accept(p, "short")) {
        size = "short";
        parser_accept(p, "int");
    } else if (parser_accept(p, "long")) {
        size = "long";
        if (!is_unsigned && parser_accept(p, "double")) {
            type->kind = TYPE_FLOAT;
            size = "long double";
        } else {
            if (parser_accept(p, "long"))
                size = "long long";
            parser_accept(p, "int");
        }
    } else {
        parser_accept(p, "int");
    }
    type->text = arena_format(&p->session->arena, "%s%s", sign, size);
}

static bool parse_tagged(struct parser *p, struct type *type)
{
    struct token word = p->token, name;

    type->kind = parser_is(p, "struct")  ? TYPE_STRUCT
                 : parser_is(p, "union") ? TYPE_UNION
                                         : TYPE_ENUM;
    parser_advance(p);
    if (!parser_name(p, "a name", &name))
        return false;
    type->name = name.text;
    type->place = name.place;
    type->text = arena_format(&p->session->arena, "%s %s", word.text, name.text);
    return true;
}

bool parse_type(struct parser *p, struct type *ret_type)
{
    struct type type = {.is_const = parser_accept(p, "const")};
    struct token name;

    type.place = p->token.place;
    if (parser_is(p, "signed")) {
        message_error(p->session, p->token.place,
                      "unexpected token: signed - EDL has int8_t, short, int and long, which are");
        return false;
    }
    if (parser_is(p, "unsigned") || parser_is(p, "char") || parser_is(p, "short") ||
        parser_is(p, "int") || parser_is(p, "long")) {
        parse_integer(p, &type);
    } else if (parser_is(p, "struct") || parser_is(p, "union") || parser_is(p, "enum")) {
        if (!parse_tagged(p, &type))
            return false;
    } else {
        for (size_t i = 0; i < sizeof TYPE_WORDS / sizeof TYPE_WORDS[0] && type.text == NULL; i++)
            if (parser_is(p, TYPE_WORDS[i].word)) {
                type.kind = TYPE_WORDS[i].kind;
                type.text = TYPE_WORDS[i].word;
                parser_advance(p);
            }
        if (type.text == NULL) {
            if (!parser_name(p, "a type", &name))
                return false;
            type.kind = TYPE_FOREIGN;
            type.text = type.name = name.text;
        }
    }
    while (parser_accept(p, "*"))
        if (++type.stars > DIMS_MAX) {
            message_error(p->session, type.place, "more than %d levels of pointers", DIMS_MAX);
            return false;
        }
    *ret_type = type;
    return true;
}

/* [2][3] */
static bool parse_dims(struct parser *p, struct field *field)
{
    while (parser_accept(p, "[")) {
        uint64_t dim = 0;

        if (parser_is(p, "]")) {
            message_error(p->session, p->token.place, "Flexible array is not supported.");
            return false;
        }
        if (p->token.kind != TOKEN_NUMBER)
            return parser_unexpected(p, "a decimal number");
        for (const char *digit = p->token.text; *digit != '\0'; digit++)
            if (__builtin_mul_overflow(dim, 10u, &dim) ||
                __builtin_add_overflow(dim, (unsigned)(*digit - '0'), &dim))
                dim = UINT64_MAX / 10;
        if (dim == 0)
            message_error(p->session, p->token.place, "Zero-length array is not supported.");
        if (dim > INT32_MAX || field->dim_count == DIMS_MAX) {
            message_error(p->session, p->token.place, "array too large");
            return false;
        }
        field->dims[field->dim_count++] = dim;
        parser_advance(p);
        if (!parser_expect(p, "]"))
            return false;
    }
    return true;
}

bool parse_field(struct parser *p, struct field **ret_field)
{
    struct field *field = arena_alloc(&p->session->arena, sizeof *field);
    struct token name;

    field->place = p->token.place;
    if (parser_is(p, "[") && !parse_attributes(p, &field->attributes))
        return false;
    if (!parse_type(p, &field->type))
        return false;
    if (field->type.kind == TYPE_VOID && field->type.stars == 0 && !field->attributes.given &&
        parser_is(p, ")")) {
        *ret_field = field;
        return true;
    }
    if (!parser_name(p, "a name", &name))
        return false;
    field->name = name.text;
    field->place = name.place;
    if (!parse_dims(p, field))
        return false;
    *ret_field = field;
    return true;
}

static void amount_set(struct parser *p, struct amount *amount, struct token word,
                       struct amount value)
{
    if (amount->kind != AMOUNT_NONE)
        message_error(p->session, word.place, "duplicated attribute: `%s'", word.text);
    *amount = value;
}

static void flag_set(struct parser *p, bool *flag, struct token word)
{
    if (*flag)
        message_error(p->session, word.place, "duplicated attribute: `%s'", word.text);
    *flag = true;
}

static void attribute_unknown(struct parser *p, struct token word)
{
    static const char *const WORDS[] = {"in",      "out",   "size",  "count",    "string",
                                        "wstring", "isptr", "isary", "readonly", "user_check"};
    const char *near = NULL;

    if (strcmp(word.text, "sizefunc") == 0) {
        message_error(p->session, word.place,
                      "The attribute 'sizefunc' is deprecated. Please use 'size' attribute "
                      "instead.");
        return;
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0] && near == NULL; i++)
        near = word_is_near(word.text, WORDS[i]) ? WORDS[i] : NULL;
    message_error(p->session, word.place, "unknown attribute: %s%s", word.text,
                  hint_text(p->session, near));
}

static void attribute_set(struct parser *p, struct attributes *a, struct token word,
                          struct amount value)
{
    const struct {
        const char *word;
        bool *flag;
    } FLAGS[] = {{"in", &a->in},
                 {"out", &a->out},
                 {"string", &a->string},
                 {"wstring", &a->wstring},
                 {"isptr", &a->isptr},
                 {"isary", &a->isary},
                 {"readonly", &a->readonly},
                 {"user_check", &a->user_check}};
    bool is_size = strcmp(word.text, "size") == 0;

    if (is_size || strcmp(word.text, "count") == 0) {
        if (value.kind == AMOUNT_NONE)
            message_error(p->session, word.place, "`%s' needs a value: %s=N or %s=parameter",
                          word.text, word.text, word.text);
        amount_set(p, is_size ? &a->size : &a->count, word, value);
        return;
    }
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        if (strcmp(word.text, FLAGS[i].word) == 0) {
            if (value.kind != AMOUNT_NONE)
                message_error(p->session, value.place, "`%s' takes no value", word.text);
            flag_set(p, FLAGS[i].flag, word);
            return;
        }
    a->broken = true;
    attribute_unknown(p, word);
}

static bool parse_attribute(struct parser *p, struct attributes *a)
{
    struct token word = p->token;
    struct amount value = {AMOUNT_NONE, NULL, word.place};

    if (word.kind != TOKEN_WORD || word_is_keyword(word.text))
        return parser_unexpected(p, "an attribute");
    parser_advance(p);
    if (parser_accept(p, "=")) {
        if (p->token.kind != TOKEN_NUMBER && p->token.kind != TOKEN_WORD)
            return parser_unexpected(p, "a decimal number or a parameter's name");
        value.kind = p->token.kind == TOKEN_NUMBER ? AMOUNT_NUMBER : AMOUNT_NAME;
        value.text = p->token.text;
        value.place = p->token.place;
        parser_advance(p);
    }
    attribute_set(p, a, word, value);
    return true;
}

/* [in, size=len] */
bool parse_attributes(struct parser *p, struct attributes *ret_attributes)
{
    struct attributes a = {.given = true, .place = p->token.place};

    parser_advance(p);
    a.broken = parser_is(p, "]");
    if (a.broken)
        message_error(p->session, p->token.place, "no attribute specified.");
    else
        do {
            if (!parse_attribute(p, &a))
                return false;
        } while (parser_accept(p, ","));
    if (!parser_expect(p, "]"))
        return false;
    *ret_attributes = a;
    return true;
}
