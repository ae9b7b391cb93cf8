/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "depfile.h"
#include <string.h>

/* A path as make reads it. */
static void path_put(struct lines *to, const char *path)
{
    if (strncmp(path, "./", 2) == 0) { /* make takes both as one, ninja does not */
        path += 2;
        path += strspn(path, "/"); /* of a folder that was named ./ */
    }
    for (; *path != '\0'; path++) {
        if (*path == '$')
            lines_put(to, "$", 1);
        else if (*path == ' ' || *path == '#' || *path == '\\' || *path == ':' || *path == '%')
            lines_put(to, "\\", 1);
        lines_put(to, path, 1);
    }
}

bool source_is_file(const struct source *source)
{
    return source->path[0] != '<' && source->path[0] != '\0' &&
           source->path[strlen(source->path) - 1] != '/' && strchr(source->path, '\n') == NULL;
}

void depfile_make(struct session *session, const char *path, struct outputs *outputs)
{
    struct lines text = {0};

    for (const struct output *o = outputs->first; o != NULL; o = o->next) {
        lines_add(&text, o == outputs->first ? "" : " ");
        path_put(&text, o->path);
    }
    if (outputs->first == NULL)
        path_put(&text, path);
    lines_add(&text, ":");
    for (const struct source *s = session->sources; s != NULL; s = s->next)
        if (source_is_file(s)) {
            lines_add(&text, " \\\n  ");
            path_put(&text, s->path);
        }
    lines_add(&text, "\n");
    for (const struct source *s = session->sources; s != NULL; s = s->next)
        if (source_is_file(s)) {
            lines_add(&text, "\n");
            path_put(&text, s->path);
            lines_add(&text, ":\n");
        }
    *outputs_path(outputs, path) = text;
}
