/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rules.h - what a merged EDL model must satisfy before code is made from it, per mode.
 *
 * Texts are secGear's where it has one. Every rule names the place that breaks it.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_RULES_H
#define CODEGEN_RULES_H

#include "model.h"

enum mode { MODE_NONE, MODE_SECGEAR, MODE_SGX, MODE_TRUSTZONE, MODE_PENGLAI };

struct rules {
    struct session *session;
    struct edl *edl;
    enum mode mode;
    bool header_only; /* a file for a library: needs no public ecall */
    bool partial;     /* the parser left something out: say nothing about what is missing */
};

/* Reports everything that is wrong; session->errors says whether something was. */
void rules_check(struct rules *rules);

/* Within the rules. */
void rules_composites(struct rules *rules);
void rules_function(struct rules *rules, struct function *function);
bool rules_amount(struct rules *rules, const struct field *siblings, const char *kind,
                  const struct amount *amount, const char *attribute);
void rules_tag(struct rules *rules, const struct type *type); /* `union s' for a struct s */
struct composite *edl_composite(const struct edl *edl, const struct type *type);

/* Shape of a field; attributes decide whether a foreign type is a pointer. */
static inline bool field_is_array(const struct field *f)
{
    return f->dim_count > 0 || f->attributes.isary;
}

static inline bool field_is_pointer(const struct field *f)
{
    return f->type.stars > 0 || f->attributes.isptr || field_is_array(f);
}

/* The EDL struct whose elements this parameter points to, to be copied member by member. */
struct composite *field_struct(const struct edl *edl, const struct field *f);

bool type_is_bool(const struct type *type);

/* "int*" */
const char *type_text(struct session *session, const struct type *type);

#endif
