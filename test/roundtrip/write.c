/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * write.c - signatures as text: the EDL file, and the functions of both sides that use values.h.
 */
#include "signature.h"
#include <string.h>

static const char *type_text(const struct param *p)
{
    if (p->text != NULL)
        return p->text;
    return p->type == TYPE_VOID    ? "void"
           : p->type == TYPE_DEEP  ? "struct deep"
           : p->type == TYPE_DEEP2 ? "struct deep2"
           : p->type == TYPE_TREE  ? "struct tree"
                                   : TYPES[p->type].text;
}

static const char *form_text(const struct param *p)
{
    if (p->form != NULL)
        return p->form;
    if (p->kind == PARAM_VALUE)
        return TYPES[p->type].value_form;
    return p->type == TYPE_DEEP    ? "FORM_DEEP"
           : p->type == TYPE_DEEP2 ? "FORM_DEEP2"
           : p->type == TYPE_TREE  ? "FORM_TREE"
           : p->type == TYPE_VOID  ? "FORM_RAW"
                                   : TYPES[p->type].buffer_form;
}

static const char *result_text(const struct signature *s)
{
    return s->result == TYPE_VOID ? "void" : TYPES[s->result].text;
}

static void word_write(FILE *to, const char **before, const char *word)
{
    fprintf(to, "%s%s", *before, word);
    *before = ", ";
}

static void sized_write(FILE *to, const char **before, const char *word, const struct sized *sized)
{
    fprintf(to, "%s%s=", *before, word);
    *before = ", ";
    if (sized->kind == SIZED_NUMBER)
        fprintf(to, "%u", sized->number);
    else
        fprintf(to, "p%d", sized->param);
}

static void attributes_write(FILE *to, const struct param *p)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } FLAGS[] = {{BIT(IN), "in"},
                 {BIT(OUT), "out"},
                 {BIT(STRING), "string"},
                 {BIT(WSTRING), "wstring"},
                 {BIT(USER_CHECK), "user_check"},
                 {BIT(ISPTR), "isptr"},
                 {BIT(ISARY), "isary"},
                 {BIT(READONLY), "readonly"}};
    const char *before = "[";

    if (p->kind != PARAM_BUFFER && p->kind != PARAM_NUMBER)
        return;
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        if (p->attributes & FLAGS[i].bit)
            word_write(to, &before, FLAGS[i].word);
    if (p->attributes & BIT(SIZE))
        sized_write(to, &before, "size", &p->size);
    if (p->attributes & BIT(COUNT))
        sized_write(to, &before, "count", &p->count);
    fprintf(to, "] ");
}

static void params_write(FILE *to, const struct signature *s, bool edl)
{
    for (int i = 0; i < s->count; i++) {
        const struct param *p = &s->params[i];

        fprintf(to, "%s", i == 0 ? "" : ", ");
        if (edl)
            attributes_write(to, p);
        fprintf(to, "%s%s %.*sp%d", p->attributes & BIT(CONST) ? "const " : "", type_text(p),
                (int)p->stars, "**", i);
        for (unsigned d = 0; d < p->dim_count; d++)
            fprintf(to, "[%u]", p->dims[d]);
    }
}

static void function_edl(FILE *to, const struct signature *s)
{
    const uint32_t a = s->attributes, bracket = BIT(CDECL) | BIT(STDCALL) | BIT(FASTCALL);
    const char *before = "[";

    fprintf(to, "        ");
    if (a & (bracket | BIT(DLLIMPORT))) {
        if (a & bracket)
            word_write(to, &before,
                       a & BIT(CDECL)     ? "cdecl"
                       : a & BIT(STDCALL) ? "stdcall"
                                          : "fastcall");
        if (a & BIT(DLLIMPORT))
            word_write(to, &before, "dllimport");
        fprintf(to, "] ");
    }
    fprintf(to, "%s%s rt_f%u(", a & BIT(PUBLIC) ? "public " : "", result_text(s), s->id);
    params_write(to, s, true);
    fprintf(to, ")");
    if (a & BIT(ALLOW))
        fprintf(to, " allow(rt_f%d)", s->allowed);
    if (a & BIT(ERRNO))
        fprintf(to, " propagate_errno");
    if (a & BIT(THREADS))
        fprintf(to, " transition_using_threads");
    fprintf(to, ";\n");
}

void write_edl(FILE *to, const struct signature *all, unsigned count)
{
    const char *before = "";

    fprintf(to, "enclave {\n    from \"types.edl\" import *;\n    trusted {\n");
    for (unsigned i = 0; i < count; i++)
        if (!(all[i].attributes & BIT(OCALL)))
            function_edl(to, &all[i]);
    fprintf(to, "    };\n    untrusted {\n        void rt_reenter(uint32_t which) allow(");
    for (unsigned i = 0; i < count; i++)
        if (all[i].attributes & BIT(PRIVATE)) {
            fprintf(to, "%srt_f%u", before, all[i].id);
            before = ", ";
        }
    fprintf(to, ");\n");
    for (unsigned i = 0; i < count; i++)
        if (all[i].attributes & BIT(OCALL))
            function_edl(to, &all[i]);
    fprintf(to, "    };\n};\n");
}

