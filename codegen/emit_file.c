/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit_file.c - whole files: headers of both sides, host source, enclave source.
 */
#include "emit.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { NAMES_PART_MAX = 4000, NAMES_NUMBER_MAX = 14 };

static const char *upper(struct emitter *e, const char *text)
{
    char *copy = arena_text(&e->session->arena, text, strlen(text));

    for (char *c = copy; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

static bool has_args_header(const struct emitter *e)
{
    return e->mode != MODE_SGX;
}

static void banner(struct emitter *e, const char *what)
{
    lines_add(e->to, "/* %s of %s.edl; made by codegen, do not edit. */\n", what, e->edl->stem);
}

static void guard_begin(struct emitter *e, const char *kind)
{
    const char *name = upper(e, e->edl->name);

    if (has_args_header(e))
        lines_add(e->to, "#ifndef CODEGENER_%s_%s_H\n#define CODEGENER_%s_%s_H\n\n", name, kind,
                  name, kind);
    else
        lines_add(e->to, "#ifndef %s_%s_H__\n#define %s_%s_H__\n\n", name, kind, name, kind);
}

static void c_linkage(struct emitter *e, bool begin)
{
    lines_add(e->to, begin ? "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
                           : "\n#ifdef __cplusplus\n}\n#endif\n");
}

static void includes_emit(struct emitter *e, enum scope scope)
{
    for (const struct include *i = e->edl->includes; i != NULL; i = i->next)
        if (i->scope == scope)
            lines_add(e->to, "#include \"%s\"\n", i->header);
}

static void enum_emit(struct emitter *e, const struct composite *c)
{
    lines_add(e->to, c->name != NULL ? "typedef enum %s {\n" : "enum {\n", c->name);
    for (const struct enumerator *n = c->enumerators; n != NULL; n = n->next) {
        const char *value = n->value;

        while (value != NULL && value[0] == '0' && value[1] != '\0')
            value++; /* decimal here, octal in C */
        lines_add(e->to, value != NULL ? "    %s = %s%s\n" : "    %s%s%s\n", n->name,
                  value != NULL ? value : "", n->next != NULL ? "," : "");
    }
    if (c->name != NULL)
        lines_add(e->to, "} %s;\n", c->name);
    else
        lines_add(e->to, "};\n");
}

static void members_emit(struct emitter *e, const struct composite *c)
{
    const char *word = c->kind == TYPE_STRUCT ? "struct" : "union";

    lines_add(e->to, "typedef %s %s {\n", word, c->name);
    for (const struct field *f = c->fields; f != NULL; f = f->next) {
        lines_add(e->to, "    %s %s", type_text(e->session, &f->type), f->name);
        for (unsigned i = 0; i < f->dim_count; i++)
            lines_add(e->to, "[%" PRIu64 "]", f->dims[i]);
        lines_add(e->to, ";\n");
    }
    lines_add(e->to, "} %s;\n", c->name);
}

/* Guarded one by one, so that two EDL files that import the same types go together. */
static void types_emit(struct emitter *e)
{
    for (const struct composite *c = e->edl->composites; c != NULL; c = c->next) {
        const char *name = c->name != NULL ? c->name : c->enumerators->name;

        lines_add(e->to, "#ifndef SECGEAR_EDL_TYPE_%s\n#define SECGEAR_EDL_TYPE_%s\n", name, name);
        if (c->kind == TYPE_ENUM)
            enum_emit(e, c);
        else
            members_emit(e, c);
        lines_add(e->to, "#endif\n\n");
    }
}

/* What applications count on, then the EDL's own includes and types. */
static void common_emit(struct emitter *e)
{
    lines_add(e->to, "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
                     "#include <stdlib.h>\n#include <string.h>\n#include <wchar.h>\n"
                     "#include <errno.h>\n\n#include \"enclave.h\"\n#include \"status.h\"\n");
    includes_emit(e, SCOPE_FILE);
    c_linkage(e, true);
    types_emit(e);
    c_linkage(e, false);
}

void emit_args_header(struct emitter *e)
{
    banner(e, "Types");
    guard_begin(e, "ARGS");
    common_emit(e);
    lines_add(e->to, "\n#endif\n");
}

static void header_begin(struct emitter *e, const char *what, const char *kind)
{
    banner(e, what);
    guard_begin(e, kind);
    if (has_args_header(e))
        lines_add(e->to, "#include \"%s_args.h\"\n", e->edl->stem);
    else
        common_emit(e);
}

void emit_host_header(struct emitter *e)
{
    header_begin(e, "Host side", "U");
    lines_add(e->to, "#include \"enclave_internal.h\"\n#include \"secgear_urts.h\"\n");
    includes_emit(e, SCOPE_UNTRUSTED);
    lines_add(e->to, "\n#ifndef TEE_SECE_AGENT_ID\n#define TEE_SECE_AGENT_ID 0x53656345\n#endif\n");
    c_linkage(e, true);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next) {
        if (!f->trusted)
            continue;
        emit_caller_prototype(e, f, FORM_CALL);
        lines_add(e->to, ";\n");
        if (f->switchless) {
            emit_caller_prototype(e, f, FORM_ASYNC);
            lines_add(e->to, ";\n");
        }
    }
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next) {
        const char *name = upper(e, f->name);

        if (f->trusted)
            continue;
        lines_add(e->to, "\n#ifndef %s_DEFINED__\n#define %s_DEFINED__\n", name, name);
        emit_user_prototype(e, f);
        lines_add(e->to, ";\n#endif\n");
    }
    c_linkage(e, false);
    lines_add(e->to, "\n#endif\n");
}

