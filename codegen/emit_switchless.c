/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_switchless.c - host functions of ecalls with transition_using_threads: the arguments as a
 * list that says of each where it stands, how large it is and which way it goes, so that the engine
 * (enclave_internal.h) can lay out the frames itself, now or when a task ends. When the engine says
 * that the call should go the ordinary way, it does. A function of few numbers needs no list: they
 * stand in both frames as they do in cc_sl_values_t.
 */
#include "emit.h"
#include <string.h>

enum { VALUES_MAX = 6 }; /* generated code checks it against CC_SL_VALUES_MAX */

static bool has_result(const struct function *f)
{
    return f->result.kind != TYPE_VOID || f->result.stars > 0;
}

static bool copied(const struct field *p)
{
    return field_is_pointer(p) && !p->attributes.user_check;
}

/* A value that does not travel as it stands. */
static bool value_is_altered(struct emitter *e, const struct field *p)
{
    return !field_is_pointer(p) && (type_is_bool(&p->type) || value_struct(e, &p->type) != NULL);
}

static void locals_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next) {
        if (field_is_pointer(p) && p->attributes.user_check)
            lines_add(e->to, "    uint64_t cc_e_v_%s = (uint64_t)(uintptr_t)%s;\n", p->name,
                      p->name);
        else if (value_is_altered(e, p) && type_is_bool(&p->type))
            lines_add(e->to, "    uint8_t cc_e_v_%s = %s ? 1 : 0;\n", p->name, p->name);
        else if (value_is_altered(e, p))
            lines_add(e->to, "    %s cc_e_v_%s = %s;\n", p->type.text, p->name, p->name);
        if (copied(p) && field_is_text(p))
            lines_add(e->to, "    size_t cc_e_n_%s = %s((const %s *)%s);\n", p->name,
                      p->attributes.string ? "cc_edge_string_size" : "cc_edge_wstring_size",
                      p->attributes.string ? "char" : "wchar_t", p->name);
        else if (copied(p))
            lines_add(e->to, "    size_t cc_e_n_%s = %s;\n", p->name,
                      field_size_call(e, "&cc_e", p, text_of(e, "%s != NULL", p->name), ""));
    }
}

static const char *flags_text(const struct field *p)
{
    if (field_is_text(p))
        return p->attributes.out ? "CC_SL_ARG_TEXT | CC_SL_ARG_IN | CC_SL_ARG_OUT"
                                 : "CC_SL_ARG_TEXT | CC_SL_ARG_IN";
    return !p->attributes.out  ? "CC_SL_ARG_IN"
           : !p->attributes.in ? "CC_SL_ARG_OUT"
                               : "CC_SL_ARG_IN | CC_SL_ARG_OUT";
}

static void args_emit(struct emitter *e, const struct function *f)
{
    unsigned at = 0;

    for (const struct field *p = f->params; p != NULL; p = p->next, at++) {
        bool altered = value_is_altered(e, p) || (field_is_pointer(p) && !copied(p));

        if (value_struct(e, &p->type) != NULL && !field_is_pointer(p))
            emit_null(e, value_struct(e, &p->type), "    ", text_of(e, "&cc_e_v_%s", p->name), "1");
        if (copied(p))
            lines_add(e->to, "    cc_e_list[%u] = cc_edge_arg(%s%s, %s, cc_e_n_%s);\n", at,
                      flags_text(p), field_can_be_shared(e, p) ? " | CC_SL_ARG_SHARED" : "",
                      p->name, p->name);
        else
            lines_add(e->to, "    cc_e_list[%u] = cc_edge_arg(0, &%s%s, sizeof(%s%s));\n", at,
                      altered ? "cc_e_v_" : "", p->name, altered ? "cc_e_v_" : "", p->name);
    }
}

