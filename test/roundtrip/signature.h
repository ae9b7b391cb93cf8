/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * signature.h - one random function of an EDL file, as data: made by signature.c, printed by
 * write.c, counted by tally.c.
 * Layer: test. Threads: one.
 */
#ifndef ROUNDTRIP_SIGNATURE_H
#define ROUNDTRIP_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { SIGNATURE_PARAMS_MAX = 8, SIGNATURE_DIMS_MAX = 3, NO_PARAM = -1 };

struct type_row {
    const char *text;
    const char *value_form;  /* as a value */
    const char *buffer_form; /* as elements of a buffer */
    unsigned size;
    bool whole; /* a buffer holds whole elements only */
};
extern const struct type_row TYPES[];
enum { TYPE_COUNT = 32, TYPE_VOID = -1, TYPE_DEEP = -2, TYPE_DEEP2 = -3, TYPE_TREE = -4 };
enum { DEEP_SIZE = 32, DEEP2_SIZE = 72, TREE_SIZE = 72 }; /* of the structs of types.edl */

/* What a parameter or a function can have; the tally counts each and each pair. */
#define ATTRIBUTES(X)                                                                              \
    X(IN, "in")                                                                                    \
    X(OUT, "out")                                                                                  \
    X(SIZE, "size")                                                                                \
    X(COUNT, "count")                                                                              \
    X(STRING, "string")                                                                            \
    X(WSTRING, "wstring")                                                                          \
    X(USER_CHECK, "user_check")                                                                    \
    X(ISPTR, "isptr")                                                                              \
    X(ISARY, "isary")                                                                              \
    X(READONLY, "readonly")                                                                        \
    X(CONST, "const")                                                                              \
    X(ARRAY, "array")                                                                              \
    X(DEEP, "deep copy")                                                                           \
    X(VALUE, "value")                                                                              \
    X(RETURN, "returns")                                                                           \
    X(PUBLIC, "public")                                                                            \
    X(PRIVATE, "private")                                                                          \
    X(OCALL, "ocall")                                                                              \
    X(ALLOW, "allow")                                                                              \
    X(ERRNO, "propagate_errno")                                                                    \
    X(THREADS, "using_threads")                                                                    \
    X(CDECL, "cdecl")                                                                              \
    X(STDCALL, "stdcall")                                                                          \
    X(FASTCALL, "fastcall")                                                                        \
    X(DLLIMPORT, "dllimport")
#define ATTRIBUTE_NAME_(name, text) A_##name,
enum attribute { ATTRIBUTES(ATTRIBUTE_NAME_) ATTRIBUTE_COUNT };
#undef ATTRIBUTE_NAME_
#define BIT(attribute) (UINT32_C(1) << A_##attribute)

struct amount_row {
    const char *text;
    unsigned limit;
};

struct sized {
    enum { SIZED_NOT, SIZED_NUMBER, SIZED_PARAM } kind;
    unsigned number;
    int param;
};

enum param_kind { PARAM_VALUE, PARAM_AMOUNT, PARAM_BUFFER, PARAM_NUMBER };

struct param {
    enum param_kind kind;
    uint32_t attributes;
    int type;             /* of TYPES, or TYPE_VOID, ... */
    const char *text;     /* instead of a type of the table: a name of the header, an amount */
    const char *pointee;  /* what a foreign pointer or array points to */
    const char *form;     /* of a buffer, overriding the type's */
    unsigned limit, step; /* of an amount */
    unsigned dims[SIGNATURE_DIMS_MAX], dim_count;
    unsigned stars;
    struct sized size, count;
};

struct signature {
    unsigned id;
    uint32_t attributes; /* the function's own */
    int result;          /* of TYPES; TYPE_VOID */
    int allowed;         /* id of the ecall in its allow list, NO_PARAM */
    struct param params[SIGNATURE_PARAMS_MAX];
    int count;
};

/* The same for the same state. last_private: an ecall that allow() may name, NO_PARAM for none. */
void signature_make(struct signature *s, unsigned id, uint64_t *state, int last_private);
uint32_t signature_attributes(const struct signature *s); /* its own and its parameters' */

/* write.c: the parts of an EDL file, the functions that call, the functions that are called. */
void write_edl(FILE *to, const struct signature *all, unsigned count);
void write_enclave(FILE *to, const struct signature *all, unsigned count);
void write_host(FILE *to, const struct signature *all, unsigned count);

/* tally.c */
void tally_add(const struct signature *s);
bool tally_print(FILE *to, bool demand); /* whether every attribute and pair is there */

#endif
