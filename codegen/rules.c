/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "rules.h"
#include <stdlib.h>
#include <string.h>

const char *type_text(struct session *session, const struct type *type)
{
    static const char STARS[] = "*********";

    return arena_format(&session->arena, "%s%s%.*s", type->is_const ? "const " : "", type->text,
                        (int)type->stars, STARS);
}

struct composite *edl_composite(const struct edl *edl, const struct type *type)
{
    struct composite *c =
        type->name != NULL ? names_find(&edl->composites_by_name, type->name) : NULL;

    return c != NULL && (type->kind == TYPE_FOREIGN || type->kind == c->kind) ? c : NULL;
}

struct composite *field_struct(const struct edl *edl, const struct field *f)
{
    struct composite *c = edl_composite(edl, &f->type);
    bool points_to_it = f->type.stars == (f->dim_count > 0 ? 0u : 1u);

    if (c == NULL || c->kind != TYPE_STRUCT || !points_to_it || f->attributes.user_check)
        return NULL;
    return c->has_pointers ? c : NULL;
}

bool type_is_bool(const struct type *type)
{
    return type->kind == TYPE_FOREIGN &&
           (strcmp(type->text, "bool") == 0 || strcmp(type->text, "_Bool") == 0);
}

/* What the two private-less modes call themselves. */
static const char *mode_label(enum mode mode)
{
    return mode == MODE_TRUSTZONE ? "Trustzone" : "PengLai";
}

static bool mode_is_plain(enum mode mode)
{
    return mode == MODE_TRUSTZONE || mode == MODE_PENGLAI;
}

static bool number_fits(const char *digits)
{
    uint64_t value = 0;

    for (; *digits != '\0'; digits++)
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (unsigned)(*digits - '0'), &value))
            return false;
    return value <= INT64_MAX;
}

static const char *field_near(const struct field *f, const char *name)
{
    for (; f != NULL; f = f->next)
        if (word_is_near(f->name, name))
            return f->name;
    return NULL;
}

/* While errors are shown at all: the search is long in a large file. */
static const char *function_near(struct rules *rules, const char *name, bool trusted)
{
    for (const struct function *f = rules->edl->functions;
         f != NULL && rules->session->errors < ERRORS_MAX; f = f->next)
        if (f->trusted == trusted && word_is_near(f->name, name))
            return f->name;
    return NULL;
}

bool rules_amount(struct rules *rules, const struct field *siblings, const char *kind,
                  const struct amount *amount, const char *attribute)
{
    const struct field *f = siblings;

    if (amount->kind == AMOUNT_NUMBER && !number_fits(amount->text)) {
        message_error(rules->session, amount->place, "`%s' is too large", attribute);
        return false;
    }
    if (amount->kind != AMOUNT_NAME)
        return true;
    while (f != NULL && strcmp(f->name, amount->text) != 0)
        f = f->next;
    if (f == NULL) {
        message_error(rules->session, amount->place, "%s `%s' not found.%s", kind, amount->text,
                      hint_text(rules->session, field_near(siblings, amount->text)));
        return false;
    }
    if (field_is_pointer(f) || f->type.kind == TYPE_FLOAT || f->type.kind == TYPE_STRUCT ||
        f->type.kind == TYPE_UNION || f->type.kind == TYPE_VOID) {
        message_error(rules->session, amount->place,
                      "`%s' names `%s', which is no integer by value", attribute, amount->text);
        message_note(rules->session, f->place, "`%s' is declared here as `%s'", f->name,
                     type_text(rules->session, &f->type));
        return false;
    }
    return true;
}

