/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "dump.h"
#include <inttypes.h>
#include <string.h>

/* Bytes of the UTF-8 character that begins here, 0 if none does (RFC 3629, 3). */
static size_t utf8_size(const unsigned char *c)
{
    size_t size = c[0] < 0x80                   ? 1
                  : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
                  : c[0] >= 0xe0 && c[0] < 0xf0 ? 3
                  : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                                : 0;

    for (size_t i = 1; i < size; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] >= 0xa0) ||
        (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] >= 0x90))
        return 0;
    return size;
}

void dump_text(struct lines *to, const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    lines_put(to, "\"", 1);
    while (*c != '\0') {
        size_t size = utf8_size(c);

        if (size == 0)
            lines_add(to, "\\ufffd");
        else if (*c == '"' || *c == '\\')
            lines_add(to, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f)
            lines_add(to, "\\u%04x", *c);
        else
            lines_put(to, (const char *)c, size);
        c += size > 0 ? size : 1;
    }
    lines_put(to, "\"", 1);
}

/* `"key": ` and what is between it and the value before. */
static void key_put(struct lines *to, const char *key)
{
    char last = to->data[to->size - 1];

    lines_add(to, "%s\"%s\": ", last == '{' ? "" : ", ", key);
}

static void text_put(struct lines *to, const char *key, const char *text)
{
    key_put(to, key);
    if (text != NULL)
        dump_text(to, text);
    else
        lines_add(to, "null");
}

static void flag_put(struct lines *to, const char *key, bool flag)
{
    key_put(to, key);
    lines_add(to, flag ? "true" : "false");
}

static void place_put(struct lines *to, struct place place)
{
    text_put(to, "file", place.source != NULL ? place.source->path : NULL);
    key_put(to, "line");
    lines_add(to, "%u", place.line);
}

/* The elements of a list go on lines of their own. */
static void element_begin(struct lines *to, const char *indent)
{
    lines_add(to, "%s\n%s", to->data[to->size - 1] == '[' ? "" : ",", indent);
}

static void amount_put(struct lines *to, const char *key, const struct amount *amount)
{
    const char *digits = amount->text;

    if (amount->kind != AMOUNT_NUMBER) {
        text_put(to, key, amount->kind == AMOUNT_NAME ? amount->text : NULL);
        return;
    }
    while (digits[0] == '0' && digits[1] != '\0')
        digits++;
    key_put(to, key);
    lines_add(to, "%s", digits);
}

static void type_put(struct lines *to, const struct type *type)
{
    static const char *const KINDS[] = {"void",   "char",  "wchar", "integer", "float",
                                        "struct", "union", "enum",  "foreign"};

    text_put(to, "type", type->text);
    text_put(to, "kind", KINDS[type->kind]);
    key_put(to, "pointers");
    lines_add(to, "%u", type->stars);
    flag_put(to, "const", type->is_const);
}

static void field_put(struct lines *to, const struct field *f, const char *indent)
{
    const struct attributes *a = &f->attributes;
    const struct {
        const char *key;
        bool flag;
    } FLAGS[] = {{"in", a->in},
                 {"out", a->out},
                 {"string", a->string},
                 {"wstring", a->wstring},
                 {"isptr", a->isptr},
                 {"isary", a->isary},
                 {"readonly", a->readonly},
                 {"user_check", a->user_check}};

    element_begin(to, indent);
    lines_add(to, "{");
    text_put(to, "name", f->name);
    type_put(to, &f->type);
    key_put(to, "dims");
    lines_add(to, "[");
    for (unsigned i = 0; i < f->dim_count; i++)
        lines_add(to, "%s%" PRIu64, i > 0 ? ", " : "", f->dims[i]);
    lines_add(to, "]");
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        flag_put(to, FLAGS[i].key, FLAGS[i].flag);
    amount_put(to, "size", &a->size);
    amount_put(to, "count", &a->count);
    place_put(to, f->place);
    lines_add(to, "}");
}

