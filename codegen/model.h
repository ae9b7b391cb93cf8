/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * model.h - an EDL file as data: what the parser builds, the rules check, the emitters print.
 *
 * Everything lives in the session's arena; lists keep the order of the file.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_MODEL_H
#define CODEGEN_MODEL_H

#include "source.h"
#include <stdint.h>

enum { DIMS_MAX = 8, PARAMS_MAX = 127, MEMBERS_MAX = 1024 };

enum type_kind {
    TYPE_VOID,
    TYPE_CHAR,
    TYPE_WCHAR,
    TYPE_INTEGER, /* every other integer of the language */
    TYPE_FLOAT,
    TYPE_STRUCT,
    TYPE_UNION,
    TYPE_ENUM,
    TYPE_FOREIGN /* a name that some header defines */
};

struct type {
    enum type_kind kind;
    const char *text; /* in C: "unsigned int", "struct s" */
    const char *name; /* of a struct, union, enum or foreign type */
    unsigned stars;
    bool is_const;
    struct place place;
};

enum amount_kind { AMOUNT_NONE, AMOUNT_NUMBER, AMOUNT_NAME };

/* What size= or count= says. */
struct amount {
    enum amount_kind kind;
    const char *text;
    struct place place;
};

struct attributes {
    bool given;
    bool broken; /* something was wrong with them, and reported */
    bool in, out, string, wstring, user_check, isptr, isary, readonly;
    struct amount size, count;
    struct place place; /* of the bracket */
};

/* A parameter, or a member of a struct or union. */
struct field {
    const char *name;
    struct place place;
    struct type type;
    struct attributes attributes;
    uint64_t dims[DIMS_MAX];
    unsigned dim_count;
    struct field *next;
};

struct enumerator {
    const char *name;
    const char *value; /* NULL: one more than the one before */
    struct place place;
    struct enumerator *next;
};

struct composite {
    enum type_kind kind;
    const char *name; /* NULL: anonymous enum */
    struct place place;
    struct field *fields;
    struct enumerator *enumerators;
    struct composite *next;
    bool deep;                      /* struct with a member that has size or count */
    bool has_pointers;              /* struct with any pointer member, also inside member structs */
    bool has_bools;                 /* struct with a bool by value, also inside member structs */
    int state;                      /* of the rules' walk: 0 not seen, 1 within, 2 done */
    const struct composite *origin; /* where an import copied it from; itself otherwise */
};

struct word {
    const char *text;
    struct place place;
    struct word *next;
};

enum convention { CALL_PLAIN, CALL_CDECL, CALL_STDCALL, CALL_FASTCALL };

struct function {
    const char *name;
    struct place place;
    struct type result;
    struct field *params;
    bool trusted, is_public, switchless, propagate_errno, dllimport;
    enum convention convention;
    struct word *allow;
    struct place allow_place;
    unsigned id;                   /* position among the trusted, or the untrusted, functions */
    const struct function *origin; /* where an import copied it from; itself otherwise */
    struct function *next;
};

enum scope { SCOPE_FILE, SCOPE_TRUSTED, SCOPE_UNTRUSTED };

struct include {
    const char *header;
    enum scope scope;
    struct include *next;
};

struct import {
    const char *path;
    struct place place;
    struct word *names; /* NULL: all */
    struct import *next;
};

/* One parsed file; after edl_merge() with what it imports. */
struct edl {
    const char *path; /* as opened */
    const char *stem; /* the file's name without folder and .edl */
    const char *name; /* the stem as a C identifier */
    struct include *includes;
    struct import *imports;
    struct composite *composites;
    struct function *functions;
    unsigned ecall_count, ocall_count;
    bool merging;                                       /* an import of it now would be a circle */
    struct names functions_by_name, composites_by_name; /* filled by edl_load() */
};

/* Appends to a list whose nodes have `next`. */
#define LIST_APPEND(list, node)                                                                    \
    do {                                                                                           \
        __typeof__(&(list)) list_end = &(list);                                                    \
        while (*list_end != NULL)                                                                  \
            list_end = &(*list_end)->next;                                                         \
        *list_end = (node);                                                                        \
    } while (0)

#endif