/* ------------------------------------------------------------------------ sizes and arguments */

static void spot_write(FILE *to, const struct signature *s, int param)
{
    fprintf(to, "(struct spot){%u, %d}", s->id, param);
}

static void sized_expression(FILE *to, const struct sized *sized)
{
    if (sized->kind == SIZED_NUMBER)
        fprintf(to, "(size_t)%u", sized->number);
    else
        fprintf(to, "(size_t)p%d", sized->param);
}

/* Bytes of the buffer, from the parameters that both sides have. */
static void size_expression(FILE *to, const struct param *p)
{
    if (p->attributes & BIT(SIZE))
        sized_expression(to, &p->size);
    else if (p->attributes & BIT(ISPTR))
        fprintf(to, "sizeof(%s)", p->pointee);
    else
        fprintf(to, "sizeof(%s)", type_text(p));
    if (p->attributes & BIT(COUNT)) {
        fprintf(to, " * ");
        sized_expression(to, &p->count);
    }
    for (unsigned d = 0; d < p->dim_count; d++)
        fprintf(to, " * %u", p->dims[d]);
}

static void arg_write(FILE *to, const struct signature *s, int i)
{
    const struct param *p = &s->params[i];

    fprintf(to, "%s, %d, ", form_text(p),
            (p->attributes & BIT(IN) ? 1 : 0) | (p->attributes & BIT(OUT) ? 2 : 0));
    spot_write(to, s, i);
}

static void amount_write(FILE *to, const struct signature *s, int i)
{
    const struct param *p = &s->params[i];

    fprintf(to, "(%s)rt_amount(", p->text);
    spot_write(to, s, i);
    fprintf(to, ", %u, %u)", p->limit, p->step);
}

/* An address as the type of the parameter. */
static void cast_write(FILE *to, const struct param *p)
{
    const char *constant = p->attributes & BIT(CONST) ? "const " : "";

    if (p->attributes & BIT(ISARY))
        fprintf(to, "(%s *)", p->pointee);
    else if (p->dim_count > 1) {
        fprintf(to, "(%s (*)", type_text(p));
        for (unsigned d = 1; d < p->dim_count; d++)
            fprintf(to, "[%u]", p->dims[d]);
        fprintf(to, ")");
    } else if (p->dim_count == 1)
        fprintf(to, "(%s *)", type_text(p));
    else
        fprintf(to, "(%s%s %.*s)", constant, type_text(p), (int)p->stars, "**");
}

/* ------------------------------------------------------------------------------ who calls */

static void caller_locals(FILE *to, const struct signature *s)
{
    for (int i = 0; i < s->count; i++) {
        const struct param *p = &s->params[i];

        if (p->kind == PARAM_VALUE || p->kind == PARAM_AMOUNT)
            fprintf(to, "    %s p%d;\n", type_text(p), i);
        else if (p->kind == PARAM_BUFFER) {
            fprintf(to, "    struct arg a%d = {NULL, 0, ", i);
            arg_write(to, s, i);
            fprintf(to, "};\n");
        }
    }
    if (s->result != TYPE_VOID)
        fprintf(to, "    %s result;\n", result_text(s));
    fprintf(to, "    cc_enclave_result_t rc;\n\n");
}

static void caller_makes(FILE *to, const struct signature *s)
{
    for (int i = 0; i < s->count; i++) {
        if (s->params[i].kind == PARAM_AMOUNT) {
            fprintf(to, "    p%d = ", i);
            amount_write(to, s, i);
            fprintf(to, ";\n");
        } else if (s->params[i].kind == PARAM_VALUE) {
            fprintf(to, "    rt_value_make(&p%d, sizeof p%d, %s, ", i, i, form_text(&s->params[i]));
            spot_write(to, s, i);
            fprintf(to, ");\n");
        }
    }
    for (int i = 0; i < s->count; i++)
        if (s->params[i].kind == PARAM_BUFFER) {
            fprintf(to, "    rt_arg_make(&a%d, ", i);
            size_expression(to, &s->params[i]);
            fprintf(to, ");\n");
        }
}

static void caller_calls(FILE *to, const struct signature *s, bool has_enclave)
{
    const char *before = "";

    fprintf(to, "    errno = 0;\n    rc = rt_f%u(", s->id);
    if (has_enclave)
        word_write(to, &before, "&enclave");
    if (s->result != TYPE_VOID)
        word_write(to, &before, "rt_round == ROUND_NULL ? NULL : &result");
    for (int i = 0; i < s->count; i++) {
        const struct param *p = &s->params[i];

        fprintf(to, "%s", before);
        before = ", ";
        if (p->kind == PARAM_BUFFER) {
            cast_write(to, p);
            fprintf(to, "a%d.data", i);
        } else if (p->kind == PARAM_NUMBER) {
            cast_write(to, p);
            fprintf(to, "(uintptr_t)rt_number(");
            spot_write(to, s, i);
            fprintf(to, ")");
        } else
            fprintf(to, "p%d", i);
    }
    fprintf(to, ");\n");
}

