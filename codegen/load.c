/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "load.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser.h"

static bool file_is_readable(const char *path)
{
    FILE *file = fopen(path, "rb");
    bool readable = file != NULL && (fgetc(file) != EOF || !ferror(file)); /* not a folder */

    if (file != NULL)
        fclose(file);
    return readable;
}

/* The path under which the file is opened; NULL when no folder has it. */
static const char *file_find(struct loader *loader, const char *name)
{
    if (name[0] != '/')
        for (struct word *folder = loader->search; folder != NULL; folder = folder->next) {
            const char *path = arena_format(&loader->session->arena, "%s/%s", folder->text, name);

            if (file_is_readable(path))
                return path;
        }
    return file_is_readable(name) ? name : NULL;
}

/* One spelling for each file, so that two ways to it are seen as one. */
static const char *file_identity(struct loader *loader, const char *path)
{
    char *real = loader->read != NULL ? NULL : realpath(path, NULL);
    const char *kept = path;

    if (real != NULL)
        kept = arena_text(&loader->session->arena, real, strlen(real));
    free(real);
    return kept;
}

static void edl_set_name(struct session *session, struct edl *edl)
{
    const char *base = strrchr(edl->path, '/');
    const char *dot;
    bool changed = false;
    char *name;

    base = base != NULL ? base + 1 : edl->path;
    dot = strrchr(base, '.');
    edl->stem =
        arena_text(&session->arena, base, dot != NULL ? (size_t)(dot - base) : strlen(base));
    name = arena_format(&session->arena, "%s%s",
                        isdigit((unsigned char)edl->stem[0]) || edl->stem[0] == '\0' ? "_" : "",
                        edl->stem);
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') {
            *c = '_';
            changed = true;
        }
    edl->name = name;
    if (changed || strlen(name) != strlen(edl->stem))
        message_warning(session, (struct place){0},
                        "%s: file short name `%s' is not a valid C identifier, `%s' is used",
                        edl->path, edl->stem, edl->name);
}

static void function_merge(struct loader *loader, struct edl *into, struct function ***end,
                           const struct function *from)
{
    struct function *there = names_find(&into->functions_by_name, from->name);
    struct function *copy;

    if (there != NULL) {
        if (there->origin == from->origin)
            return;
        message_error(loader->session, from->place,
                      "Multiple definition of function \"%s\" detected.", from->name);
        message_note(loader->session, there->place, "the first one is here");
        return;
    }
    copy = arena_alloc(&loader->session->arena, sizeof *copy);
    *copy = *from;
    copy->next = NULL;
    copy->id = copy->trusted ? into->ecall_count++ : into->ocall_count++;
    **end = copy;
    *end = &copy->next;
    names_add(&into->functions_by_name, copy->name, copy);
}

static void composite_merge(struct loader *loader, struct edl *into, struct composite ***end,
                            const struct composite *from)
{
    struct composite *there =
        from->name != NULL ? names_find(&into->composites_by_name, from->name) : NULL;
    struct composite *copy;

    if (there != NULL) {
        if (there->origin == from->origin)
            return;
        message_error(loader->session, from->place, "duplicated structure definition `%s'",
                      from->name);
        message_note(loader->session, there->place, "the first one is here");
        return;
    }
    if (from->name == NULL) /* an anonymous enum that two ways lead to */
        for (struct composite *c = into->composites; c != NULL; c = c->next)
            if (c->origin == from->origin)
                return;
    copy = arena_alloc(&loader->session->arena, sizeof *copy);
    *copy = *from;
    copy->next = NULL;
    **end = copy;
    *end = &copy->next;
    if (copy->name != NULL)
        names_add(&into->composites_by_name, copy->name, copy);
}

static void include_merge(struct loader *loader, struct edl *into, const struct include *from)
{
    struct include *copy;

    for (struct include *i = into->includes; i != NULL; i = i->next)
        if (i->scope == from->scope && strcmp(i->header, from->header) == 0)
            return;
    copy = arena_alloc(&loader->session->arena, sizeof *copy);
    *copy = *from;
    copy->next = NULL;
    LIST_APPEND(into->includes, copy);
}

static bool word_listed(const struct word *words, const char *text)
{
    for (; words != NULL; words = words->next)
        if (strcmp(words->text, text) == 0)
            return true;
    return false;
}

