/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_member.c - what pointers inside structs point to. Each struct of the EDL that has pointers
 * gets a few functions that walk an array of it, and call those of the structs within, by value or
 * behind a sized pointer, so that a deep copy may go as deep as the declarations do.
 *
 *   need   caller: room for the members in both frames
 *   put    caller: members into the in frame; elements there say 1 or NULL in place of addresses
 *   take   callee: addresses of the members' copies into the elements that the function will see
 *   back   callee: after the function; no address and no padding of this side goes out
 *   get    caller: members and elements of the out frame to where the caller has them
 *   null   no addresses at all: a struct by value, or one without sized members
 *   bools  every struct with a bool: bytes of bool members are 0 or 1
 *
 * All walks have the same order, so a second walk (back, get) begins where the first one did. Sizes
 * always come from the elements of the in frame, which the function never sees when it may write.
 */
#include "emit.h"

static bool walks(const struct composite *c)
{
    return c != NULL && c->kind == TYPE_STRUCT && c->has_pointers;
}

/* The struct of the EDL that is this member by value, or of its array. */
static const struct composite *value_member(struct emitter *e, const struct field *f)
{
    const struct composite *c = f->type.stars == 0 ? edl_composite(e->edl, &f->type) : NULL;

    return c != NULL && c->kind == TYPE_STRUCT ? c : NULL;
}

/* The struct with pointers that a sized pointer leads to. */
static const struct composite *pointed(struct emitter *e, const struct field *f)
{
    const struct composite *c = f->type.stars == 1 ? edl_composite(e->edl, &f->type) : NULL;

    return walks(c) ? c : NULL;
}

static bool is_sized(const struct field *f)
{
    return f->type.stars > 0 && f->attributes.given;
}

static void walk_begin(struct emitter *e, const struct composite *c, const char *what,
                       const char *params)
{
    lines_add(e->to, "static __attribute__((unused)) void %s_%s_%s(%s, size_t cc_e_count)\n{\n",
              e->own, what, c->name, params);
}

static void size_emit(struct emitter *e, const struct field *f, const char *present,
                      const char *prefix)
{
    lines_add(e->to, "        cc_e_n = %s;\n", field_size_call(e, "cc_e", f, present, prefix));
}

/* Calls the same function of an inner struct behind a pointer. */
static const char *count_text(struct emitter *e, const struct composite *inner)
{
    return text_of(e, "cc_edge_count(cc_e, cc_e_n, sizeof(struct %s))", inner->name);
}

/* The number of structs in a member by value. */
static const char *times_text(struct emitter *e, const struct field *f,
                              const struct composite *inner)
{
    return text_of(e, "sizeof(cc_e_x->%s) / sizeof(struct %s)", f->name, inner->name);
}

static void need_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(e, c, "need",
               text_of(e, "cc_edge_t *cc_e, bool cc_e_back, const struct %s *cc_e_x", c->name));
    lines_add(e->to, "    size_t cc_e_n = 0;\n\n"
                     "    for (; cc_e_x != NULL && cc_e_count > 0 && cc_edge_ok(cc_e); cc_e_x++, "
                     "cc_e_count--) {\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);
        const char *present = text_of(e, "cc_e_x->%s != NULL", f->name);

        if (walks(inner) && inner->deep)
            lines_add(e->to,
                      "        %s_need_%s(cc_e, cc_e_back, (const struct %s *)&cc_e_x->%s, "
                      "%s);\n",
                      e->own, inner->name, inner->name, f->name, times_text(e, f, inner));
        if (!is_sized(f))
            continue;
        size_emit(e, f, present, "cc_e_x->");
        lines_add(e->to,
                  "        cc_edge_need_in(cc_e, %s, cc_e_n);\n        if (cc_e_back)\n"
                  "            cc_edge_need_out(cc_e, %s, cc_e_n);\n",
                  present, present);
        inner = pointed(e, f);
        if (inner != NULL && inner->deep)
            lines_add(e->to,
                      "        %s_need_%s(cc_e, cc_e_back, (const struct %s *)cc_e_x->%s, "
                      "%s);\n",
                      e->own, inner->name, inner->name, f->name, count_text(e, inner));
    }
    lines_add(e->to, "        (void)cc_e_n;\n    }\n}\n\n");
}

