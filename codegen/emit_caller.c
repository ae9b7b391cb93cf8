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

/* A struct by value that must be altered before it is sent: pointers out, padding out. */
static const struct composite *copied_value(struct emitter *e, const struct function *f,
                                            const struct field *p)
{
    if (field_is_pointer(p))
        return NULL;
    return f->trusted ? value_struct(e, &p->type) : clean_struct(e, &p->type, 0);
}

static void locals_emit(struct emitter *e, const struct function *f)
{
    bool any_struct = false;

    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = copied_value(e, f, p);

        if (c != NULL)
            lines_add(e->to, "    %s cc_e_v_%s = %s;\n", p->type.text, p->name, p->name);
        if (!copied(p))
            continue;
        if (field_is_text(p))
            lines_add(e->to, "    size_t cc_e_n_%s = %s((const %s *)%s);\n", p->name,
                      p->attributes.string ? "cc_edge_string_size" : "cc_edge_wstring_size",
                      p->attributes.string ? "char" : "wchar_t", p->name);
        else
            lines_add(e->to, "    size_t cc_e_n_%s = %s;\n", p->name,
                      field_size_call(e, p, present_text(e, p), ""));
        if (field_struct(e->edl, p) == NULL)
            continue;
        any_struct = true;
        lines_add(e->to,
                  "    size_t cc_e_c_%s = cc_edge_count(&cc_e, cc_e_n_%s, sizeof(struct %s));\n",
                  p->name, p->name, field_struct(e->edl, p)->name);
        if (p->attributes.in)
            lines_add(e->to, "    struct %s *cc_e_f_%s;\n", field_struct(e->edl, p)->name, p->name);
        if (p->attributes.out)
            lines_add(e->to, "    struct %s *cc_e_g_%s;\n", field_struct(e->edl, p)->name, p->name);
    }
    if (any_struct)
        lines_add(e->to, "    size_t cc_e_i;\n");
    if (has_result(f) && type_is_bool(&f->result) && f->result.stars == 0)
        lines_add(e->to, "    bool cc_e_ret;\n");
}

static void loop_emit(struct emitter *e, const struct field *p, const char *base)
{
    lines_add(e->to,
              "    for (cc_e_i = 0; %s%s != NULL && cc_e_i < cc_e_c_%s && cc_edge_ok(&cc_e); "
              "cc_e_i++) {\n",
              base, p->name, p->name);
}

/* Declares a cursor over the caller's own elements. */
static void element_emit(struct emitter *e, const struct field *p, const char *qualifier)
{
    const char *name = field_struct(e->edl, p)->name;

    lines_add(e->to, "        %sstruct %s *cc_e_x = (%sstruct %s *)%s + cc_e_i;\n", qualifier, name,
              qualifier, name, p->name);
}

/* Room for the sized members of each element. */
static void members_measure(struct emitter *e, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);

    if (!c->deep)
        return;
    loop_emit(e, p, "");
    element_emit(e, p, "const ");
    lines_add(e->to, "        size_t cc_e_m;\n\n");
    for (const struct pointer_path *m = struct_pointers(e, c); m != NULL; m = m->next) {
        const char *present = text_of(e, "cc_e_x->%s != NULL", m->path);

        if (!m->sized)
            continue;
        lines_add(e->to, "        cc_e_m = %s;\n",
                  field_size_call(e, m->field, present, "cc_e_x->"));
        lines_add(e->to, "        cc_edge_need_in(&cc_e, %s, cc_e_m);\n", present);
        if (p->attributes.out)
            lines_add(e->to, "        cc_edge_need_out(&cc_e, %s, cc_e_m);\n", present);
    }
    lines_add(e->to, "    }\n");
}

