/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_callee.c - the half of a call that receives: take the head, compute each size from it, take
 * the payloads, call the function only if both frames end there, hand the results back.
 */
#include "emit.h"
#include <string.h>

static bool has_result(const struct function *f)
{
    return f->result.kind != TYPE_VOID || f->result.stars > 0;
}

static bool copied(const struct field *p)
{
    return field_is_pointer(p) && !p->attributes.user_check;
}

/* `T name` for a pointer, also to an array. */
static void pointer_declare(struct emitter *e, const struct field *p)
{
    const char *type = field_type(e, p);
    const char *star = strstr(type, "(*)");

    if (star != NULL)
        lines_add(e->to, "    %.*s(*cc_e_p_%s)%s;\n", (int)(star - type), type, p->name, star + 3);
    else
        lines_add(e->to, "    %s cc_e_p_%s;\n", type, p->name);
}

static void locals_emit(struct emitter *e, const struct function *f)
{
    bool any_struct = false;

    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = field_struct(e->edl, p);

        if (!field_is_pointer(p)) {
            lines_add(e->to, "    %s cc_e_v_%s;\n", p->type.text, p->name);
            continue;
        }
        pointer_declare(e, p);
        if (!copied(p))
            continue;
        lines_add(e->to, "    %s cc_e_h_%s;\n    size_t cc_e_n_%s;\n",
                  field_is_text(p) ? "uint64_t" : "bool", p->name, p->name);
        if (c != NULL) {
            any_struct = true;
            lines_add(e->to, "    size_t cc_e_c_%s;\n", p->name);
            if (p->attributes.in)
                lines_add(e->to, "    struct %s *cc_e_f_%s;\n", c->name, p->name);
            if (p->attributes.out)
                lines_add(e->to, "    struct %s *cc_e_g_%s;\n", c->name, p->name);
        } else if (p->attributes.in && p->attributes.out) {
            lines_add(e->to, "    void *cc_e_f_%s;\n", p->name);
        }
    }
    if (any_struct)
        lines_add(e->to, "    size_t cc_e_i;\n");
    if (has_result(f))
        lines_add(e->to, "    %s cc_e_ret;\n", type_text(e->session, &f->result));
    if (has_result(f) && type_is_bool(&f->result) && f->result.stars == 0)
        lines_add(e->to, "    uint8_t cc_e_bit;\n");
    if (f->propagate_errno)
        lines_add(e->to, "    int cc_e_errno;\n");
}

static void head_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = value_struct(e, &p->type);

        if (field_is_pointer(p) && p->attributes.user_check)
            lines_add(e->to, "    cc_e_p_%s = (%s)(uintptr_t)cc_edge_take_u64(&cc_e);\n", p->name,
                      field_type(e, p));
        else if (field_is_pointer(p))
            lines_add(e->to, "    cc_e_h_%s = cc_edge_take_%s(&cc_e);\n", p->name,
                      field_is_text(p) ? "u64" : "flag");
        else if (type_is_bool(&p->type))
            lines_add(e->to, "    cc_e_v_%s = cc_edge_take_flag(&cc_e);\n", p->name);
        else
            lines_add(e->to, "    cc_edge_take(&cc_e, &cc_e_v_%s, sizeof(cc_e_v_%s));\n", p->name,
                      p->name);
        if (!field_is_pointer(p) && c != NULL)
            emit_nulls(e, c, "    ", text_of(e, "cc_e_v_%s.", p->name));
    }
}

static void loop_emit(struct emitter *e, const struct field *p, const char *base)
{
    lines_add(e->to,
              "    for (cc_e_i = 0; %s%s != NULL && cc_e_i < cc_e_c_%s && cc_edge_ok(&cc_e); "
              "cc_e_i++) {\n",
              base, p->name, p->name);
}