/* The list, and the description of the call that ends in it. */
static void call_emit(struct emitter *e, const struct function *f)
{
    unsigned count = 0;

    for (const struct field *p = f->params; p != NULL; p = p->next)
        count++;
    lines_add(e->to, "    cc_edge_t cc_e = cc_edge_caller(0, 0);\n");
    if (count > 0)
        lines_add(e->to, "    cc_sl_arg_t cc_e_list[%u];\n", count);
    lines_add(e->to,
              "    cc_sl_args_t cc_e_args = {%s, %s};\n    sl_ecall_func_info_t cc_e_info;\n",
              e->edl->ocall_count > 0 ? text_of(e, "&cc_e_%s_ocalls", e->edl->name) : "NULL",
              count > 0 ? "cc_e_list" : "NULL");
    locals_emit(e, f);
    lines_add(e->to,
              "\n    cc_e_info.func_id = %u;\n    cc_e_info.retval_size = %s;\n"
              "    cc_e_info.argc = %u;\n    cc_e_info.args = &cc_e_args;\n",
              f->id,
              has_result(f) ? text_of(e, "(uint16_t)sizeof(%s)", type_text(e->session, &f->result))
                            : "0",
              count);
    if (has_result(f))
        lines_add(e->to,
                  "    CC_EDGE_ASSERT(sizeof(%s) <= UINT16_MAX, \"the value of %s is too "
                  "large for transition_using_threads\");\n",
                  type_text(e->session, &f->result), f->name);
    args_emit(e, f);
}

/* Whatever bytes came, a bool is 0 or 1. */
static void bools_emit(struct emitter *e, const struct function *f)
{
    const struct composite *c = edl_composite(e->edl, &f->result);
    const char *retval = function_local(e, f, "retval");

    lines_add(e->to, "    if (!cc_edge_ok(&cc_e))\n        return cc_e.rc;\n");
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (copied(p) && p->attributes.out)
            emit_bools(e, p, "    ", "NULL", p->name, text_of(e, "cc_e_n_%s", p->name));
    if (!has_result(f) || f->result.stars > 0)
        return;
    if (type_is_bool(&f->result))
        lines_add(e->to, "    cc_edge_bools(NULL, %s, sizeof(bool));\n", retval);
    else if (c == NULL && f->result.kind == TYPE_FOREIGN)
        lines_add(e->to, "    CC_EDGE_BOOLS(%s, NULL, %s, sizeof(%s));\n", f->result.text, retval,
                  f->result.text);
    else if (c != NULL && c->has_bools)
        lines_add(e->to, "    %s_bools_%s(NULL, %s, sizeof(*%s));\n", e->own, c->name, retval,
                  retval);
}

static void ordinary_emit(struct emitter *e, const struct function *f)
{
    lines_add(e->to, "cc_e_%s_ordinary_%s(%s", e->edl->name, f->name,
              function_local(e, f, "enclave"));
    if (has_result(f))
        lines_add(e->to, ", %s", function_local(e, f, "retval"));
    for (const struct field *p = f->params; p != NULL; p = p->next)
        lines_add(e->to, ", %s", p->name);
    lines_add(e->to, ");\n");
}

/* A number of at most eight bytes, any of whose bits may be set. */
static bool is_number(const struct type *type)
{
    return type->stars == 0 && strcmp(type->text, "long double") != 0 &&
           (type->kind == TYPE_INTEGER || type->kind == TYPE_CHAR || type->kind == TYPE_WCHAR ||
            type->kind == TYPE_FLOAT);
}

static bool is_of_values(const struct function *f)
{
    unsigned count = 0;

    if (f->propagate_errno || (has_result(f) && !is_number(&f->result)))
        return false;
    for (const struct field *p = f->params; p != NULL; p = p->next, count++)
        if (field_is_pointer(p) || !is_number(&p->type))
            return false;
    return count <= VALUES_MAX;
}

bool function_has_values_form(const struct function *f)
{
    return f->switchless && (f->is_public || !f->trusted) && is_of_values(f);
}

static const char *result_size(struct emitter *e, const struct function *f)
{
    return has_result(f) ? text_of(e, "sizeof(%s)", type_text(e->session, &f->result)) : "0";
}

/* The call up to where it is handed over. */
static void values_begin_emit(struct emitter *e, const struct function *f)
{
    bool offers = f->trusted && e->edl->ocall_count > 0; /* what the enclave may call meanwhile */

    lines_add(e->to,
              "\n{\n    cc_sl_values_t cc_e_call;\n    cc_enclave_result_t cc_e_rc;\n\n"
              "    CC_EDGE_ASSERT(CC_SL_VALUES_MAX >= %d, \"codegen is of another release\");\n"
              "    cc_edge_values(&cc_e_call, %u, %s, %s);\n",
              VALUES_MAX, f->id, result_size(e, f),
              offers ? text_of(e, "&cc_e_%s_ocalls", e->edl->name) : "NULL");
    for (const struct field *p = f->params; p != NULL; p = p->next)
        lines_add(e->to, "    cc_edge_value(&cc_e_call, &%s, sizeof(%s));\n", p->name, p->name);
}