/* isptr, isary, readonly: only for names that some header defines. */
static const char *foreign_error(struct rules *rules, const struct field *f)
{
    const struct attributes *a = &f->attributes;

    if ((a->isptr || a->isary) && (f->type.kind != TYPE_FOREIGN || f->type.stars > 0))
        return arena_format(&rules->session->arena,
                            "`%s', attributes are only for user defined type, not for `%s'.",
                            a->isptr ? "isptr" : "isary", type_text(rules->session, &f->type));
    if (a->isary && a->isptr)
        return "`isary' cannot be used with `isptr' together";
    if (a->isary && (a->string || a->wstring))
        return "`isary' cannot be used with `string/wstring' together";
    if (a->isary && (a->size.kind != AMOUNT_NONE || a->count.kind != AMOUNT_NONE))
        return "Pointer size attributes cannot be used with foreign array";
    if (a->readonly && !a->isptr)
        return "`readonly' attribute is only used with `isptr' attribute.";
    return NULL;
}

/* Which attributes exclude each other. */
static const char *direction_error(const struct field *f)
{
    const struct attributes *a = &f->attributes;
    bool sized = a->size.kind != AMOUNT_NONE || a->count.kind != AMOUNT_NONE;

    if (sized && (a->string || a->wstring))
        return "size attributes are mutual exclusive with (w)string attribute";
    if (a->string && a->wstring)
        return "`string' and `wstring' are mutual exclusive";
    if ((a->in || a->out) && a->user_check)
        return "pointer direction and `user_check' are mutual exclusive";
    if ((sized || a->string || a->wstring) && !a->in && !a->out)
        return "size/string attributes must be used with pointer direction";
    if ((a->string || a->wstring) && !a->in)
        return "string/wstring should be used with an `in' attribute";
    return NULL;
}

/* A value: no pointer attribute fits. */
static const char *value_error(struct rules *rules, const struct field *f)
{
    if (f->type.kind == TYPE_VOID)
        return arena_format(&rules->session->arena, "parameter `%s' has `void' type.", f->name);
    if (f->type.is_const)
        return "`const' needs a pointer";
    if (f->attributes.given && f->type.kind == TYPE_FOREIGN)
        return arena_format(&rules->session->arena,
                            "`%s' is considered plain type but decorated with pointer attributes",
                            f->type.text);
    if (f->attributes.given)
        return arena_format(&rules->session->arena, "unexpected pointer attributes for `%s'",
                            f->type.text);
    return NULL;
}

static const char *array_error(struct rules *rules, const struct function *fn,
                               const struct field *f)
{
    const struct attributes *a = &f->attributes;
    const char *wrong = a->size.kind != AMOUNT_NONE    ? "size"
                        : a->count.kind != AMOUNT_NONE ? "count"
                        : a->string                    ? "string"
                        : a->wstring                   ? "wstring"
                        : a->isary                     ? "isary"
                                                       : NULL;
    struct arena *arena = &rules->session->arena;

    if (f->type.stars > 0 || a->isptr)
        return arena_format(arena, "`%s': Pointer array not allowed - `%s' is a pointer array.",
                            fn->name, f->name);
    if (f->type.kind == TYPE_VOID)
        return arena_format(arena, "parameter `%s' has `void' type.", f->name);
    if (f->type.is_const)
        return "`const' needs a pointer";
    if (wrong != NULL)
        return arena_format(arena,
                            "`%s': invalid `%s' attribute - `%s' is explicitly declared array.",
                            fn->name, wrong, f->name);
    return NULL;
}