/* Members of elements: the other side's pointer says only whether there is one. */
static void members_take(struct emitter *e, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);
    bool back = p->attributes.out;
    const char *target = back ? "cc_e_y" : "cc_e_x";

    loop_emit(e, p, back ? "cc_e_g_" : "cc_e_f_");
    if (c->deep || !back)
        lines_add(e->to, "        struct %s *cc_e_x = cc_e_f_%s + cc_e_i;\n", c->name, p->name);
    if (back)
        lines_add(e->to, "        struct %s *cc_e_y = cc_e_g_%s + cc_e_i;\n", c->name, p->name);
    if (c->deep)
        lines_add(e->to, "        size_t cc_e_m;\n        void *cc_e_t;\n");
    lines_add(e->to, "\n");
    for (const struct pointer_path *m = struct_pointers(e, c); m != NULL; m = m->next) {
        const char *present = text_of(e, "cc_e_x->%s != NULL", m->path);

        if (!m->sized) {
            lines_add(e->to, "        memset(&%s->%s, 0, sizeof(%s->%s));\n", target, m->path,
                      target, m->path);
            continue;
        }
        lines_add(e->to, "        cc_e_m = %s;\n",
                  field_size_call(e, m->field, present, "cc_e_x->"));
        lines_add(e->to, "        cc_e_t = cc_edge_take_buffer(&cc_e, %s, cc_e_m);\n", present);
        if (back)
            lines_add(e->to, "        cc_e_t = cc_edge_take_inout(&cc_e, cc_e_t, cc_e_m);\n");
        lines_add(e->to, "        %s->%s = (%s)cc_e_t;\n", target, m->path,
                  field_type(e, m->field));
    }
    lines_add(e->to, "    }\n");
}

static void struct_take(struct emitter *e, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);

    lines_add(e->to, "    cc_e_c_%s = cc_edge_count(&cc_e, cc_e_n_%s, sizeof(struct %s));\n",
              p->name, p->name, c->name);
    if (p->attributes.in)
        lines_add(
            e->to,
            "    cc_e_f_%s = (struct %s *)cc_edge_take_buffer(&cc_e, cc_e_h_%s, cc_e_n_%s);\n",
            p->name, c->name, p->name, p->name);
    if (p->attributes.in && p->attributes.out)
        lines_add(e->to,
                  "    cc_e_g_%s = (struct %s *)cc_edge_take_inout(&cc_e, cc_e_f_%s, cc_e_n_%s);\n",
                  p->name, c->name, p->name, p->name);
    else if (p->attributes.out)
        lines_add(e->to,
                  "    cc_e_g_%s = (struct %s *)cc_edge_take_out(&cc_e, cc_e_h_%s, cc_e_n_%s);\n",
                  p->name, c->name, p->name, p->name);
    if (p->attributes.in)
        members_take(e, p);
    lines_add(e->to, "    cc_e_p_%s = (%s)cc_e_%s_%s;\n", p->name, field_type(e, p),
              p->attributes.out ? "g" : "f", p->name);
}

static void buffer_take(struct emitter *e, const struct field *p)
{
    const char *name = p->name, *type = field_type(e, p);
    const char *present = text_of(e, field_is_text(p) ? "cc_e_h_%s != 0" : "cc_e_h_%s", name);

    if (p->attributes.in && p->attributes.out) {
        lines_add(e->to, "    cc_e_f_%s = cc_edge_take_buffer(&cc_e, %s, cc_e_n_%s);\n", name,
                  present, name);
        lines_add(e->to, "    cc_e_p_%s = (%s)cc_edge_take_inout(&cc_e, cc_e_f_%s, cc_e_n_%s);\n",
                  name, type, name, name);
    } else {
        lines_add(e->to, "    cc_e_p_%s = (%s)cc_edge_take_%s(&cc_e, %s, cc_e_n_%s);\n", name, type,
                  p->attributes.in ? "buffer" : "out", present, name);
    }
    if (field_is_text(p))
        lines_add(e->to, "    cc_edge_check_string(&cc_e, cc_e_p_%s, cc_e_n_%s, sizeof(%s));\n",
                  name, name, p->attributes.string ? "char" : "wchar_t");
    if (p->attributes.in && type_is_bool(&p->type) && p->type.stars <= 1 && !p->attributes.isptr)
        lines_add(e->to, "    cc_edge_check_bool(&cc_e, cc_e_p_%s, cc_e_n_%s);\n", name, name);
}

static void payload_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        if (!copied(p))
            continue;
        if (field_is_text(p))
            lines_add(e->to, "    cc_e_n_%s = cc_edge_size(&cc_e, cc_e_h_%s != 0, cc_e_h_%s, 1);\n",
                      p->name, p->name, p->name);
        else
            lines_add(e->to, "    cc_e_n_%s = %s;\n", p->name,
                      field_size_call(e, p, text_of(e, "cc_e_h_%s", p->name), "cc_e_v_"));
        if (field_struct(e->edl, p) != NULL)
            struct_take(e, p);
        else
            buffer_take(e, p);
    }
}