static void member_put(struct emitter *e, const struct field *f)
{
    const struct composite *inner = pointed(e, f);

    lines_add(e->to, "        cc_e_m = cc_e_x->%s;\n", f->name);
    size_emit(e, f, "cc_e_m != NULL", "cc_e_y->");
    lines_add(e->to, "        cc_e_t = cc_edge_put_buffer(cc_e, cc_e_m, cc_e_n);\n");
    if (e->inside && buffer_has_padding(e, f))
        emit_clean(e, &f->type, "        ", "cc_e_t", "cc_e_n");
    if (inner != NULL)
        lines_add(e->to,
                  "        %s_put_%s(cc_e, (const struct %s *)cc_e_m, (struct %s *)cc_e_t, "
                  "%s);\n",
                  e->own, inner->name, inner->name, inner->name, count_text(e, inner));
    lines_add(e->to, "        cc_e_y->%s = (%s)(uintptr_t)(cc_e_m != NULL ? 1 : 0);\n", f->name,
              field_type(e, f));
}

static void null_member(struct emitter *e, const struct field *f, const char *at)
{
    lines_add(e->to, "        memset(&%s->%s, 0, sizeof(%s->%s));\n", at, f->name, at, f->name);
}

static void put_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(e, c, "put",
               text_of(e, "cc_edge_t *cc_e, const struct %s *cc_e_x, struct %s *cc_e_y", c->name,
                       c->name));
    lines_add(e->to, "    const void *cc_e_m = NULL;\n    void *cc_e_t = NULL;\n"
                     "    size_t cc_e_n = 0;\n\n"
                     "    for (; cc_e_x != NULL && cc_e_y != NULL && cc_e_count > 0 && "
                     "cc_edge_ok(cc_e);\n         cc_e_x++, cc_e_y++, cc_e_count--) {\n"
                     "        (void)cc_e_m, (void)cc_e_t, (void)cc_e_n;\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (is_sized(f))
            member_put(e, f);
        else if (f->type.stars > 0)
            null_member(e, f, "cc_e_y");
        else if (walks(inner))
            lines_add(e->to,
                      "        %s_put_%s(cc_e, (const struct %s *)&cc_e_x->%s, "
                      "(struct %s *)&cc_e_y->%s, %s);\n",
                      e->own, inner->name, inner->name, f->name, inner->name, f->name,
                      times_text(e, f, inner));
    }
    lines_add(e->to, "    }\n}\n\n");
}

static void member_take(struct emitter *e, const struct field *f)
{
    const struct composite *inner = pointed(e, f);
    const char *present = text_of(e, "cc_e_x->%s != NULL", f->name);

    size_emit(e, f, present, "cc_e_x->");
    lines_add(e->to,
              "        cc_e_f = cc_edge_take_buffer(cc_e, %s, cc_e_n);\n"
              "        cc_e_g = NULL;\n",
              present);
    emit_bools(e, f, "        ", "cc_e", "cc_e_f", "cc_e_n");
    lines_add(e->to, "        if (cc_e_y != NULL)\n"
                     "            cc_e_g = cc_edge_take_inout(cc_e, cc_e_f, cc_e_n);\n");
    if (inner != NULL)
        lines_add(e->to,
                  "        %s_take_%s(cc_e, (struct %s *)cc_e_f, (struct %s *)cc_e_g, %s);\n",
                  e->own, inner->name, inner->name, inner->name, count_text(e, inner));
    lines_add(e->to, "        cc_e_z->%s = (%s)(cc_e_y != NULL ? cc_e_g : cc_e_f);\n", f->name,
              field_type(e, f));
}

/* x as it came in; y what goes back, or NULL when nothing does: then the function sees x. */
static void take_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(
        e, c, "take",
        text_of(e, "cc_edge_t *cc_e, struct %s *cc_e_x, struct %s *cc_e_y", c->name, c->name));
    lines_add(e->to,
              "    void *cc_e_f = NULL, *cc_e_g = NULL;\n    size_t cc_e_n = 0;\n\n"
              "    for (; cc_e_x != NULL && cc_e_count > 0 && cc_edge_ok(cc_e); cc_e_x++, "
              "cc_e_count--) {\n        struct %s *cc_e_z = cc_e_y != NULL ? cc_e_y : cc_e_x;\n\n"
              "        (void)cc_e_f, (void)cc_e_g, (void)cc_e_n, (void)cc_e_z;\n",
              c->name);
    emit_amount_asserts(e, c->fields, "cc_e_x->");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (is_sized(f))
            member_take(e, f);
        else if (f->type.stars > 0)
            null_member(e, f, "cc_e_z");
        else if (walks(inner))
            lines_add(e->to,
                      "        %s_take_%s(cc_e, (struct %s *)&cc_e_x->%s,\n"
                      "            cc_e_y != NULL ? (struct %s *)&cc_e_y->%s : NULL, %s);\n",
                      e->own, inner->name, inner->name, f->name, inner->name, f->name,
                      times_text(e, f, inner));
    }
    lines_add(e->to, "        if (cc_e_y != NULL)\n            cc_e_y++;\n    }\n}\n\n");
}