static void measure_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        if (!copied(p))
            continue;
        if (p->attributes.in)
            lines_add(e->to, "    cc_edge_need_in(&cc_e, %s != NULL, cc_e_n_%s);\n", p->name,
                      p->name);
        if (p->attributes.out)
            lines_add(e->to, "    cc_edge_need_out(&cc_e, %s != NULL, cc_e_n_%s);\n", p->name,
                      p->name);
        if (p->attributes.in && field_struct(e->edl, p) != NULL)
            members_measure(e, p);
    }
    lines_add(e->to, "    cc_edge_place(&cc_e, &cc_e_room);\n");
}

static void head_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = copied_value(e, f, p);

        if (field_is_pointer(p) && p->attributes.user_check)
            lines_add(e->to, "    cc_edge_put_u64(&cc_e, (uint64_t)(uintptr_t)%s);\n", p->name);
        else if (field_is_pointer(p) && field_is_text(p))
            lines_add(e->to, "    cc_edge_put_u64(&cc_e, cc_e_n_%s);\n", p->name);
        else if (field_is_pointer(p))
            lines_add(e->to, "    cc_edge_put_flag(&cc_e, %s != NULL);\n", p->name);
        else if (type_is_bool(&p->type))
            lines_add(e->to, "    cc_edge_put_flag(&cc_e, %s);\n", p->name);
        else if (c != NULL) {
            if (c->has_pointers)
                emit_nulls(e, c, "    ", text_of(e, "cc_e_v_%s.", p->name));
            if (!f->trusted)
                emit_clean(e, c, "    ", text_of(e, "&cc_e_v_%s", p->name),
                           text_of(e, "sizeof(cc_e_v_%s)", p->name));
            lines_add(e->to, "    cc_edge_put(&cc_e, &cc_e_v_%s, sizeof(cc_e_v_%s));\n", p->name,
                      p->name);
        } else
            lines_add(e->to, "    cc_edge_put(&cc_e, &%s, sizeof(%s));\n", p->name, p->name);
    }
}

static void member_put(struct emitter *e, const struct function *f, const struct pointer_path *m)
{
    const struct composite *c = f->trusted ? NULL : clean_buffer(e, m->field);
    const char *size =
        field_size_call(e, m->field, text_of(e, "cc_e_x->%s != NULL", m->path), "cc_e_y->");
    const char *put = text_of(e, "cc_edge_put_buffer(&cc_e, cc_e_x->%s, %s)", m->path, size);

    if (c != NULL)
        emit_clean(e, c, "        ", text_of(e, "(struct %s *)%s", c->name, put), size);
    else
        lines_add(e->to, "        %s;\n", put);
}

/* The elements in the frame say which members follow (1 or NULL), never where they were. */
static void members_put(struct emitter *e, const struct function *f, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);

    lines_add(e->to, "    cc_e_f_%s = (struct %s *)cc_edge_put_buffer(&cc_e, %s, cc_e_n_%s);\n",
              p->name, c->name, p->name, p->name);
    if (!f->trusted)
        emit_clean(e, c, "    ", text_of(e, "cc_e_f_%s", p->name),
                   text_of(e, "cc_e_n_%s", p->name));
    loop_emit(e, p, "cc_e_f_");
    if (c->deep)
        element_emit(e, p, "const ");
    lines_add(e->to, "        struct %s *cc_e_y = cc_e_f_%s + cc_e_i;\n\n", c->name, p->name);
    for (const struct pointer_path *m = struct_pointers(e, c); m != NULL; m = m->next) {
        if (!m->sized) {
            lines_add(e->to, "        memset(&cc_e_y->%s, 0, sizeof(cc_e_y->%s));\n", m->path,
                      m->path);
            continue;
        }
        member_put(e, f, m);
        lines_add(e->to, "        cc_e_y->%s = (%s)(uintptr_t)(cc_e_x->%s != NULL ? 1 : 0);\n",
                  m->path, field_type(e, m->field), m->path);
    }
    lines_add(e->to, "    }\n");
}