static void invoke_emit(struct emitter *e, const struct function *f)
{
    lines_add(e->to, "        %s%s(", has_result(f) ? "cc_e_ret = " : "", f->name);
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const char *before = p == f->params ? "" : ", ";

        if (!field_is_pointer(p))
            lines_add(e->to, "%scc_e_v_%s", before, p->name);
        else if (p->attributes.isary)
            lines_add(e->to, "%scc_e_p_%s != NULL ? *cc_e_p_%s : NULL", before, p->name, p->name);
        else
            lines_add(e->to, "%scc_e_p_%s", before, p->name);
    }
    lines_add(e->to, ");\n");
}

/* The result into the out head, without addresses and padding of this side. */
static void results_emit(struct emitter *e, const struct function *f)
{
    const struct composite *value = value_struct(e, &f->result);
    bool is_bool = type_is_bool(&f->result) && f->result.stars == 0;

    if (f->propagate_errno)
        lines_add(e->to, "        cc_e_errno = errno;\n");
    if (value != NULL)
        emit_nulls(e, value, "        ", "cc_e_ret.");
    if (f->trusted && clean_struct(e, &f->result, 0) != NULL)
        emit_clean(e, clean_struct(e, &f->result, 0), "        ", "&cc_e_ret", "sizeof(cc_e_ret)");
    if (has_result(f) && is_bool)
        lines_add(e->to, "        cc_e_bit = cc_e_ret ? 1 : 0;\n        cc_edge_give(&cc_e, 0, "
                         "&cc_e_bit, 1);\n");
    else if (has_result(f))
        lines_add(e->to, "        cc_edge_give(&cc_e, 0, &cc_e_ret, sizeof(cc_e_ret));\n");
    if (f->propagate_errno)
        lines_add(e->to, "        cc_edge_give(&cc_e, %s, &cc_e_errno, sizeof(cc_e_errno));\n",
                  !has_result(f) ? "0"
                  : is_bool      ? "1"
                                 : "sizeof(cc_e_ret)");
}

/* Addresses and padding of this side are taken out of the buffers that go back. */
static void outputs_clean(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = copied(p) ? field_struct(e->edl, p) : NULL;

        if (c == NULL || !p->attributes.out)
            continue;
        lines_add(e->to,
                  "        for (cc_e_i = 0; cc_e_g_%s != NULL && cc_e_i < cc_e_c_%s; cc_e_i++) {\n",
                  p->name, p->name);
        emit_nulls(e, c, "            ", text_of(e, "cc_e_g_%s[cc_e_i].", p->name));
        lines_add(e->to, "        }\n");
    }
    for (const struct field *p = f->params; f->trusted && p != NULL; p = p->next)
        if (p->attributes.out && clean_buffer(e, p) != NULL)
            emit_clean(
                e, clean_buffer(e, p), "        ",
                text_of(e, "(struct %s *)(void *)cc_e_p_%s", clean_buffer(e, p)->name, p->name),
                text_of(e, "cc_e_n_%s", p->name));
}

static void signature_emit(struct emitter *e, const struct function *f)
{
    lines_add(
        e->to,
        "static cc_enclave_result_t cc_e_%s_%s_%s(const uint8_t *cc_e_in, size_t cc_e_in_size,\n"
        "    uint8_t *cc_e_out, size_t cc_e_out_size%s)\n{\n",
        e->edl->name, f->trusted ? "ecall" : "ocall", f->name,
        f->trusted ? ", uint8_t *cc_e_shared, size_t *cc_e_written" : "");
    lines_add(e->to, "    cc_edge_t cc_e = cc_edge_callee(cc_e_in, cc_e_in_size, cc_e_out, "
                     "cc_e_out_size, 0");
    if (has_result(f))
        lines_add(e->to, " + %s",
                  type_is_bool(&f->result) && f->result.stars == 0
                      ? "1"
                      : text_of(e, "sizeof(%s)", type_text(e->session, &f->result)));
    if (f->propagate_errno)
        lines_add(e->to, " + sizeof(int)");
    lines_add(e->to, ");\n");
}

void emit_callee(struct emitter *e, const struct function *f)
{
    signature_emit(e, f);
    locals_emit(e, f);
    lines_add(e->to, "\n");
    if (f->trusted)
        lines_add(e->to, "    (void)cc_e_shared;\n");
    head_emit(e, f);
    payload_emit(e, f);
    lines_add(e->to, "    if (cc_edge_ready(&cc_e)) {\n");
    invoke_emit(e, f);
    results_emit(e, f);
    outputs_clean(e, f);
    lines_add(e->to, "    }\n    return cc_edge_return(&cc_e, %s);\n}\n\n",
              f->trusted ? "cc_e_written" : "NULL");
}