static void values_end_emit(struct emitter *e, const struct function *f)
{
    const char *retval = function_local(e, f, "retval");

    if (has_result(f))
        lines_add(e->to,
                  "    if (cc_e_rc == CC_SUCCESS && %s != NULL)\n"
                  "        memcpy(%s, &cc_e_call.out, %s);\n",
                  retval, retval, result_size(e, f));
    lines_add(e->to, "    return cc_e_rc;\n}\n\n");
}

void emit_values_ocall(struct emitter *e, const struct function *f)
{
    emit_caller_prototype(e, f, FORM_CALL);
    values_begin_emit(e, f);
    lines_add(e->to, "    cc_e_rc = cc_ocall_values_switchless(&cc_e_call);\n");
    values_end_emit(e, f);
}

static void values_emit(struct emitter *e, const struct function *f)
{
    emit_caller_prototype(e, f, FORM_CALL);
    values_begin_emit(e, f);
    lines_add(e->to,
              "    cc_e_rc = cc_edge_switchless_values(%s, &cc_e_call);\n"
              "    if (cc_e_rc == CC_ERROR_SWITCHLESS_ROLLBACK2COMMON)\n        return ",
              function_local(e, f, "enclave"));
    ordinary_emit(e, f);
    values_end_emit(e, f);
}

static void list_emit(struct emitter *e, const struct function *f)
{
    const char *enclave = function_local(e, f, "enclave");
    const char *retval = has_result(f) ? function_local(e, f, "retval") : "NULL";

    emit_caller_prototype(e, f, FORM_CALL);
    lines_add(e->to, "\n{\n");
    call_emit(e, f);
    lines_add(e->to,
              "    if (cc_edge_ok(&cc_e))\n"
              "        cc_e.rc = cc_edge_switchless(%s, %s, &cc_e_info);\n"
              "    if (cc_e.rc == CC_ERROR_SWITCHLESS_ROLLBACK2COMMON)\n        return ",
              enclave, retval);
    ordinary_emit(e, f);
    bools_emit(e, f);
    lines_add(e->to, "    return CC_SUCCESS;\n}\n\n");
}

/* For a call that the engine wants to be made the ordinary way. */
static void async_end_emit(struct emitter *e, const struct function *f, const char *rc)
{
    lines_add(e->to,
              "    if (%s != CC_ERROR_SWITCHLESS_ROLLBACK2COMMON)\n        return %s;\n"
              "    *%s = -1; /* done when this returns; there is no task */\n    return ",
              rc, rc, function_local(e, f, "task_id"));
    ordinary_emit(e, f);
    lines_add(e->to, "}\n\n");
}

static void values_async_emit(struct emitter *e, const struct function *f)
{
    emit_caller_prototype(e, f, FORM_ASYNC);
    values_begin_emit(e, f);
    lines_add(e->to, "    cc_e_rc = cc_edge_switchless_values_async(%s, %s, &cc_e_call);\n",
              function_local(e, f, "enclave"), function_local(e, f, "task_id"));
    async_end_emit(e, f, "cc_e_rc");
}

static void list_async_emit(struct emitter *e, const struct function *f)
{
    emit_caller_prototype(e, f, FORM_ASYNC);
    lines_add(e->to, "\n{\n");
    call_emit(e, f);
    lines_add(e->to,
              "    if (cc_edge_ok(&cc_e))\n"
              "        cc_e.rc = cc_edge_switchless_async(%s, %s, &cc_e_info);\n",
              function_local(e, f, "enclave"), function_local(e, f, "task_id"));
    async_end_emit(e, f, "cc_e.rc");
}

void emit_switchless(struct emitter *e, const struct function *f)
{
    emit_caller(e, f, FORM_ORDINARY);
    if (function_has_values_form(f)) {
        values_emit(e, f);
        values_async_emit(e, f);
    } else {
        list_emit(e, f);
        list_async_emit(e, f);
    }
}
