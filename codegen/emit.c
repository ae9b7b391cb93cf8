/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit.c - what both halves of a call are made of: declarations, sizes, pointers inside structs.
 */
#include "emit.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *text_of(struct emitter *e, const char *format, ...)
{
    va_list args;
    const char *kept;

    va_start(args, format);
    kept = arena_formatv(&e->session->arena, format, args);
    va_end(args);
    return kept;
}

bool field_is_text(const struct field *f)
{
    return f->attributes.string || f->attributes.wstring;
}

/* "[2][3]" from that dimension on. */
static const char *dims_text(struct emitter *e, const struct field *f, unsigned from)
{
    const char *text = "";

    for (unsigned i = from; i < f->dim_count; i++)
        text = text_of(e, "%s[%" PRIu64 "]", text, f->dims[i]);
    return text;
}

const char *field_type(struct emitter *e, const struct field *f)
{
    if (f->dim_count == 1)
        return text_of(e, "%s*", type_text(e->session, &f->type));
    if (f->dim_count > 1)
        return text_of(e, "%s (*)%s", type_text(e->session, &f->type), dims_text(e, f, 1));
    if (f->attributes.isary)
        return text_of(e, "%s*", f->type.text);
    return type_text(e->session, &f->type);
}

const char *field_element(struct emitter *e, const struct field *f)
{
    struct type element = f->type;

    if (f->attributes.isptr)
        return text_of(e, "*(%s)0", f->type.text);
    if (f->dim_count > 0)
        return text_of(e, "%s%s", f->type.text, dims_text(e, f, 0));
    if (f->attributes.isary)
        return f->type.text;
    element.is_const = false;
    element.stars--;
    return type_text(e->session, &element);
}

static const char *amount_text(struct emitter *e, const struct amount *amount, const char *prefix)
{
    if (amount->kind == AMOUNT_NUMBER) { /* a leading zero would make it octal */
        const char *digits = amount->text;

        while (digits[0] == '0' && digits[1] != '\0')
            digits++;
        return text_of(e, "%sull", digits);
    }
    return text_of(e, "(uint64_t)(%s%s)", prefix, amount->text);
}

/* cc_edge_size(...) for a buffer whose size the values behind `prefix` give. */
const char *field_size_call(struct emitter *e, const char *edge, const struct field *f,
                            const char *present, const char *prefix)
{
    const struct attributes *a = &f->attributes;
    const char *unit = a->size.kind != AMOUNT_NONE ? amount_text(e, &a->size, prefix)
                                                   : text_of(e, "sizeof(%s)", field_element(e, f));
    const char *count = a->count.kind != AMOUNT_NONE ? amount_text(e, &a->count, prefix) : "1";

    return text_of(e, "cc_edge_size(%s, %s, %s, %s)", edge, present, unit, count);
}

static void amount_assert(struct emitter *e, const struct field *siblings,
                          const struct amount *amount, const char *prefix)
{
    for (const struct field *f = siblings; f != NULL && amount->kind == AMOUNT_NAME; f = f->next)
        if (strcmp(f->name, amount->text) == 0 && f->type.kind == TYPE_FOREIGN &&
            edl_composite(e->edl, &f->type) == NULL && !type_is_bool(&f->type))
            lines_add(e->to,
                      "    CC_EDGE_INTEGER(%s%s, \"`%s' is a size or count in %s.edl, but its type "
                      "%s is no integer\");\n",
                      prefix, f->name, f->name, e->edl->stem, f->type.text);
}

void emit_amount_asserts(struct emitter *e, const struct field *siblings, const char *prefix)
{
    for (const struct field *f = siblings; f != NULL; f = f->next) {
        amount_assert(e, siblings, &f->attributes.size, prefix);
        amount_assert(e, siblings, &f->attributes.count, prefix);
    }
}

