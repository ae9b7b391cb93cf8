/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_caller.c - the half of a call that sends: measure both frames, fill in, call, read out.
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

static const char *present_text(struct emitter *e, const struct field *p)
{
    return text_of(e, "%s != NULL", p->name);
}

/* Sizes of the heads; both are sums of constants. */
static void heads_emit(struct emitter *e, const struct function *f)
{
    lines_add(e->to, "    cc_edge_t cc_e = cc_edge_caller(0");
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (!field_is_pointer(p))
            lines_add(e->to, " + %s",
                      type_is_bool(&p->type) ? "1" : text_of(e, "sizeof(%s)", p->name));
        else
            lines_add(e->to, " + %s", copied(p) && !field_is_text(p) ? "1" : "sizeof(uint64_t)");
    lines_add(e->to, ", 0");
    if (has_result(f))
        lines_add(e->to, " + %s",
                  type_is_bool(&f->result) && f->result.stars == 0
                      ? "1"
                      : text_of(e, "sizeof(%s)", type_text(e->session, &f->result)));
    if (f->propagate_errno)
        lines_add(e->to, " + sizeof(int)");
    lines_add(e->to, ");\n");
}

/* A value that must be altered before it is sent: pointers out, padding out. */
static bool value_is_altered(struct emitter *e, const struct function *f, const struct field *p)
{
    return !field_is_pointer(p) &&
           (value_struct(e, &p->type) != NULL || (!f->trusted && value_has_padding(e, &p->type)));
}

static void locals_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = field_struct(e->edl, p);

        if (value_is_altered(e, f, p))
            lines_add(e->to, "    %s cc_e_v_%s = %s;\n", p->type.text, p->name, p->name);
        if (!copied(p))
            continue;
        if (field_is_text(p))
            lines_add(e->to, "    size_t cc_e_n_%s = %s((const %s *)%s);\n", p->name,
                      p->attributes.string ? "cc_edge_string_size" : "cc_edge_wstring_size",
                      p->attributes.string ? "char" : "wchar_t", p->name);
        else
            lines_add(e->to, "    size_t cc_e_n_%s = %s;\n", p->name,
                      field_size_call(e, "&cc_e", p, present_text(e, p), ""));
        if (c != NULL)
            lines_add(e->to,
                      "    size_t cc_e_c_%s = cc_edge_count(&cc_e, cc_e_n_%s, sizeof(struct "
                      "%s));\n",
                      p->name, p->name, c->name);
        if (c != NULL && p->attributes.in)
            lines_add(e->to, "    struct %s *cc_e_f_%s;\n", c->name, p->name);
        if (c != NULL && p->attributes.in && p->attributes.out)
            lines_add(e->to, "    size_t cc_e_a_%s;\n", p->name);
        if (p->attributes.out && (c != NULL || field_has_bools(e, p)))
            lines_add(e->to, "    void *cc_e_g_%s;\n", p->name);
    }
    if (has_result(f) && type_is_bool(&f->result) && f->result.stars == 0)
        lines_add(e->to, "    bool cc_e_ret;\n");
}

/* Bytes that an ecall's wrapper only passes on: they need not stand in the frame. */
static bool lendable(struct emitter *e, const struct function *f, const struct field *p)
{
    return f->trusted && copied(p) && field_struct(e->edl, p) == NULL && !field_is_text(p) &&
           !field_has_bools(e, p);
}

static void measure_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        if (!copied(p))
            continue;
        if (p->attributes.in)
            lines_add(e->to, "    cc_edge_need_in(&cc_e, %s != NULL, cc_e_n_%s);\n", p->name,
                      p->name);
        if (p->attributes.out && lendable(e, f, p))
            lines_add(e->to, "    cc_edge_need_out_lent(&cc_e, %s, cc_e_n_%s);\n", p->name,
                      p->name);
        else if (p->attributes.out)
            lines_add(e->to, "    cc_edge_need_out(&cc_e, %s != NULL, cc_e_n_%s);\n", p->name,
                      p->name);
        if (p->attributes.in && field_struct(e->edl, p) != NULL && field_struct(e->edl, p)->deep)
            lines_add(e->to, "    %s_need_%s(&cc_e, %s, (const struct %s *)%s, cc_e_c_%s);\n",
                      e->own, field_struct(e->edl, p)->name, p->attributes.out ? "true" : "false",
                      field_struct(e->edl, p)->name, p->name, p->name);
    }
    lines_add(e->to, "    cc_edge_place(&cc_e, &cc_e_room);\n");
}