static const char *pointer_error(struct rules *rules, const struct function *fn,
                                 const struct field *f)
{
    const struct attributes *a = &f->attributes;
    struct arena *arena = &rules->session->arena;

    if (!a->in && !a->out && !a->user_check)
        return "pointer/array should have direction attribute or `user_check'";
    if (f->dim_count > 0)
        return array_error(rules, fn, f);
    if (a->string && !a->isptr && (f->type.kind != TYPE_CHAR || f->type.stars != 1))
        return arena_format(arena, "`%s': invalid `string' attribute - `%s' is not char pointer.",
                            fn->name, f->name);
    if (a->wstring && !a->isptr && (f->type.kind != TYPE_WCHAR || f->type.stars != 1))
        return arena_format(arena,
                            "`%s': invalid `wstring' attribute - `%s' is not wchar_t pointer.",
                            fn->name, f->name);
    if (f->type.kind == TYPE_VOID && f->type.stars == 1 && !a->user_check &&
        a->size.kind == AMOUNT_NONE)
        return arena_format(arena, "`%s': void pointer `%s' - buffer size unknown", fn->name,
                            f->name);
    if (a->out && (f->type.is_const || a->readonly))
        return arena_format(arena, "`%s': `%s' is readonly - cannot be used with `out'", fn->name,
                            f->name);
    if (f->type.stars > 1 && !a->user_check && rules->mode == MODE_SECGEAR)
        return arena_format(arena,
                            "`%s': `%s' is a pointer to pointers, which have no meaning on the "
                            "other side - pass the data itself, or uint64_t for a number",
                            fn->name, f->name);
    return NULL;
}

/* Structures that are copied member by member. */
static void struct_check(struct rules *rules, const struct function *fn, const struct field *f)
{
    const struct composite *c = edl_composite(rules->edl, &f->type);
    bool by_value = f->type.stars == 0 && !field_is_array(f);
    bool direct = f->type.stars == 1 || (f->type.stars == 0 && f->dim_count > 0);

    if (c == NULL || c->kind != TYPE_STRUCT)
        return;
    if (f->type.kind == TYPE_FOREIGN && c->deep)
        message_error(rules->session, f->type.place,
                      "`%s' in function `%s' is a structure and it specifies a deep copy. Use "
                      "`struct %s' instead.",
                      c->name, fn->name, c->name);
    else if (f->type.kind == TYPE_FOREIGN)
        message_warning(rules->session, f->type.place,
                        "`%s' in function `%s' is a structure. Use `struct %s' instead.", c->name,
                        fn->name, c->name);
    else if (by_value && c->deep)
        message_error(rules->session, f->place,
                      "the structure declaration \"%s\" specifies a deep copy is expected. "
                      "Referenced by value in function \"%s\" detected.",
                      c->name, fn->name);
    else if (by_value && c->has_pointers)
        message_warning(rules->session, f->place,
                        "the structure declaration \"%s\" has pointers and is referenced by value "
                        "in function \"%s\". Part of the data may not be copied.",
                        c->name, fn->name);
    else if (direct && c->deep && f->attributes.out && !f->attributes.in)
        message_error(rules->session, f->place,
                      "the structure declaration \"%s\" specifies a deep copy, should not be used "
                      "with an `out' attribute in function \"%s\".",
                      c->name, fn->name);
    else if (direct && c->deep && fn->switchless && fn->trusted)
        message_error(rules->session, f->place,
                      "a deep copy is not supported with transition_using_threads");
}

void rules_tag(struct rules *rules, const struct type *type)
{
    static const char *const WORDS[] = {
        [TYPE_STRUCT] = "struct", [TYPE_UNION] = "union", [TYPE_ENUM] = "enum"};
    const struct composite *c =
        type->name != NULL ? names_find(&rules->edl->composites_by_name, type->name) : NULL;

    if (c != NULL && type->kind != TYPE_FOREIGN && type->kind != c->kind)
        message_error(rules->session, type->place, "`%s' is declared as `%s %s'", type->text,
                      WORDS[c->kind], c->name);
}

static void param_check(struct rules *rules, const struct function *fn, const struct field *f)
{
    const struct attributes *a = &f->attributes;
    const char *error = foreign_error(rules, f);

    rules_tag(rules, &f->type);
    if (a->broken)
        return;
    if (error == NULL)
        error = direction_error(f);
    if (error == NULL)
        error = field_is_pointer(f) ? pointer_error(rules, fn, f) : value_error(rules, f);
    if (error != NULL) {
        message_error(rules->session, f->place, "%s", error);
        return;
    }
    if (a->user_check && mode_is_plain(rules->mode)) {
        message_error(rules->session, f->place, "%s :%s mode is not support 'user_check' feature",
                      fn->name, mode_label(rules->mode));
        return;
    }
    if (f->type.stars > 1 && !a->user_check)
        message_warning(rules->session, f->place,
                        "`%s': `%s' points to pointers: they are copied as numbers, not what they "
                        "point to",
                        fn->name, f->name);
    if (rules_amount(rules, fn->params, "parameter", &a->size, "size"))
        rules_amount(rules, fn->params, "parameter", &a->count, "count");
    struct_check(rules, fn, f);
}