/* Searched only for an error, of which a limited number is shown. */
static const char *function_near(const struct edl *edl, const char *name)
{
    for (const struct function *f = edl->functions; f != NULL; f = f->next)
        if (word_is_near(f->name, name))
            return f->name;
    return NULL;
}

struct merge {
    struct function **functions_end;
    struct composite **composites_end;
};

/* Everything of one file that the import names. */
static void edl_merge(struct loader *loader, struct edl *into, struct merge *m,
                      const struct edl *from, const struct import *import)
{
    for (const struct include *i = from->includes; i != NULL; i = i->next)
        include_merge(loader, into, i);
    for (const struct composite *c = from->composites; c != NULL; c = c->next)
        composite_merge(loader, into, &m->composites_end, c);
    for (const struct function *f = from->functions; f != NULL; f = f->next)
        if (import == NULL || import->names == NULL || word_listed(import->names, f->name))
            function_merge(loader, into, &m->functions_end, f);
    for (const struct word *w = import != NULL ? import->names : NULL; w != NULL; w = w->next)
        if (names_find(&from->functions_by_name, w->text) == NULL)
            message_error(loader->session, w->place, "import failed - functions `%s' not found%s",
                          w->text, hint_text(loader->session, function_near(from, w->text)));
}

/* A file's own lists, merged into an empty model: so duplicates within it show, too. */
static void edl_merge_own(struct loader *loader, struct edl *edl, struct merge *m)
{
    struct edl own = *edl;

    edl->functions = NULL;
    edl->composites = NULL;
    edl->includes = NULL;
    *m = (struct merge){&edl->functions, &edl->composites};
    for (struct function *f = own.functions; f != NULL; f = f->next)
        f->origin = f;
    for (struct composite *c = own.composites; c != NULL; c = c->next)
        c->origin = c;
    edl_merge(loader, edl, m, &own, NULL);
}

static struct edl *edl_load_new(struct loader *loader, const char *path, const char *identity)
{
    struct input input;
    struct merge merge;
    struct edl *edl;

    if (loader->list_count == sizeof loader->list / sizeof loader->list[0]) {
        message_error(loader->session, (struct place){0}, "%s: too many EDL files", path);
        return NULL;
    }
    if (!(loader->read != NULL ? loader->read : edl_preprocess)(loader, path, &input))
        return NULL;
    edl = edl_parse(loader->session, input);
    loader->list[loader->list_count++] = edl;
    edl->path = path;
    names_add(&loader->files, identity, edl);
    edl->merging = true;
    edl_merge_own(loader, edl, &merge);
    for (struct import *import = edl->imports; import != NULL; import = import->next) {
        struct edl *from = edl_load(loader, import->path, import->place);

        if (from != NULL)
            edl_merge(loader, edl, &merge, from, import);
    }
    edl->merging = false;
    return edl;
}

struct edl *edl_load(struct loader *loader, const char *name, struct place where)
{
    const char *path = loader->read != NULL ? name : file_find(loader, name);
    const char *identity;
    struct edl *edl;

    if (path == NULL) {
        message_error(loader->session, where,
                      "File not found within search paths or search paths is permission denied: %s",
                      name);
        return NULL;
    }
    identity = file_identity(loader, path);
    edl = names_find(&loader->files, identity);
    if (edl != NULL && edl->merging) {
        message_error(loader->session, where, "detected circled import for `%s'", name);
        return NULL;
    }
    if (edl == NULL) {
        if (loader->depth >= IMPORT_DEPTH_MAX) {
            message_error(loader->session, where, "imports nest deeper than %d files",
                          IMPORT_DEPTH_MAX);
            return NULL;
        }
        loader->depth++;
        edl = edl_load_new(loader, path, identity);
        loader->depth--;
    }
    if (edl != NULL && where.source == NULL)
        edl_set_name(loader->session, edl);
    return edl;
}

void loader_done(struct loader *loader)
{
    for (size_t i = 0; i < loader->list_count; i++) {
        names_free(&loader->list[i]->functions_by_name);
        names_free(&loader->list[i]->composites_by_name);
    }
    loader->list_count = 0;
    names_free(&loader->files);
}
