/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_clean.c - structs that leave the enclave take no padding along: between their members stands
 * whatever the enclave's stack held before. Each struct of the EDL gets a function that rebuilds it
 * in zeroed memory; where there is no padding the compiler leaves nothing of it.
 */
#include "emit.h"

const struct composite *clean_struct(struct emitter *e, const struct type *type, unsigned stars)
{
    const struct composite *c = edl_composite(e->edl, type);

    return c != NULL && c->kind == TYPE_STRUCT && type->stars == stars ? c : NULL;
}

const struct composite *clean_buffer(struct emitter *e, const struct field *f)
{
    if (!field_is_pointer(f) || f->attributes.user_check || f->attributes.isptr ||
        f->attributes.isary)
        return NULL;
    return clean_struct(e, &f->type, f->dim_count > 0 ? 0 : 1);
}

/* A member that is a struct of this EDL, or an array of them, has padding of its own. */
static void member_clean(struct emitter *e, const struct field *f)
{
    const struct composite *inner = clean_struct(e, &f->type, 0);

    lines_add(e->to, "        memcpy(&cc_e_c.%s, &cc_e_s->%s, sizeof(cc_e_c.%s));\n", f->name,
              f->name, f->name);
    if (inner != NULL)
        lines_add(e->to,
                  "        cc_e_%s_clean_%s((struct %s *)(void *)&cc_e_c.%s, sizeof(cc_e_c.%s));\n",
                  e->edl->name, inner->name, inner->name, f->name, f->name);
}

static void struct_emit(struct emitter *e, const struct composite *c)
{
    bool nested = false;

    lines_add(e->to,
              "static inline __attribute__((unused)) void cc_e_%s_clean_%s(struct %s *cc_e_s,\n"
              "    size_t cc_e_size)\n{\n    struct %s cc_e_c;\n\n",
              e->edl->name, c->name, c->name, c->name);
    for (const struct field *f = c->fields; f != NULL; f = f->next)
        nested = nested || clean_struct(e, &f->type, 0) != NULL;
    if (!nested) {
        lines_add(e->to, "    if (sizeof(cc_e_c) == 0");
        for (const struct field *f = c->fields; f != NULL; f = f->next)
            lines_add(e->to, " + sizeof(cc_e_c.%s)", f->name);
        lines_add(e->to, ")\n        return;\n");
    }
    lines_add(e->to, "    for (; cc_e_s != NULL && cc_e_size >= sizeof(cc_e_c); cc_e_s++) {\n"
                     "        memset(&cc_e_c, 0, sizeof(cc_e_c));\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next)
        member_clean(e, f);
    lines_add(e->to, "        memcpy(cc_e_s, &cc_e_c, sizeof(cc_e_c));\n"
                     "        cc_e_size -= sizeof(cc_e_c);\n    }\n}\n\n");
}

void emit_clean_functions(struct emitter *e)
{
    for (const struct composite *c = e->edl->composites; c != NULL; c = c->next)
        if (c->kind == TYPE_STRUCT)
            struct_emit(e, c);
}

void emit_clean(struct emitter *e, const struct composite *c, const char *indent,
                const char *pointer, const char *size)
{
    lines_add(e->to, "%scc_e_%s_clean_%s(%s, %s);\n", indent, e->edl->name, c->name, pointer, size);
}