static void payload_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        const struct composite *c = f->trusted ? NULL : clean_buffer(e, p);
        const char *put = text_of(e, "cc_edge_put_buffer(&cc_e, %s, cc_e_n_%s)", p->name, p->name);

        if (!copied(p) || !p->attributes.in)
            continue;
        if (field_struct(e->edl, p) != NULL)
            members_put(e, f, p);
        else if (c != NULL)
            emit_clean(e, c, "    ", text_of(e, "(struct %s *)%s", c->name, put),
                       text_of(e, "cc_e_n_%s", p->name));
        else
            lines_add(e->to, "    %s;\n", put);
    }
}

/* Elements come back around the caller's own pointers. */
static void members_get(struct emitter *e, const struct field *p)
{
    const struct composite *c = field_struct(e->edl, p);

    lines_add(e->to,
              "    cc_e_g_%s = (struct %s *)cc_edge_get_frame(&cc_e, %s != NULL, cc_e_n_%s);\n",
              p->name, c->name, p->name, p->name);
    loop_emit(e, p, "cc_e_g_");
    element_emit(e, p, "");
    if (p->attributes.in && c->deep)
        lines_add(e->to, "        const struct %s *cc_e_y = cc_e_f_%s + cc_e_i;\n", c->name,
                  p->name);
    lines_add(e->to, "        struct %s *cc_e_z = cc_e_g_%s + cc_e_i;\n\n", c->name, p->name);
    for (const struct pointer_path *m = struct_pointers(e, c); m != NULL; m = m->next) {
        if (m->sized && p->attributes.in)
            lines_add(e->to,
                      "        if (cc_e_y->%s != NULL)\n            cc_edge_get_buffer(&cc_e, "
                      "cc_e_x->%s, %s);\n",
                      m->path, m->path, field_size_call(e, m->field, "true", "cc_e_y->"));
        if (p->attributes.in)
            lines_add(e->to, "        memcpy(&cc_e_z->%s, &cc_e_x->%s, sizeof(cc_e_z->%s));\n",
                      m->path, m->path, m->path);
        else
            lines_add(e->to, "        memset(&cc_e_z->%s, 0, sizeof(cc_e_z->%s));\n", m->path,
                      m->path);
    }
    lines_add(e->to, "        if (cc_edge_ok(&cc_e))\n            *cc_e_x = *cc_e_z;\n    }\n");
}

static void result_emit(struct emitter *e, const struct function *f)
{
    const char *retval = function_local(e, f, "retval");
    const struct composite *c = value_struct(e, &f->result);

    if (has_result(f) && type_is_bool(&f->result) && f->result.stars == 0)
        lines_add(e->to,
                  "    cc_e_ret = cc_edge_get_bool(&cc_e);\n"
                  "    if (cc_edge_ok(&cc_e) && %s != NULL)\n        *%s = cc_e_ret;\n",
                  retval, retval);
    else if (has_result(f))
        lines_add(e->to, "    cc_edge_get(&cc_e, %s, sizeof(%s));\n", retval,
                  type_text(e->session, &f->result));
    if (c != NULL) {
        lines_add(e->to, "    if (cc_edge_ok(&cc_e) && %s != NULL) {\n", retval);
        emit_nulls(e, c, "        ", text_of(e, "%s->", retval));
        lines_add(e->to, "    }\n");
    }
    if (f->propagate_errno)
        lines_add(e->to, "    cc_edge_get(&cc_e, &errno, sizeof(int));\n");
}

static void outputs_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (!copied(p) || !p->attributes.out)
            continue;
        else if (field_struct(e->edl, p) != NULL)
            members_get(e, p);
        else if (field_is_text(p))
            lines_add(e->to, "    cc_edge_get_string(&cc_e, %s, cc_e_n_%s, sizeof(%s));\n", p->name,
                      p->name, p->attributes.string ? "char" : "wchar_t");
        else
            lines_add(e->to, "    cc_edge_get_buffer(&cc_e, %s, cc_e_n_%s);\n", p->name, p->name);
}