/* Two parameters of one name, or a parameter that hides a type behind it. */
static void params_check_names(struct rules *rules, const struct function *fn)
{
    for (const struct field *f = fn->params; f != NULL; f = f->next)
        for (const struct field *g = fn->params; g != NULL; g = g->next) {
            if (g != f && g->place.at > f->place.at && strcmp(g->name, f->name) == 0)
                message_error(rules->session, g->place, "two parameters are called `%s'", g->name);
            if (g->type.kind == TYPE_FOREIGN && strcmp(g->type.text, f->name) == 0)
                message_error(rules->session, f->place,
                              "parameter `%s' hides the type of that name", f->name);
        }
}

static void result_check(struct rules *rules, const struct function *fn)
{
    const struct composite *c = edl_composite(rules->edl, &fn->result);

    rules_tag(rules, &fn->result);
    if (fn->result.is_const && fn->result.stars == 0)
        message_error(rules->session, fn->result.place, "`const' needs a pointer");
    if (fn->result.stars > 0 && rules->mode == MODE_SECGEAR)
        message_error(rules->session, fn->result.place,
                      "`%s' returns a pointer, which has no meaning on the other side - use an "
                      "[out] parameter",
                      fn->name);
    else if (fn->result.stars > 0)
        message_warning(rules->session, fn->result.place,
                        "`%s' returns a pointer, which has no meaning on the other side", fn->name);
    else if (c != NULL && c->deep)
        message_error(rules->session, fn->result.place,
                      "the structure declaration \"%s\" specifies a deep copy is expected. "
                      "Referenced by value in function \"%s\" detected.",
                      c->name, fn->name);
}

static void ecall_check(struct rules *rules, const struct function *fn)
{
    if (mode_is_plain(rules->mode) && !fn->is_public)
        message_error(rules->session, fn->place, "%s :%s mode is not support 'private' feature",
                      fn->name, mode_label(rules->mode));
    if (fn->switchless && fn->id > UINT16_MAX)
        message_error(rules->session, fn->place,
                      "`%s' is ecall %u: a function with transition_using_threads has a number up "
                      "to %u - declare it further up",
                      fn->name, fn->id, UINT16_MAX);
    if (rules->mode == MODE_PENGLAI && fn->switchless)
        message_error(rules->session, fn->place,
                      "%s :PengLai mode is not support 'switchless' feature", fn->name);
}

static void ocall_check(struct rules *rules, const struct function *fn)
{
    static const char *const CONVENTIONS[] = {"", "CDECL", "STDCALL", "FASTCALL"};
    struct session *session = rules->session;

    for (const struct word *w = fn->allow; w != NULL; w = w->next) {
        const struct function *allowed = names_find(&rules->edl->functions_by_name, w->text);

        if ((allowed == NULL && !rules->partial) || (allowed != NULL && !allowed->trusted))
            message_error(session, w->place, "\"%s\" declared to allow unknown function \"%s\".%s",
                          fn->name, w->text,
                          hint_text(session, function_near(rules, w->text, true)));
    }
    if (!mode_is_plain(rules->mode))
        return;
    if (fn->dllimport)
        message_error(session, fn->place, "%s:%s mode is not support dllimport", fn->name,
                      mode_label(rules->mode));
    if (fn->allow != NULL)
        lines_add(&session->notices,
                  "WARNING: %s: Reentrant ocalls are not supported by %s. Allow list ignored.\n",
                  fn->name, rules->mode == MODE_TRUSTZONE ? "Open Enclave" : "Penglai");
    if (fn->convention != CALL_PLAIN)
        lines_add(&session->notices,
                  "WARNING: %s: %s mode is not support Calling convention %s for ocalls\n",
                  fn->name, mode_label(rules->mode), CONVENTIONS[fn->convention]);
}

