/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * compile.h - EDL text to a checked model and its messages, within a test. Layer: test.
 */
#ifndef TEST_COMPILE_H
#define TEST_COMPILE_H

#include "load.h"
#include "parser.h"
#include "rules.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text_file {
    const char *path;
    const char *text;
};

/* Serves files from memory, as if the preprocessor had nothing to do. */
static bool read_text(struct loader *loader, const char *path, struct input *ret_input)
{
    for (const struct text_file *file = loader->read_arg; file->path != NULL; file++) {
        struct source *source;
        char *copy;

        if (strcmp(file->path, path) != 0)
            continue;
        copy = arena_format(&loader->session->arena, "\n%s", file->text);
        source = session_source(loader->session, path);
        source->data = copy + 1;
        source->size = strlen(file->text);
        source->loaded = true;
        *ret_input = (struct input){copy + 1, strlen(file->text), source};
        return true;
    }
    message_error(loader->session, (struct place){0}, "no such file: %s", path);
    return false;
}

/* The merged model of a.edl, checked; messages stay in the session. */
static struct edl *compile(struct session *session, struct loader *loader,
                           const struct text_file *files, enum mode mode)
{
    struct edl *edl;

    memset(loader, 0, sizeof *loader);
    loader->session = session;
    loader->read = read_text;
    loader->read_arg = (void *)(uintptr_t)files;
    edl = edl_load(loader, "a.edl", (struct place){0});
    if (edl != NULL) {
        struct rules rules = {session, edl, mode, false, session->errors > 0};

        rules_check(&rules);
    }
    return edl;
}

static struct loader shared_loader; /* large; one at a time */

static char *messages_of(const char *text, enum mode mode, unsigned *ret_errors)
{
    const struct text_file files[] = {{"a.edl", text}, {NULL, NULL}};
    struct session session = {0};
    char *messages;

    compile(&session, &shared_loader, files, mode);
    messages = strdup(session.messages.data != NULL ? session.messages.data : "");
    if (ret_errors != NULL)
        *ret_errors = session.errors;
    loader_done(&shared_loader);
    session_free(&session);
    return messages;
}

#endif
