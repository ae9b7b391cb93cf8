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
    struct lines *to;
};

void emit_args_header(struct emitter *e);
void emit_host_header(struct emitter *e);
void emit_host_source(struct emitter *e);
void emit_enclave_header(struct emitter *e);
void emit_enclave_source(struct emitter *e);

void emit_caller(struct emitter *e, const struct function *f);
void emit_callee(struct emitter *e, const struct function *f);
void emit_switchless(struct emitter *e, const struct function *f);
void emit_caller_prototype(struct emitter *e, const struct function *f, bool is_async);
void emit_user_prototype(struct emitter *e, const struct function *f);

/* Small parts of a declaration or an expression, in the arena. */
const char *text_of(struct emitter *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *field_type(struct emitter *e, const struct field *f);    /* of a value or pointer */
const char *field_element(struct emitter *e, const struct field *f); /* what sizeof is of */
const char *field_size_call(struct emitter *e, const struct field *f, const char *present,
                            const char *prefix);
const char *function_local(struct emitter *e, const struct function *f, const char *name);
bool type_is_bool(const struct type *type);
bool field_is_text(const struct field *f);

/* A pointer member of a struct, also inside members by value: "inner.p". */
struct pointer_path {
    const char *path;
    const struct field *field;
    bool sized; /* copied with its structure */
    struct pointer_path *next;
};
const struct pointer_path *struct_pointers(struct emitter *e, const struct composite *c);
void emit_nulls(struct emitter *e, const struct composite *c, const char *indent,
                const char *prefix);
/* Padding of structs that leave the enclave; only enclave sources have these functions. */
void emit_clean_functions(struct emitter *e);
void emit_clean(struct emitter *e, const struct composite *c, const char *indent,
                const char *pointer, const char *size);
const struct composite *clean_struct(struct emitter *e, const struct type *type, unsigned stars);
const struct composite *clean_buffer(struct emitter *e, const struct field *f);

/* The struct with pointers that is passed by value, or NULL. */
const struct composite *value_struct(struct emitter *e, const struct type *type);

#endif