static void fields_put(struct lines *to, const char *key, const struct field *fields,
                       const char *indent)
{
    key_put(to, key);
    lines_add(to, "[");
    for (const struct field *f = fields; f != NULL; f = f->next)
        field_put(to, f, indent);
    lines_add(to, "]");
}

static void composite_put(struct lines *to, const struct composite *c)
{
    element_begin(to, "        ");
    lines_add(to, "{");
    text_put(to, "kind",
             c->kind == TYPE_STRUCT  ? "struct"
             : c->kind == TYPE_UNION ? "union"
                                     : "enum");
    text_put(to, "name", c->name);
    place_put(to, c->place);
    if (c->kind != TYPE_ENUM) {
        flag_put(to, "deep", c->deep);
        fields_put(to, "members", c->fields, "          ");
        lines_add(to, "}");
        return;
    }
    key_put(to, "values");
    lines_add(to, "[");
    for (const struct enumerator *n = c->enumerators; n != NULL; n = n->next) {
        element_begin(to, "          ");
        lines_add(to, "{");
        text_put(to, "name", n->name);
        text_put(to, "value", n->value);
        lines_add(to, "}");
    }
    lines_add(to, "]}");
}

static void function_put(struct lines *to, const struct function *f)
{
    static const char *const CONVENTIONS[] = {NULL, "cdecl", "stdcall", "fastcall"};

    element_begin(to, "        ");
    lines_add(to, "{");
    text_put(to, "name", f->name);
    key_put(to, "id");
    lines_add(to, "%u", f->id);
    place_put(to, f->place);
    if (f->trusted)
        flag_put(to, "public", f->is_public);
    flag_put(to, "switchless", f->switchless);
    if (!f->trusted) {
        flag_put(to, "propagate_errno", f->propagate_errno);
        flag_put(to, "dllimport", f->dllimport);
        text_put(to, "convention", CONVENTIONS[f->convention]);
        key_put(to, "allow");
        lines_add(to, "[");
        for (const struct word *w = f->allow; w != NULL; w = w->next) {
            lines_add(to, w == f->allow ? "" : ", ");
            dump_text(to, w->text);
        }
        lines_add(to, "]");
    }
    key_put(to, "result");
    lines_add(to, "{");
    type_put(to, &f->result);
    lines_add(to, "}");
    fields_put(to, "params", f->params, "          ");
    lines_add(to, "}");
}

static void functions_put(struct lines *to, const char *key, const struct edl *edl, bool trusted)
{
    lines_add(to, ",\n      \"%s\": [", key);
    for (const struct function *f = edl->functions; f != NULL; f = f->next)
        if (f->trusted == trusted)
            function_put(to, f);
    lines_add(to, "]");
}

void dump_begin(struct lines *to, enum mode mode)
{
    static const char *const MODES[] = {"", "secgear", "sgx", "trustzone", "penglai"};

    lines_add(to, "{\n  \"version\": %d,\n  \"mode\": \"%s\",\n  \"files\": [", DUMP_VERSION,
              MODES[mode]);
}

void dump_edl(struct lines *to, const struct edl *edl)
{
    static const char *const SCOPES[] = {"file", "trusted", "untrusted"};

    element_begin(to, "    ");
    lines_add(to, "{");
    text_put(to, "file", edl->path);
    text_put(to, "name", edl->name);
    lines_add(to, ",\n      \"includes\": [");
    for (const struct include *i = edl->includes; i != NULL; i = i->next) {
        element_begin(to, "        ");
        lines_add(to, "{");
        text_put(to, "header", i->header);
        text_put(to, "scope", SCOPES[i->scope]);
        lines_add(to, "}");
    }
    lines_add(to, "],\n      \"types\": [");
    for (const struct composite *c = edl->composites; c != NULL; c = c->next)
        composite_put(to, c);
    lines_add(to, "]");
    functions_put(to, "ecalls", edl, true);
    functions_put(to, "ocalls", edl, false);
    lines_add(to, "}");
}

void dump_end(struct lines *to)
{
    lines_add(to, "]\n}\n");
}
