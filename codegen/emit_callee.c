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

/* Text and bools are checked, and structs with pointers altered: only on copies. */
bool field_can_be_shared(struct emitter *e, const struct field *f)
{
    return copied(f) && !field_is_text(f) && !field_has_bools(e, f) &&
           field_struct(e->edl, f) == NULL;
}

static bool is_shared(struct emitter *e, const struct function *f, const struct field *p)
{
    return f->trusted && f->switchless && field_can_be_shared(e, p);
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
        if (is_shared(e, f, p))
            lines_add(e->to, "    uint64_t cc_e_s_%s = 0;\n", p->name);
        if (c != NULL) {
            lines_add(e->to, "    size_t cc_e_c_%s;\n", p->name);
            if (p->attributes.in)
                lines_add(e->to, "    struct %s *cc_e_f_%s;\n", c->name, p->name);
            if (p->attributes.out)
                lines_add(e->to, "    struct %s *cc_e_g_%s;\n", c->name, p->name);
            if (p->attributes.out && c->deep)
                lines_add(e->to, "    size_t cc_e_a_%s, cc_e_b_%s;\n", p->name, p->name);
        } else if (p->attributes.in && p->attributes.out) {
            lines_add(e->to, "    void *cc_e_f_%s;\n", p->name);
        }
    }
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
        else if (is_shared(e, f, p))
            lines_add(e->to, "    cc_e_h_%s = cc_edge_take_place(&cc_e, &cc_e_s_%s);\n", p->name,
                      p->name);
        else if (field_is_pointer(p))
            lines_add(e->to, "    cc_e_h_%s = cc_edge_take_%s(&cc_e);\n", p->name,
                      field_is_text(p) ? "u64" : "flag");
        else if (type_is_bool(&p->type))
            lines_add(e->to, "    cc_e_v_%s = cc_edge_take_flag(&cc_e);\n", p->name);
        else
            lines_add(e->to, "    cc_edge_take(&cc_e, &cc_e_v_%s, sizeof(cc_e_v_%s));\n", p->name,
                      p->name);
        if (!field_is_pointer(p) && c != NULL)
            emit_null(e, c, "    ", text_of(e, "&cc_e_v_%s", p->name), "1");
        if (!field_is_pointer(p) && !type_is_bool(&p->type))
            emit_bools(e, p, "    ", "&cc_e", text_of(e, "&cc_e_v_%s", p->name),
                       text_of(e, "sizeof(cc_e_v_%s)", p->name));
    }
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
    if (p->attributes.in)
        emit_bools(e, p, "    ", "&cc_e", text_of(e, "cc_e_f_%s", p->name),
                   text_of(e, "cc_e_n_%s", p->name));
    if (p->attributes.in && p->attributes.out)
        lines_add(e->to,
                  "    cc_e_g_%s = (struct %s *)cc_edge_take_inout(&cc_e, cc_e_f_%s, cc_e_n_%s);\n",
                  p->name, c->name, p->name, p->name);
    else if (p->attributes.out)
        lines_add(e->to,
                  "    cc_e_g_%s = (struct %s *)cc_edge_take_out(&cc_e, cc_e_h_%s, cc_e_n_%s);\n",
                  p->name, c->name, p->name, p->name);
    if (p->attributes.out && c->deep) /* where the members begin, for the way back */
        lines_add(e->to, "    cc_e_a_%s = cc_e.in_at;\n    cc_e_b_%s = cc_e.out_at;\n", p->name,
                  p->name);
    if (p->attributes.in)
        lines_add(e->to, "    %s_take_%s(&cc_e, cc_e_f_%s, %s%s, cc_e_c_%s);\n", e->own, c->name,
                  p->name, p->attributes.out ? "cc_e_g_" : "", p->attributes.out ? p->name : "NULL",
                  p->name);
    lines_add(e->to, "    cc_e_p_%s = (%s)cc_e_%s_%s;\n", p->name, field_type(e, p),
              p->attributes.out ? "g" : "f", p->name);
}

static void buffer_take(struct emitter *e, const struct field *p)
{
    const char *name = p->name, *type = field_type(e, p);
    const char *present = text_of(e, field_is_text(p) ? "cc_e_h_%s != 0" : "cc_e_h_%s", name);
    bool both = p->attributes.in && p->attributes.out;

    if (both)
        lines_add(e->to, "    cc_e_f_%s = cc_edge_take_buffer(&cc_e, %s, cc_e_n_%s);\n", name,
                  present, name);
    else
        lines_add(e->to, "    cc_e_p_%s = (%s)cc_edge_take_%s(&cc_e, %s, cc_e_n_%s);\n", name, type,
                  p->attributes.in ? "buffer" : "out", present, name);
    if (p->attributes.in)
        emit_bools(e, p, "    ", "&cc_e",
                   text_of(e, both ? "cc_e_f_%s" : "(void *)(uintptr_t)cc_e_p_%s", name),
                   text_of(e, "cc_e_n_%s", name));
    if (both)
        lines_add(e->to,
                  "    cc_e_p_%s = (%s)cc_edge_take_inout_lent(&cc_e, cc_e_f_%s, cc_e_n_%s);\n",
                  name, type, name, name);
    if (field_is_text(p))
        lines_add(e->to, "    cc_edge_check_string(&cc_e, cc_e_p_%s, cc_e_n_%s, sizeof(%s));\n",
                  name, name, p->attributes.string ? "char" : "wchar_t");
}