void rules_function(struct rules *rules, struct function *fn)
{
    result_check(rules, fn);
    for (const struct field *f = fn->params; f != NULL; f = f->next)
        param_check(rules, fn, f);
    params_check_names(rules, fn);
    if (fn->trusted)
        ecall_check(rules, fn);
    else
        ocall_check(rules, fn);
}

/* Private ecalls that nobody can reach. */
static void private_check(struct rules *rules)
{
    struct names allowed = {0};

    for (const struct function *f = rules->edl->functions; f != NULL; f = f->next)
        for (const struct word *w = f->allow; w != NULL; w = w->next)
            names_add(&allowed, w->text, (void *)(uintptr_t)w);
    for (const struct function *f = rules->edl->functions; f != NULL; f = f->next)
        if (f->trusted && !f->is_public && names_find(&allowed, f->name) == NULL)
            message_warning(rules->session, f->place, "private ECALL `%s' is not used by any OCALL",
                            f->name);
    names_free(&allowed);
}

/* Functions that the headers of generated code declare; another one of that name can not be. */
static const char *const LIBRARY[] = {
    "PrintInfo",      "abort",        "abs",           "aligned_alloc", "alloca",
    "asctime",        "asprintf",     "at_quick_exit", "atexit",        "atof",
    "atoi",           "atol",         "atoll",         "basename",      "bcmp",
    "bcopy",          "bsearch",      "btowc",         "bzero",         "calloc",
    "clearenv",       "clearerr",     "clock",         "clone",         "ctime",
    "difftime",       "div",          "dprintf",       "drand48",       "erand48",
    "exit",           "fclose",       "fdopen",        "feof",          "ferror",
    "fflush",         "ffs",          "fgetc",         "fgets",         "fgetwc",
    "fileno",         "fopen",        "fprintf",       "fputc",         "fputs",
    "fputwc",         "fread",        "free",          "freopen",       "fscanf",
    "fseek",          "fseeko",       "ftell",         "ftello",        "fwide",
    "fwprintf",       "fwrite",       "getc",          "getchar",       "getcpu",
    "getdelim",       "getenv",       "getline",       "getloadavg",    "getsubopt",
    "getwchar",       "gmtime",       "index",         "initstate",     "labs",
    "ldiv",           "llabs",        "lldiv",         "localtime",     "lrand48",
    "main",           "malloc",       "mblen",         "mbrtowc",       "mbsinit",
    "mbstowcs",       "mbtowc",       "memccpy",       "memchr",        "memcmp",
    "memcpy",         "memmem",       "memmove",       "mempcpy",       "memrchr",
    "memset",         "mkdtemp",      "mkstemp",       "mktemp",        "mktime",
    "mrand48",        "nanosleep",    "pclose",        "perror",        "popen",
    "posix_memalign", "printf",       "pselect",       "putc",          "putchar",
    "putenv",         "puts",         "putwchar",      "qsort",         "quick_exit",
    "rand",           "random",       "realloc",       "reallocarray",  "realpath",
    "remove",         "rename",       "rewind",        "rindex",        "scanf",
    "sched_yield",    "select",       "setenv",        "setns",         "setstate",
    "snprintf",       "sprintf",      "srand",         "srandom",       "sscanf",
    "stpcpy",         "stpncpy",      "strcasecmp",    "strcasestr",    "strcat",
    "strchr",         "strchrnul",    "strcmp",        "strcoll",       "strcpy",
    "strcspn",        "strdup",       "strerror",      "strerror_r",    "strftime",
    "strlen",         "strncasecmp",  "strncat",       "strncmp",       "strncpy",
    "strndup",        "strnlen",      "strpbrk",       "strrchr",       "strsep",
    "strsignal",      "strspn",       "strstr",        "strtod",        "strtof",
    "strtok",         "strtok_r",     "strtol",        "strtold",       "strtoll",
    "strtoul",        "strtoull",     "strxfrm",       "swprintf",      "system",
    "time",           "timespec_get", "tmpfile",       "tmpnam",        "ungetc",
    "unsetenv",       "unshare",      "vfprintf",      "vprintf",       "vsnprintf",
    "vsprintf",       "wcrtomb",      "wcscat",        "wcschr",        "wcscmp",
    "wcscoll",        "wcscpy",       "wcscspn",       "wcsdup",        "wcslen",
    "wcsncat",        "wcsncmp",      "wcsncpy",       "wcsnlen",       "wcspbrk",
    "wcsrchr",        "wcsspn",       "wcsstr",        "wcstok",        "wcstombs",
    "wcsxfrm",        "wctob",        "wctomb",        "wmemchr",       "wmemcmp",
    "wmemcpy",        "wmemmove",     "wmemset",       "wprintf",       "wscanf"};