void emit_enclave_header(struct emitter *e)
{
    header_begin(e, "Enclave side", "T");
    lines_add(e->to, "#include <stdio.h>\n\n#include \"gp_ocall.h\"\n#include \"secgear_log.h\"\n"
                     "#include \"secgear_urts.h\"\n");
    includes_emit(e, SCOPE_TRUSTED);
    c_linkage(e, true);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next) {
        if (f->trusted)
            emit_user_prototype(e, f);
        else
            emit_caller_prototype(e, f, FORM_CALL);
        lines_add(e->to, ";\n");
    }
    c_linkage(e, false);
    lines_add(e->to, "\n#endif\n");
}

static void ocall_table_emit(struct emitter *e)
{
    if (e->edl->ocall_count == 0)
        return;
    lines_add(e->to,
              "/* As ocall_enclave_table_t; in the order of the EDL. */\nstatic const struct {\n"
              "    uint64_t num;\n    cc_ocall_func_t ocalls[%u];\n} cc_e_%s_ocalls = {%u, {\n",
              e->edl->ocall_count, e->edl->name, e->edl->ocall_count);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (!f->trusted)
            lines_add(e->to, "    cc_e_%s_ocall_%s,\n", e->edl->name, f->name);
    lines_add(e->to, "}};\n\n");
}

/* The header of the functions that generated code consists of. */
static void edge_include(struct emitter *e)
{
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (f->switchless) {
            lines_add(e->to, "#include \"secgear_edge_switchless.h\"\n");
            return;
        }
    lines_add(e->to, "#include \"secgear_edge.h\"\n");
}

void emit_host_source(struct emitter *e)
{
    banner(e, "Host side");
    edge_include(e);
    lines_add(e->to, "#include \"%s_u.h\"\n", e->edl->stem);
    c_linkage(e, true);
    e->inside = false;
    e->own = text_of(e, "cc_e_%s_u", e->edl->name);
    emit_member_functions(e);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (!f->trusted)
            emit_callee(e, f);
    ocall_table_emit(e);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (f->trusted && f->switchless)
            emit_switchless(e, f);
        else if (f->trusted)
            emit_caller(e, f, FORM_CALL);
    c_linkage(e, false);
}

/* 1 + the highest number of an ecall that the ocall allows; marks each in the row. */
static unsigned allow_mark(const struct edl *edl, const struct function *ocall, uint8_t *row)
{
    unsigned end = 0;

    for (const struct word *w = ocall->allow; w != NULL; w = w->next) {
        const struct function *f = names_find(&edl->functions_by_name, w->text);

        if (f == NULL)
            continue;
        row[f->id] = 1;
        if (end <= f->id)
            end = f->id + 1;
    }
    return end;
}

/*
 * Row by row: which ecalls may run while the ocall does. Zeroes at the end of a row are left to C,
 * or the text would grow with the product of both numbers.
 */
static bool allow_emit(struct emitter *e)
{
    uint8_t *row;

    if (e->mode == MODE_TRUSTZONE || e->mode == MODE_PENGLAI || e->edl->ocall_count == 0 ||
        e->edl->ecall_count == 0)
        return false;
    row = arena_alloc(&e->session->arena, e->edl->ecall_count);
    lines_add(e->to, "static const uint8_t cc_e_%s_allow[%u][%u] = {\n", e->edl->name,
              e->edl->ocall_count, e->edl->ecall_count);
    for (const struct function *o = e->edl->functions; o != NULL; o = o->next) {
        unsigned end = o->trusted ? 0 : allow_mark(e->edl, o, row);

        if (o->trusted)
            continue;
        lines_add(e->to, end == 0 ? "    {0" : "    {");
        for (unsigned i = 0; i < end; i++)
            lines_add(e->to, "%s%u", i == 0 ? "" : ", ", row[i]);
        lines_add(e->to, "}, /* %s */\n", o->name);
        memset(row, 0, end);
    }
    lines_add(e->to, "};\n\n");
    return true;
}