static void head_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        if (field_is_pointer(p) && p->attributes.user_check)
            lines_add(e->to, "    cc_edge_put_u64(&cc_e, (uint64_t)(uintptr_t)%s);\n", p->name);
        else if (field_is_pointer(p) && field_is_text(p))
            lines_add(e->to, "    cc_edge_put_u64(&cc_e, cc_e_n_%s);\n", p->name);
        else if (field_is_pointer(p))
            lines_add(e->to, "    cc_edge_put_flag(&cc_e, %s != NULL);\n", p->name);
        else if (type_is_bool(&p->type))
            lines_add(e->to, "    cc_edge_put_flag(&cc_e, %s);\n", p->name);
        else if (value_is_altered(e, f, p)) {
            if (value_struct(e, &p->type) != NULL)
                emit_null(e, value_struct(e, &p->type), "    ", text_of(e, "&cc_e_v_%s", p->name),
                          "1");
            if (!f->trusted && value_has_padding(e, &p->type))
                emit_clean(e, &p->type, "    ", text_of(e, "&cc_e_v_%s", p->name),
                           text_of(e, "sizeof(cc_e_v_%s)", p->name));
            lines_add(e->to, "    cc_edge_put(&cc_e, &cc_e_v_%s, sizeof(cc_e_v_%s));\n", p->name,
                      p->name);
        } else
            lines_add(e->to, "    cc_edge_put(&cc_e, &%s, sizeof(%s));\n", p->name, p->name);
    }
}

/* The elements in the frame say which members follow (1 or NULL), never where they were. */
static void struct_put(struct emitter *e, const struct function *f, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);

    lines_add(e->to, "    cc_e_f_%s = (struct %s *)cc_edge_put_buffer(&cc_e, %s, cc_e_n_%s);\n",
              p->name, c->name, p->name, p->name);
    if (!f->trusted)
        emit_clean(e, &p->type, "    ", text_of(e, "cc_e_f_%s", p->name),
                   text_of(e, "cc_e_n_%s", p->name));
    if (p->attributes.out) /* where the members begin, for the way back */
        lines_add(e->to, "    cc_e_a_%s = cc_e.in_at;\n", p->name);
    lines_add(e->to, "    %s_put_%s(&cc_e, (const struct %s *)%s, cc_e_f_%s, cc_e_c_%s);\n", e->own,
              c->name, c->name, p->name, p->name, p->name);
}

static void payload_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const char *put = text_of(e, "cc_edge_put_buffer(&cc_e, %s, cc_e_n_%s)", p->name, p->name);

        if (!copied(p) || !p->attributes.in)
            continue;
        if (field_struct(e->edl, p) != NULL)
            struct_put(e, f, p);
        else if (!f->trusted && buffer_has_padding(e, p))
            emit_clean(e, &p->type, "    ", put, text_of(e, "cc_e_n_%s", p->name));
        else if (lendable(e, f, p))
            lines_add(e->to, "    cc_edge_put_lent(&cc_e, %s, cc_e_n_%s);\n", p->name, p->name);
        else
            lines_add(e->to, "    %s;\n", put);
    }
}

/* Elements come back around the caller's own pointers; a bool is 0 or 1, whatever was sent. */
static void frame_get(struct emitter *e, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);
    const char *frame = text_of(e, "cc_e_g_%s", p->name), *size = text_of(e, "cc_e_n_%s", p->name);

    lines_add(e->to, "    %s = cc_edge_get_frame(&cc_e, %s != NULL, %s);\n", frame, p->name, size);
    emit_bools(e, p, "    ", "NULL", frame, size);
    if (c != NULL && p->attributes.in)
        lines_add(e->to,
                  "    cc_e.in_at = cc_e_a_%s;\n    %s_get_%s(&cc_e, (struct %s *)%s, "
                  "cc_e_f_%s, (struct %s *)%s, cc_e_c_%s);\n",
                  p->name, e->own, c->name, c->name, p->name, p->name, c->name, frame, p->name);
    else {
        if (c != NULL)
            emit_null(e, c, "    ", text_of(e, "(struct %s *)%s", c->name, frame),
                      text_of(e, "cc_e_c_%s", p->name));
        lines_add(e->to, "    cc_edge_copy(&cc_e, %s, %s, %s);\n", p->name, frame, size);
    }
}