static void inner_back(struct emitter *e, const struct composite *inner, const char *x,
                       const char *y, const char *count)
{
    if (inner->deep)
        lines_add(e->to, "        %s_back_%s(cc_e, (const struct %s *)%s, (struct %s *)%s, %s);\n",
                  e->own, inner->name, inner->name, x, inner->name, y, count);
    else
        lines_add(e->to, "        %s_null_%s((struct %s *)%s, %s);\n", e->own, inner->name,
                  inner->name, y, count);
}

static void member_back(struct emitter *e, const struct field *f)
{
    const struct composite *inner = pointed(e, f);
    const char *present = text_of(e, "cc_e_x->%s != NULL", f->name);

    size_emit(e, f, present, "cc_e_x->");
    lines_add(e->to,
              "        cc_e_f = cc_edge_take_buffer(cc_e, %s, cc_e_n);\n"
              "        cc_e_g = cc_edge_get_frame(cc_e, %s, cc_e_n);\n",
              present, present);
    if (e->inside && buffer_has_padding(e, f))
        emit_clean(e, &f->type, "        ", "cc_e_g", "cc_e_n");
    if (inner != NULL)
        inner_back(e, inner, "cc_e_f", "cc_e_g", count_text(e, inner));
}

static void back_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(e, c, "back",
               text_of(e, "cc_edge_t *cc_e, const struct %s *cc_e_x, struct %s *cc_e_y", c->name,
                       c->name));
    lines_add(e->to, "    void *cc_e_f = NULL, *cc_e_g = NULL;\n    size_t cc_e_n = 0;\n\n"
                     "    for (; cc_e_x != NULL && cc_e_y != NULL && cc_e_count > 0; cc_e_x++, "
                     "cc_e_y++, cc_e_count--) {\n"
                     "        (void)cc_e_f, (void)cc_e_g, (void)cc_e_n;\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (is_sized(f))
            member_back(e, f);
        if (f->type.stars > 0)
            null_member(e, f, "cc_e_y");
        else if (walks(inner))
            inner_back(e, inner, text_of(e, "&cc_e_x->%s", f->name),
                       text_of(e, "&cc_e_y->%s", f->name), times_text(e, f, inner));
    }
    lines_add(e->to, "    }\n}\n\n");
}

static void member_get(struct emitter *e, const struct field *f)
{
    const struct composite *inner = pointed(e, f);
    const char *present = text_of(e, "cc_e_y->%s != NULL", f->name);

    size_emit(e, f, present, "cc_e_y->");
    lines_add(e->to,
              "        cc_e_f = cc_edge_take_buffer(cc_e, %s, cc_e_n);\n"
              "        cc_e_g = cc_edge_get_frame(cc_e, %s, cc_e_n);\n",
              present, present);
    emit_bools(e, f, "        ", "NULL", "cc_e_g", "cc_e_n");
    if (inner != NULL)
        lines_add(e->to,
                  "        %s_get_%s(cc_e, (struct %s *)cc_e_x->%s, (const struct %s "
                  "*)cc_e_f, (struct %s *)cc_e_g, %s);\n",
                  e->own, inner->name, inner->name, f->name, inner->name, inner->name,
                  count_text(e, inner));
    else
        lines_add(e->to, "        cc_edge_copy(cc_e, cc_e_x->%s, cc_e_g, cc_e_n);\n", f->name);
}

/* x the caller's own, y as it was sent, z as it came back. */
static void get_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(e, c, "get",
               text_of(e,
                       "cc_edge_t *cc_e, struct %s *cc_e_x, const struct %s *cc_e_y,\n    "
                       "struct %s *cc_e_z",
                       c->name, c->name, c->name));
    lines_add(e->to, "    void *cc_e_f = NULL, *cc_e_g = NULL;\n    size_t cc_e_n = 0;\n\n"
                     "    for (; cc_e_x != NULL && cc_e_y != NULL && cc_e_z != NULL && cc_e_count "
                     "> 0 && cc_edge_ok(cc_e);\n         cc_e_x++, cc_e_y++, cc_e_z++, "
                     "cc_e_count--) {\n        (void)cc_e_f, (void)cc_e_g, (void)cc_e_n;\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (is_sized(f))
            member_get(e, f);
        if (f->type.stars > 0)
            lines_add(e->to, "        memcpy(&cc_e_z->%s, &cc_e_x->%s, sizeof(cc_e_z->%s));\n",
                      f->name, f->name, f->name);
        else if (walks(inner))
            lines_add(e->to,
                      "        %s_get_%s(cc_e, (struct %s *)&cc_e_x->%s,\n            (const "
                      "struct %s *)&cc_e_y->%s, (struct %s *)&cc_e_z->%s, %s);\n",
                      e->own, inner->name, inner->name, f->name, inner->name, f->name, inner->name,
                      f->name, times_text(e, f, inner));
    }
    lines_add(e->to, "        cc_edge_copy(cc_e, cc_e_x, cc_e_z, sizeof(*cc_e_x));\n    }\n}\n\n");
}

