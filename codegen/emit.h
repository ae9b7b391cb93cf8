/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * emit.h - a checked model to C. One code base for all modes: the caller's half (host wrapper of an
 * ecall, enclave proxy of an ocall) and the callee's half (bridge) are printed by the same two
 * functions, on top of secgear_edge.h.
 *
 * All names that generated functions use for themselves begin with cc_e_, which EDL names can not.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_EMIT_H
#define CODEGEN_EMIT_H

#include "rules.h"

struct emitter {
    struct session *session;
    const struct edl *edl;
    enum mode mode;
    bool use_prefix;
    const char *own; /* what names of the source's own functions begin with */
    bool inside;     /* the enclave's source: what it sends must tell its values only */
    struct lines *to;
};

void emit_args_header(struct emitter *e);
void emit_host_header(struct emitter *e);
void emit_host_source(struct emitter *e);
void emit_enclave_header(struct emitter *e);
void emit_enclave_source(struct emitter *e);

/* A function that application code calls; or the ordinary call behind a switchless one. */
enum caller_form { FORM_CALL, FORM_ASYNC, FORM_ORDINARY };
void emit_caller(struct emitter *e, const struct function *f, enum caller_form form);
void emit_callee(struct emitter *e, const struct function *f);
void emit_switchless(struct emitter *e, const struct function *f);
/* Few numbers to a worker and one back: a shorter form, of ecalls on both sides, of ocalls on the
 * enclave's. */
bool function_has_values_form(const struct function *f);
void emit_values_callee(struct emitter *e, const struct function *f);
void emit_values_ocall(struct emitter *e, const struct function *f);
void emit_caller_prototype(struct emitter *e, const struct function *f, enum caller_form form);
void emit_user_prototype(struct emitter *e, const struct function *f);

/* Small parts of a declaration or an expression, in the arena. */
const char *text_of(struct emitter *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *field_type(struct emitter *e, const struct field *f);    /* of a value or pointer */
const char *field_element(struct emitter *e, const struct field *f); /* what sizeof is of */
const char *field_size_call(struct emitter *e, const char *edge, const struct field *f,
                            const char *present, const char *prefix);
/* Types that only a header knows, in size= and count=: a clear error when they are no integers. */
void emit_amount_asserts(struct emitter *e, const struct field *siblings, const char *prefix);
/* The same of a function's parameters, and for types that are const where values are written. */
void emit_asserts(struct emitter *e, const struct function *f, const char *prefix);
const char *function_local(struct emitter *e, const struct function *f, const char *name);
bool field_is_text(const struct field *f);

const char *composite_text(struct emitter *e, const struct composite *c);

/* Functions for structs with pointers or bools (emit_member.c), and calls of them. */
void emit_member_functions(struct emitter *e);
void emit_null(struct emitter *e, const struct composite *c, const char *indent,
               const char *pointer, const char *count);
void emit_bools(struct emitter *e, const struct field *f, const char *indent, const char *edge,
                const char *data, const char *size);
bool field_has_bools(struct emitter *e, const struct field *f);

/* Padding of what leaves the enclave (emit_clean.c); only enclave sources have these functions. */
void emit_clean_functions(struct emitter *e);
void emit_clean(struct emitter *e, const struct type *type, const char *indent, const char *pointer,
                const char *size);
bool value_has_padding(struct emitter *e, const struct type *type);
bool buffer_has_padding(struct emitter *e, const struct field *f);

/* Whether a switchless call may pass this buffer where it stands, in memory that both sides see. */
bool field_can_be_shared(struct emitter *e, const struct field *f);

/* The struct with pointers that is passed by value, or NULL. */
const struct composite *value_struct(struct emitter *e, const struct type *type);

#endif