static bool values_table_emit(struct emitter *e)
{
    bool any = false;

    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        any = any || (f->trusted && function_has_values_form(f));
    if (!any)
        return false;
    lines_add(e->to, "static const cc_values_func_t cc_e_%s_values[] = {\n", e->edl->name);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next) {
        if (!f->trusted)
            continue;
        if (!function_has_values_form(f)) {
            lines_add(e->to, "    {NULL, 0, 0}, /* %s */\n", f->name);
            continue;
        }
        lines_add(e->to, "    {cc_e_%s_values_%s, 0", e->edl->name, f->name);
        for (const struct field *p = f->params; p != NULL; p = p->next)
            lines_add(e->to, " + sizeof(%s)", p->type.text);
        if (f->result.kind == TYPE_VOID)
            lines_add(e->to, ", 0},\n");
        else
            lines_add(e->to, ", sizeof(%s)},\n", type_text(e->session, &f->result));
    }
    lines_add(e->to, "};\n\n");
    return true;
}

static void ecall_tables_emit(struct emitter *e)
{
    lines_add(e->to, "static const cc_ecall_func_t cc_e_%s_ecalls[] = {\n", e->edl->name);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (f->trusted)
            lines_add(e->to, "    cc_e_%s_ecall_%s,\n", e->edl->name, f->name);
    lines_add(e->to, "};\n\nstatic const uint8_t cc_e_%s_flags[] = {\n", e->edl->name);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (f->trusted)
            lines_add(e->to, "    %s%s, /* %s */\n", f->is_public ? "CC_ECALL_PUBLIC" : "0",
                      f->switchless ? " | CC_ECALL_SWITCHLESS | CC_ECALL_LENDS"
                                    : " | CC_ECALL_LENDS",
                      f->name);
    lines_add(e->to, "};\n\n");
}

/*
 * "e3 name\n" for each ecall, "o0 name\n" for each ocall, for people who look at numbers later
 * (secgear trace); in strings of a length that every compiler takes.
 */
static void names_emit(struct emitter *e)
{
    unsigned part = 0;
    size_t used = NAMES_PART_MAX;

    for (const struct function *f = e->edl->functions; f != NULL; f = f->next) {
        size_t more = strlen(f->name) + NAMES_NUMBER_MAX;

        if (used + more > NAMES_PART_MAX) {
            lines_add(e->to,
                      "%sstatic const char cc_e_%s_names%u[]\n    CC_ENCLAVE_NAMES_SECTION =",
                      part > 0 ? ";\n" : "", e->edl->name, part);
            part++;
            used = 0;
        }
        lines_add(e->to, "\n    \"%c%u %s\\n\"", f->trusted ? 'e' : 'o', f->id, f->name);
        used += more;
    }
    if (part > 0)
        lines_add(e->to, ";\n\n");
}

static void image_emit(struct emitter *e)
{
    const char *name = e->edl->name;
    bool has_ecalls = e->edl->ecall_count > 0, has_allow, has_values;

    if (has_ecalls)
        ecall_tables_emit(e);
    has_values = values_table_emit(e);
    has_allow = allow_emit(e);
    names_emit(e);
    lines_add(e->to,
              "/* The runtime finds the functions through this symbol. */\n"
              "extern const cc_enclave_image_t cc_enclave_image\n"
              "    __attribute__((visibility(\"default\")));\n"
              "const cc_enclave_image_t cc_enclave_image = {\n"
              "    CC_ENCLAVE_IMAGE_VERSION, (uint32_t)sizeof(cc_enclave_image_t),\n    %u, ",
              e->edl->ecall_count);
    if (has_ecalls)
        lines_add(e->to, "cc_e_%s_ecalls, cc_e_%s_flags,\n", name, name);
    else
        lines_add(e->to, "NULL, NULL,\n");
    if (has_allow)
        lines_add(e->to, "    %u, &cc_e_%s_allow[0][0], ", e->edl->ocall_count, name);
    else
        lines_add(e->to, "    %u, NULL, ", e->edl->ocall_count);
    lines_add(e->to, "%s};\n", has_values ? text_of(e, "cc_e_%s_values", name) : "NULL");
}

void emit_enclave_source(struct emitter *e)
{
    banner(e, "Enclave side");
    edge_include(e);
    lines_add(e->to, "#include \"secgear_image.h\"\n#include \"%s_t.h\"\n", e->edl->stem);
    c_linkage(e, true);
    e->inside = true;
    e->own = text_of(e, "cc_e_%s_t", e->edl->name);
    emit_clean_functions(e);
    emit_member_functions(e);
    for (const struct function *f = e->edl->functions; f != NULL; f = f->next)
        if (!f->trusted && function_has_values_form(f)) {
            emit_values_ocall(e, f);
        } else if (!f->trusted) {
            emit_caller(e, f, FORM_CALL);
        } else {
            emit_callee(e, f);
            if (function_has_values_form(f))
                emit_values_callee(e, f);
        }
    image_emit(e);
    c_linkage(e, false);
}