static void null_emit(struct emitter *e, const struct composite *c)
{
    walk_begin(e, c, "null", text_of(e, "struct %s *cc_e_x", c->name));
    lines_add(e->to, "    for (; cc_e_x != NULL && cc_e_count > 0; cc_e_x++, cc_e_count--) {\n");
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (f->type.stars > 0)
            null_member(e, f, "cc_e_x");
        else if (walks(inner))
            lines_add(e->to, "        %s_null_%s((struct %s *)&cc_e_x->%s, %s);\n", e->own,
                      inner->name, inner->name, f->name, times_text(e, f, inner));
    }
    lines_add(e->to, "    }\n}\n\n");
}

static void bools_emit(struct emitter *e, const struct composite *c)
{
    lines_add(e->to,
              "static __attribute__((unused)) void %s_bools_%s(cc_edge_t *cc_e, void "
              "*cc_e_data,\n    size_t cc_e_size)\n{\n"
              "    struct %s *cc_e_x = (struct %s *)cc_e_data;\n\n"
              "    for (; cc_e_x != NULL && cc_e_size >= sizeof(*cc_e_x); cc_e_x++) {\n",
              e->own, c->name, c->name, c->name);
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        const struct composite *inner = value_member(e, f);

        if (f->type.stars == 0 && type_is_bool(&f->type))
            lines_add(e->to, "        cc_edge_bools(cc_e, &cc_e_x->%s, sizeof(cc_e_x->%s));\n",
                      f->name, f->name);
        else if (inner != NULL && inner->has_bools)
            lines_add(e->to, "        %s_bools_%s(cc_e, &cc_e_x->%s, sizeof(cc_e_x->%s));\n",
                      e->own, inner->name, f->name, f->name);
    }
    lines_add(e->to, "        cc_e_size -= sizeof(*cc_e_x);\n    }\n}\n\n");
}

/* Whether what crosses are elements of the field's type itself. */
static bool is_direct(const struct field *f)
{
    unsigned stars = field_is_pointer(f) && f->dim_count == 0 && !f->attributes.isary ? 1 : 0;

    return f->type.stars == stars && !f->attributes.isptr;
}

bool field_has_bools(struct emitter *e, const struct field *f)
{
    const struct composite *c = edl_composite(e->edl, &f->type);

    return is_direct(f) && (type_is_bool(&f->type) || (c != NULL && c->has_bools));
}

/* Only the compiler knows. */
static bool may_have_bools(struct emitter *e, const struct field *f)
{
    return is_direct(f) && f->type.kind == TYPE_FOREIGN &&
           edl_composite(e->edl, &f->type) == NULL && !f->attributes.isary;
}

/* Bytes that the receiver will read as bool. `edge` NULL: 2 becomes 1, else it fails. */
void emit_bools(struct emitter *e, const struct field *f, const char *indent, const char *edge,
                const char *data, const char *size)
{
    const struct composite *c = edl_composite(e->edl, &f->type);

    if (!field_has_bools(e, f)) {
        if (may_have_bools(e, f))
            lines_add(e->to, "%sCC_EDGE_BOOLS(%s, %s, %s, %s);\n", indent, f->type.text, edge, data,
                      size);
        return;
    }
    if (type_is_bool(&f->type))
        lines_add(e->to, "%scc_edge_bools(%s, %s, %s);\n", indent, edge, data, size);
    else
        lines_add(e->to, "%s%s_bools_%s(%s, %s, %s);\n", indent, e->own, c->name, edge, data, size);
}

void emit_member_functions(struct emitter *e)
{
    for (const struct composite *c = e->edl->composites; c != NULL; c = c->next) {
        if (c->kind == TYPE_STRUCT && c->has_bools)
            bools_emit(e, c);
        if (!walks(c))
            continue;
        null_emit(e, c);
        put_emit(e, c);
        take_emit(e, c);
        get_emit(e, c);
        if (!c->deep)
            continue;
        need_emit(e, c);
        back_emit(e, c);
    }
}