static void caller_checks(FILE *to, const struct signature *s)
{
    fprintf(to, "    if (rc == CC_SUCCESS) {\n");
    if (s->attributes & BIT(ERRNO))
        fprintf(to, "        rt_errno_check(%u);\n", s->id);
    if (s->result != TYPE_VOID)
        fprintf(to,
                "        if (rt_round != ROUND_NULL)\n            rt_value_check(&result, sizeof "
                "result, %s, (struct spot){%u, PARAM_RETURN});\n",
                TYPES[s->result].value_form, s->id);
    for (int i = 0; i < s->count; i++)
        if (s->params[i].kind == PARAM_BUFFER)
            fprintf(to, "        rt_arg_check(&a%d);\n", i);
    fprintf(to, "    }\n");
    for (int i = 0; i < s->count; i++)
        if (s->params[i].kind == PARAM_BUFFER)
            fprintf(to, "    rt_arg_drop(&a%d);\n", i);
    fprintf(to, "    return rc;\n}\n\n");
}

static void caller_write(FILE *to, const struct signature *s, bool has_enclave)
{
    fprintf(to, "static cc_enclave_result_t call_%u(void)\n{\n", s->id);
    caller_locals(to, s);
    caller_makes(to, s);
    caller_calls(to, s, has_enclave);
    caller_checks(to, s);
}

/* ---------------------------------------------------------------------------- who is called */

static void callee_write(FILE *to, const struct signature *s)
{
    fprintf(to, "%s rt_f%u(", result_text(s), s->id);
    params_write(to, s, false);
    fprintf(to, ")\n{\n");
    if (s->result != TYPE_VOID)
        fprintf(to, "    %s result;\n", result_text(s));
    fprintf(to, "    rt_called++;\n");
    for (int i = 0; i < s->count; i++) {
        const struct param *p = &s->params[i];

        if (p->kind == PARAM_NUMBER) {
            fprintf(to, "    rt_number_check(p%d, ", i);
            spot_write(to, s, i);
            fprintf(to, ");\n");
        } else if (p->kind == PARAM_AMOUNT) {
            fprintf(to, "    if (p%d != ", i);
            amount_write(to, s, i);
            fprintf(to, ")\n        rt_fail(");
            spot_write(to, s, i);
            fprintf(to, ", \"an amount\", 0, (uint64_t)p%d);\n", i);
        } else if (p->kind == PARAM_VALUE) {
            fprintf(to, "    rt_value_check(&p%d, sizeof p%d, %s, ", i, i, form_text(p));
            spot_write(to, s, i);
            fprintf(to, ");\n");
        } else {
            fprintf(to, "    rt_arrived((void *)(uintptr_t)p%d, (struct arg){NULL, ", i);
            size_expression(to, p);
            fprintf(to, ", ");
            arg_write(to, s, i);
            fprintf(to, "});\n");
        }
    }
    if (s->attributes & BIT(ERRNO))
        fprintf(to, "    rt_errno_set(%u);\n", s->id);
    if (s->result != TYPE_VOID)
        fprintf(to,
                "    rt_value_make(&result, sizeof result, %s, (struct spot){%u, PARAM_RETURN});\n"
                "    return result;\n",
                TYPES[s->result].value_form, s->id);
    fprintf(to, "}\n\n");
}

/* -------------------------------------------------------------------------------- both files */

static void table_write(FILE *to, const struct signature *all, unsigned count, bool of_ocalls)
{
    fprintf(to, "const struct rt_function rt_functions[] = {\n");
    for (unsigned i = 0; i < count; i++) {
        const char *kind = all[i].attributes & BIT(OCALL)     ? "RT_OCALL"
                           : all[i].attributes & BIT(PRIVATE) ? "RT_PRIVATE"
                                                              : "RT_PUBLIC";
        bool here = ((all[i].attributes & BIT(OCALL)) != 0) == of_ocalls;

        fprintf(to, "    {%u, %s, ", all[i].id, kind);
        if (here)
            fprintf(to, "call_%u},\n", all[i].id);
        else
            fprintf(to, "NULL},\n");
    }
    fprintf(to, "};\nconst uint32_t rt_function_count = %u;\n", count);
}

static void side_write(FILE *to, const struct signature *all, unsigned count, bool enclave)
{
    fprintf(to, "#include \"%s.h\"\n#include \"rt_%s.h\"\n\n", enclave ? "functions" : "host",
            enclave ? "t" : "u");
    for (unsigned i = 0; i < count; i++)
        if (((all[i].attributes & BIT(OCALL)) != 0) == enclave)
            caller_write(to, &all[i], !enclave);
        else
            callee_write(to, &all[i]);
    table_write(to, all, count, enclave);
}

void write_enclave(FILE *to, const struct signature *all, unsigned count)
{
    side_write(to, all, count, true);
}

void write_host(FILE *to, const struct signature *all, unsigned count)
{
    side_write(to, all, count, false);
}