static void plain_assert(struct emitter *e, const struct type *type)
{
    if (type->kind == TYPE_FOREIGN && edl_composite(e->edl, type) == NULL && !type_is_bool(type))
        lines_add(e->to,
                  "    CC_EDGE_PLAIN(%s, \"the type %s of %s.edl is const or volatile: generated "
                  "code has to write it\");\n",
                  type->text, type->text, e->edl->stem);
}

void emit_asserts(struct emitter *e, const struct function *f, const char *prefix)
{
    emit_amount_asserts(e, f->params, prefix);
    if (f->result.stars == 0)
        plain_assert(e, &f->result);
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (!field_is_pointer(p) || p->attributes.out || p->attributes.isptr)
            plain_assert(e, &p->type);
}

const char *function_local(struct emitter *e, const struct function *f, const char *name)
{
    for (const struct field *p = f->params; p != NULL; p = p->next)
        if (strcmp(p->name, name) == 0)
            return text_of(e, "cc_e_%s", name);
    return name;
}

const char *composite_text(struct emitter *e, const struct composite *c)
{
    return text_of(e, "%s %s", c->kind == TYPE_UNION ? "union" : "struct", c->name);
}

/* No address of one side means anything, or may be known, on the other. */
void emit_null(struct emitter *e, const struct composite *c, const char *indent,
               const char *pointer, const char *count)
{
    lines_add(e->to, "%s%s_null_%s(%s, %s);\n", indent, e->own, c->name, pointer, count);
}

const struct composite *value_struct(struct emitter *e, const struct type *type)
{
    const struct composite *c = edl_composite(e->edl, type);

    return c != NULL && type->stars == 0 && c->kind == TYPE_STRUCT && c->has_pointers ? c : NULL;
}

/* "const uint8_t* p, size_t n" */
static void params_emit(struct emitter *e, const struct function *f)
{
    for (const struct field *p = f->params; p != NULL; p = p->next)
        lines_add(e->to, "%s%s %s%s", p == f->params ? "" : ", ", type_text(e->session, &p->type),
                  p->name, dims_text(e, p, 0));
}

/* What application code calls: the host wrapper of an ecall, the enclave proxy of an ocall. */
void emit_caller_prototype(struct emitter *e, const struct function *f, enum caller_form form)
{
    const char *before = "";

    if (form == FORM_ORDINARY)
        lines_add(e->to, "static cc_enclave_result_t cc_e_%s_ordinary_", e->edl->name);
    else
        lines_add(e->to, "cc_enclave_result_t ");
    if (f->trusted && e->use_prefix && form != FORM_ORDINARY)
        lines_add(e->to, "%s_", e->edl->name);
    lines_add(e->to, "%s%s(", f->name, form == FORM_ASYNC ? "_async" : "");
    if (f->trusted) {
        lines_add(e->to, "cc_enclave_t *%s", function_local(e, f, "enclave"));
        before = ", ";
    }
    if (form == FORM_ASYNC)
        lines_add(e->to, "%sint *%s", before, function_local(e, f, "task_id"));
    if (f->result.kind != TYPE_VOID || f->result.stars > 0) {
        lines_add(e->to, "%s%s* %s", before, type_text(e->session, &f->result),
                  function_local(e, f, "retval"));
        before = ", ";
    }
    if (f->params != NULL)
        lines_add(e->to, "%s", before);
    params_emit(e, f);
    lines_add(e->to, "%s)", f->params == NULL && *before == '\0' ? "void" : "");
}

/* What application code defines: the ecall in the enclave, the ocall on the host. */
void emit_user_prototype(struct emitter *e, const struct function *f)
{
    static const char *const CONVENTIONS[] = {"", "SGX_CDECL ", "SGX_STDCALL ", "SGX_FASTCALL "};
    bool shown = e->mode == MODE_SGX || e->mode == MODE_SECGEAR;

    lines_add(e->to, "%s %s%s(", type_text(e->session, &f->result),
              shown ? CONVENTIONS[f->convention] : "", f->name);
    params_emit(e, f);
    lines_add(e->to, "%s)", f->params == NULL ? "void" : "");
}