static int name_order(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

static bool name_is_library(const char *name)
{
    return strncmp(name, "pthread_", 8) == 0 ||
           bsearch(name, LIBRARY, sizeof LIBRARY / sizeof LIBRARY[0], sizeof LIBRARY[0],
                   name_order) != NULL;
}

/* Functions, types and enumerators share one name space in C. */
static void names_check(struct rules *rules)
{
    const struct edl *edl = rules->edl;

    for (const struct function *f = edl->functions; f != NULL; f = f->next) {
        if (name_is_library(f->name))
            message_error(rules->session, f->place, "`%s' is a function of the C library", f->name);
        if (names_find(&edl->composites_by_name, f->name) != NULL)
            message_error(rules->session, f->place, "`%s' is a type of this file as well", f->name);
        if (f->trusted && f->switchless &&
            names_find(&edl->functions_by_name,
                       arena_format(&rules->session->arena, "%s_async", f->name)) != NULL)
            message_error(rules->session, f->place,
                          "`%s' makes a function `%s_async', which this file has already", f->name,
                          f->name);
    }
    for (const struct composite *c = edl->composites; c != NULL; c = c->next)
        for (const struct enumerator *e = c->enumerators; e != NULL; e = e->next)
            if (names_find(&edl->functions_by_name, e->name) != NULL ||
                names_find(&edl->composites_by_name, e->name) != NULL)
                message_error(rules->session, e->place,
                              "enumerator `%s' is a function or type of this file as well",
                              e->name);
}

/* What the runtime would refuse to start. The other modes' tools take such files. */
static void count_check(struct rules *rules)
{
    static const char TEXT[] = "%s: %u ecalls and %u ocalls, the runtime takes at most %u of each";
    const struct edl *edl = rules->edl;

    if (edl->ecall_count <= UINT16_MAX && edl->ocall_count <= UINT16_MAX)
        return;
    if (rules->mode == MODE_SECGEAR)
        message_error(rules->session, (struct place){0}, TEXT, edl->path, edl->ecall_count,
                      edl->ocall_count, UINT16_MAX);
    else
        message_warning(rules->session, (struct place){0}, TEXT, edl->path, edl->ecall_count,
                        edl->ocall_count, UINT16_MAX);
}

void rules_check(struct rules *rules)
{
    bool any_public = false;

    rules_composites(rules);
    for (struct function *f = rules->edl->functions; f != NULL; f = f->next) {
        rules_function(rules, f);
        any_public = any_public || (f->trusted && f->is_public);
    }
    names_check(rules);
    if (!mode_is_plain(rules->mode) && !rules->partial)
        private_check(rules);
    count_check(rules);
    if (!any_public && !rules->header_only && !rules->partial)
        message_error(rules->session, (struct place){0},
                      "the enclave `%s' contains no public root ECALL.", rules->edl->stem);
}