/* The call itself; `frames` are its four arguments. */
static void call_emit(struct emitter *e, const struct function *f, const char *frames)
{
    if (!f->trusted)
        lines_add(e->to, "cc_ocall_enclave(%u, %s);\n", f->id, frames);
    else if (e->edl->ocall_count > 0)
        lines_add(e->to, "cc_enclave_call_function(%s, %u, %s, NULL, &cc_e_%s_ocalls);\n",
                  function_local(e, f, "enclave"), f->id, frames, e->edl->name);
    else
        lines_add(e->to, "cc_enclave_call_function(%s, %u, %s, NULL, NULL);\n",
                  function_local(e, f, "enclave"), f->id, frames);
}

void emit_caller(struct emitter *e, const struct function *f)
{
    emit_caller_prototype(e, f, false);
    if (f->params == NULL && !has_result(f) && !f->propagate_errno) {
        lines_add(e->to, "\n{\n    return ");
        call_emit(e, f, "NULL, 0, NULL, 0");
        lines_add(e->to, "}\n\n");
        return;
    }
    lines_add(e->to, "\n{\n    cc_edge_room_t cc_e_room;\n");
    heads_emit(e, f);
    locals_emit(e, f);
    lines_add(e->to, "\n");
    measure_emit(e, f);
    head_emit(e, f);
    payload_emit(e, f);
    lines_add(e->to, "    if (cc_edge_sealed(&cc_e))\n        cc_e.rc = ");
    call_emit(e, f, "cc_e.in, cc_e.in_size, cc_e.out, cc_e.out_size");
    result_emit(e, f);
    outputs_emit(e, f);
    lines_add(e->to, "    return cc_edge_end(&cc_e);\n}\n\n");
}

/* Arguments as one 64-bit word each, for an engine with worker threads; nothing is copied. */
static void switchless_args(struct emitter *e, const struct function *f)
{
    unsigned count = 0;

    for (const struct field *p = f->params; p != NULL; p = p->next)
        count++;
    lines_add(e->to, "    sl_ecall_func_info_t cc_e_info;\n");
    if (count > 0)
        lines_add(e->to, "    uint64_t cc_e_args[%u] = {0};\n", count);
    lines_add(e->to,
              "\n    memset(&cc_e_info, 0, sizeof(cc_e_info));\n    cc_e_info.func_id = %u;\n",
              f->id);
    if (has_result(f))
        lines_add(e->to, "    cc_e_info.retval_size = (uint16_t)sizeof(%s);\n",
                  type_text(e->session, &f->result));
    lines_add(e->to, "    cc_e_info.argc = %u;\n", count);
    if (count > 0)
        lines_add(e->to, "    cc_e_info.args = cc_e_args;\n");
    count = 0;
    for (const struct field *p = f->params; p != NULL; p = p->next, count++)
        if (field_is_pointer(p))
            lines_add(e->to, "    cc_e_args[%u] = (uint64_t)(uintptr_t)%s;\n", count, p->name);
        else
            lines_add(e->to,
                      "    if (sizeof(%s) > sizeof(uint64_t))\n"
                      "        return CC_ERROR_BAD_PARAMETERS;\n"
                      "    memcpy(&cc_e_args[%u], &%s, sizeof(%s));\n",
                      p->name, count, p->name, p->name);
}

void emit_switchless(struct emitter *e, const struct function *f)
{
    const char *enclave = function_local(e, f, "enclave");
    const char *retval = function_local(e, f, "retval");

    emit_caller_prototype(e, f, false);
    lines_add(e->to, "\n{\n");
    switchless_args(e, f);
    lines_add(e->to, "    return cc_edge_switchless(%s, %s, &cc_e_info);\n}\n\n", enclave,
              has_result(f) ? retval : "NULL");

    emit_caller_prototype(e, f, true);
    lines_add(e->to, "\n{\n");
    switchless_args(e, f);
    if (has_result(f)) /* written only when a call falls back to the ordinary path */
        lines_add(e->to, "    (void)%s;\n", retval);
    lines_add(e->to, "    return cc_edge_switchless_async(%s, %s, &cc_e_info);\n}\n\n", enclave,
              function_local(e, f, "task_id"));
}