/* The same, or where the buffer stands in memory that the host sees and may change meanwhile. */
static void shared_take(struct emitter *e, const struct field *p)
{
    bool sized = p->attributes.size.kind == AMOUNT_NONE; /* then the type is complete */

    lines_add(e->to, "    if (cc_e_s_%s == 0) {\n", p->name);
    buffer_take(e, p);
    lines_add(e->to,
              "    } else {\n        cc_e_p_%s = (%s)cc_edge_take_shared(&cc_e, cc_e_shared, "
              "cc_e_s_%s,\n            cc_e_n_%s, %s);\n    }\n",
              p->name, field_type(e, p), p->name, p->name,
              sized ? text_of(e, "__alignof__(%s)", field_element(e, p)) : "1");
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
                      field_size_call(e, "&cc_e", p, text_of(e, "cc_e_h_%s", p->name), "cc_e_v_"));
        if (field_struct(e->edl, p) != NULL)
            struct_take(e, p);
        else if (is_shared(e, f, p))
            shared_take(e, p);
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
        emit_null(e, value, "        ", "&cc_e_ret", "1");
    if (f->trusted && value_has_padding(e, &f->result))
        emit_clean(e, &f->result, "        ", "&cc_e_ret", "sizeof(cc_e_ret)");
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

        if (!p->attributes.out || !copied(p))
            continue;
        if (f->trusted && buffer_has_padding(e, p))
            emit_clean(e, &p->type, "        ", text_of(e, "cc_e_p_%s", p->name),
                       text_of(e, "cc_e_n_%s", p->name));
        if (c != NULL && c->deep)
            lines_add(e->to,
                      "        cc_e.in_at = cc_e_a_%s;\n        cc_e.out_at = cc_e_b_%s;\n"
                      "        %s_back_%s(&cc_e, cc_e_f_%s, cc_e_g_%s, cc_e_c_%s);\n",
                      p->name, p->name, e->own, c->name, p->name, p->name, p->name);
        else if (c != NULL)
            emit_null(e, c, "        ", text_of(e, "cc_e_g_%s", p->name),
                      text_of(e, "cc_e_c_%s", p->name));
    }
}

static void signature_emit(struct emitter *e, const struct function *f)
{
    lines_add(
        e->to,
        "static cc_enclave_result_t cc_e_%s_%s_%s(const uint8_t *cc_e_in, size_t cc_e_in_size,\n"
        "    uint8_t *cc_e_out, size_t cc_e_out_size%s)\n{\n",
        e->edl->name, f->trusted ? "ecall" : "ocall", f->name,
        f->trusted ? ", uint8_t *cc_e_shared, size_t *cc_e_written" : "");
    lines_add(e->to, "    cc_edge_t cc_e;\n");
}

static void enter_emit(struct emitter *e, const struct function *f)
{
    lines_add(e->to, "    cc_edge_enter(&cc_e, cc_e_in, cc_e_in_size, cc_e_out, cc_e_out_size, 0");
    if (has_result(f))
        lines_add(e->to, " + %s",
                  type_is_bool(&f->result) && f->result.stars == 0
                      ? "1"
                      : text_of(e, "sizeof(%s)", type_text(e->session, &f->result)));
    if (f->propagate_errno)
        lines_add(e->to, " + sizeof(int)");
    lines_add(e->to, ");\n");
}

void emit_values_callee(struct emitter *e, const struct function *f)
{
    const char *at = "cc_e_in";

    lines_add(e->to,
              "static void cc_e_%s_values_%s(const uint8_t *cc_e_in, uint8_t *cc_e_out)\n{\n",
              e->edl->name, f->name);
    for (const struct field *p = f->params; p != NULL; p = p->next)
        lines_add(e->to, "    %s cc_e_v_%s;\n", p->type.text, p->name);
    if (has_result(f))
        lines_add(e->to, "    %s cc_e_ret;\n", type_text(e->session, &f->result));
    lines_add(e->to, "\n");
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        lines_add(e->to, "    memcpy(&cc_e_v_%s, %s, sizeof(cc_e_v_%s));\n", p->name, at, p->name);
        at = text_of(e, "%s + sizeof(cc_e_v_%s)", at, p->name);
    }
    if (f->params == NULL)
        lines_add(e->to, "    (void)cc_e_in;\n");
    lines_add(e->to, "    %s%s(", has_result(f) ? "cc_e_ret = " : "", f->name);
    for (const struct field *p = f->params; p != NULL; p = p->next)
        lines_add(e->to, "%scc_e_v_%s", p == f->params ? "" : ", ", p->name);
    lines_add(e->to, ");\n    %s;\n}\n\n",
              has_result(f) ? "memcpy(cc_e_out, &cc_e_ret, sizeof(cc_e_ret))" : "(void)cc_e_out");
}

void emit_callee(struct emitter *e, const struct function *f)
{
    signature_emit(e, f);
    locals_emit(e, f);
    lines_add(e->to, "\n");
    emit_asserts(e, f, "cc_e_v_");
    enter_emit(e, f);
    if (f->trusted && !f->switchless)
        lines_add(e->to, "    cc_edge_reply_to(&cc_e, cc_e_shared);\n");
    else if (f->trusted)
        lines_add(e->to, "    cc_edge_reply_to(&cc_e, cc_edge_shared_lent(cc_e_shared));\n");
    head_emit(e, f);
    payload_emit(e, f);
    lines_add(e->to, "    if (cc_edge_ready(&cc_e)) {\n");
    invoke_emit(e, f);
    results_emit(e, f);
    outputs_clean(e, f);
    lines_add(e->to, "    }\n    return cc_edge_return(&cc_e, %s);\n}\n\n",
              f->trusted ? "cc_e_written" : "NULL");
}
