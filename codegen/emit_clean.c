/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_clean.c - what leaves the enclave takes no padding along: between the members of a struct,
 * behind the smaller members of a union and in a long double stands whatever the enclave's memory
 * held before. Each struct and union of the EDL gets a function that zeroes those bytes in place;
 * where there are none the compiler leaves nothing of it. Types that only a header knows are
 * cleaned by the compiler, where it can.
 */
#include "emit.h"
#include <string.h>

static bool is_long_double(const struct type *type)
{
    return strcmp(type->text, "long double") == 0;
}

/* The struct or union of this EDL that the type is, pointers aside. */
static const struct composite *holder(struct emitter *e, const struct type *type)
{
    const struct composite *c = edl_composite(e->edl, type);

    return c != NULL && c->kind != TYPE_ENUM ? c : NULL;
}

static bool is_unknown(struct emitter *e, const struct type *type)
{
    return type->kind == TYPE_FOREIGN && !type_is_bool(type) && edl_composite(e->edl, type) == NULL;
}

bool value_has_padding(struct emitter *e, const struct type *type)
{
    return type->stars == 0 &&
           (holder(e, type) != NULL || is_long_double(type) || is_unknown(e, type));
}

bool buffer_has_padding(struct emitter *e, const struct field *f)
{
    struct type element = f->type;

    if (!field_is_pointer(f) || f->attributes.user_check || f->attributes.isptr ||
        (f->type.stars == 0 && f->dim_count == 0 && !f->attributes.isary))
        return false;
    if (f->dim_count == 0 && !f->attributes.isary)
        element.stars--;
    /* With size= nobody knows that whole elements of that type stand there. */
    if (is_unknown(e, &element) && f->attributes.size.kind != AMOUNT_NONE)
        return false;
    return value_has_padding(e, &element);
}

void emit_clean(struct emitter *e, const struct type *type, const char *indent, const char *pointer,
                const char *size)
{
    const struct composite *c = holder(e, type);

    if (c != NULL)
        lines_add(e->to, "%s%s_clean_%s(%s, %s);\n", indent, e->own, c->name, pointer, size);
    else if (is_long_double(type))
        lines_add(e->to, "%scc_edge_clean_long_double(%s, %s);\n", indent, pointer, size);
    else
        lines_add(e->to, "%sCC_EDGE_CLEAN(%s, %s, %s);\n", indent, type->text, pointer, size);
}

/* "offsetof(struct s, m) + sizeof(...)": where a member ends. */
static const char *member_end(struct emitter *e, const struct composite *c, const struct field *f)
{
    return text_of(e, "offsetof(%s, %s) + sizeof(cc_e_s->%s)", composite_text(e, c), f->name,
                   f->name);
}

/* No member has padding of its own: leave at once when none stands behind them either. */
static void shortcut_emit(struct emitter *e, const struct composite *c)
{
    for (const struct field *f = c->fields; f != NULL; f = f->next)
        if (value_has_padding(e, &f->type))
            return;
    lines_add(e->to, "    if (sizeof(*cc_e_s) == 0");
    for (const struct field *f = c->fields; f != NULL; f = f->next)
        lines_add(e->to, " + sizeof(cc_e_s->%s)", f->name);
    lines_add(e->to, ")\n        return;\n");
}

static void struct_body(struct emitter *e, const struct composite *c)
{
    const char *end = NULL, *name = composite_text(e, c);

    shortcut_emit(e, c);
    lines_add(e->to, "    for (; cc_e_s != NULL && cc_e_size >= sizeof(*cc_e_s); cc_e_s++) {\n"
                     "        uint8_t *cc_e_b = (uint8_t *)cc_e_s;\n\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        if (end != NULL)
            lines_add(e->to, "        memset(cc_e_b + %s, 0, offsetof(%s, %s) - (%s));\n", end,
                      name, f->name, end);
        if (value_has_padding(e, &f->type))
            emit_clean(e, &f->type, "        ", text_of(e, "&cc_e_s->%s", f->name),
                       text_of(e, "sizeof(cc_e_s->%s)", f->name));
        end = member_end(e, c, f);
    }
    lines_add(e->to,
              "        memset(cc_e_b + %s, 0, sizeof(*cc_e_s) - (%s));\n"
              "        cc_e_size -= sizeof(*cc_e_s);\n    }\n",
              end, end);
}

static void union_body(struct emitter *e, const struct composite *c)
{
    lines_add(e->to,
              "    for (; cc_e_s != NULL && cc_e_size >= sizeof(*cc_e_s); cc_e_s++) {\n"
              "        for (size_t cc_e_i = 0; cc_e_i < sizeof(*cc_e_s); cc_e_i++)\n"
              "            if (!%s_covers_%s(cc_e_i))\n"
              "                ((uint8_t *)cc_e_s)[cc_e_i] = 0;\n"
              "        cc_e_size -= sizeof(*cc_e_s);\n    }\n",
              e->own, c->name);
}

/* Whether the byte at that offset belongs to a value in the struct, or in any union member. */
static void covers_emit(struct emitter *e, const struct composite *c)
{
    const char *name = composite_text(e, c);

    lines_add(e->to,
              "static inline __attribute__((unused)) bool %s_covers_%s(size_t cc_e_at)\n{\n"
              "    const %s *cc_e_s = NULL;\n\n    (void)cc_e_s;\n",
              e->own, c->name, name);
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = f->type.stars == 0 ? holder(e, &f->type) : NULL;
        const char *at = text_of(e, "cc_e_at - offsetof(%s, %s)", name, f->name);

        lines_add(e->to, "    if (%s < sizeof(cc_e_s->%s)", at, f->name);
        if (inner != NULL)
            lines_add(e->to, " &&\n        %s_covers_%s((%s) %% sizeof(%s))", e->own, inner->name,
                      at, composite_text(e, inner));
        else if (f->type.stars == 0 && is_long_double(&f->type))
            lines_add(e->to, " && (%s) %% sizeof(long double) < CC_EDGE_LONG_DOUBLE_SIZE", at);
        lines_add(e->to, ")\n        return true;\n");
    }
    lines_add(e->to, "    return false;\n}\n\n");
}

void emit_clean_functions(struct emitter *e)
{
    bool any_union = false;

    for (const struct composite *c = e->edl->composites; c != NULL; c = c->next)
        any_union = any_union || c->kind == TYPE_UNION;
    for (const struct composite *c = e->edl->composites; c != NULL; c = c->next) {
        if (c->kind == TYPE_ENUM)
            continue;
        if (any_union)
            covers_emit(e, c);
        lines_add(e->to,
                  "static inline __attribute__((unused)) void %s_clean_%s(void *cc_e_data,\n"
                  "    size_t cc_e_size)\n{\n    %s *cc_e_s = (%s *)cc_e_data;\n\n",
                  e->own, c->name, composite_text(e, c), composite_text(e, c));
        if (c->kind == TYPE_STRUCT)
            struct_body(e, c);
        else
            union_body(e, c);
        lines_add(e->to, "}\n\n");
    }
}