static void result_emit(struct emitter *e, const struct function *f)
{
    const char *retval = function_local(e, f, "retval");
    const struct composite *c = value_struct(e, &f->result);
    const struct composite *bools = edl_composite(e->edl, &f->result);

    if (has_result(f) && type_is_bool(&f->result) && f->result.stars == 0)
        lines_add(e->to,
                  "    cc_e_ret = cc_edge_get_bool(&cc_e);\n"
                  "    if (cc_edge_ok(&cc_e) && %s != NULL)\n        *%s = cc_e_ret;\n",
                  retval, retval);
    else if (has_result(f))
        lines_add(e->to, "    cc_edge_get(&cc_e, %s, sizeof(%s));\n", retval,
                  type_text(e->session, &f->result));
    if (c != NULL) {
        lines_add(e->to, "    if (cc_edge_ok(&cc_e))\n");
        emit_null(e, c, "        ", retval, "1");
    }
    if (bools != NULL && bools->has_bools && f->result.stars == 0)
        lines_add(e->to,
                  "    if (cc_edge_ok(&cc_e) && %s != NULL)\n"
                  "        %s_bools_%s(NULL, %s, sizeof(*%s));\n",
                  retval, e->own, bools->name, retval, retval);
    if (has_result(f) && f->result.kind == TYPE_FOREIGN && bools == NULL && f->result.stars == 0 &&
        !type_is_bool(&f->result))
        lines_add(e->to,
                  "    if (cc_edge_ok(&cc_e))\n"
                  "        CC_EDGE_BOOLS(%s, NULL, %s, sizeof(%s));\n",
                  f->result.text, retval, f->result.text);
    if (f->propagate_errno)
        lines_add(e->to, "    cc_edge_get(&cc_e, &errno, sizeof(int));\n");
}

static void outputs_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (!copied(p) || !p->attributes.out)
            continue;
        else if (field_struct(e->edl, p) != NULL || field_has_bools(e, p))
            frame_get(e, p);
        else if (field_is_text(p))
            lines_add(e->to, "    cc_edge_get_string(&cc_e, %s, cc_e_n_%s, sizeof(%s));\n", p->name,
                      p->name, p->attributes.string ? "char" : "wchar_t");
        else {
            lines_add(e->to, "    cc_edge_get_%s(&cc_e, %s, cc_e_n_%s);\n",
                      lendable(e, f, p) ? "lent" : "buffer", p->name, p->name);
            emit_bools(e, p, "    if (cc_edge_ok(&cc_e))\n        ", "NULL", p->name,
                       text_of(e, "cc_e_n_%s", p->name));
        }
}

/* The call itself, of a function without arguments or with frames. */
static void call_emit(struct emitter *e, const struct function *f, bool framed)
{
    const char *table =
        e->edl->ocall_count > 0 ? text_of(e, "&cc_e_%s_ocalls", e->edl->name) : "NULL";
    const char *enclave = function_local(e, f, "enclave");

    if (!f->trusted)
        lines_add(e->to, "cc_ocall_enclave%s(%u, %s);\n", f->switchless ? "_switchless" : "", f->id,
                  framed ? "cc_e.in, cc_e.in_size, cc_e.out, cc_e.out_size" : "NULL, 0, NULL, 0");
    else if (framed)
        lines_add(e->to, "cc_edge_ecall(&cc_e, %s, %u, %s);\n", enclave, f->id, table);
    else
        lines_add(e->to, "cc_enclave_call_function(%s, %u, NULL, 0, NULL, 0, NULL, %s);\n", enclave,
                  f->id, table);
}

void emit_caller(struct emitter *e, const struct function *f, enum caller_form form)
{
    emit_caller_prototype(e, f, form);
    if (f->params == NULL && !has_result(f) && !f->propagate_errno) {
        lines_add(e->to, "\n{\n    return ");
        call_emit(e, f, false);
        lines_add(e->to, "}\n\n");
        return;
    }
    lines_add(e->to, "\n{\n    cc_edge_room_t cc_e_room;\n");
    emit_asserts(e, f, "");
    heads_emit(e, f);
    locals_emit(e, f);
    lines_add(e->to, "\n");
    measure_emit(e, f);
    head_emit(e, f);
    payload_emit(e, f);
    lines_add(e->to, "    if (cc_edge_sealed(&cc_e))\n        cc_e.rc = ");
    call_emit(e, f, true);
    result_emit(e, f);
    outputs_emit(e, f);
    lines_add(e->to, "    return cc_edge_end(&cc_e);\n}\n\n");
}
