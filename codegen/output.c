/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

struct lines *outputs_path(struct outputs *outputs, const char *path)
{
    struct output *output = arena_alloc(outputs->arena, sizeof *output);

    output->path = path;
    if (outputs->last != NULL)
        outputs->last->next = output;
    else
        outputs->first = output;
    outputs->last = output;
    return &output->text;
}

struct lines *outputs_add(struct outputs *outputs, const char *folder, const char *name)
{
    return outputs_path(outputs, arena_format(outputs->arena, "%s/%s", folder, name));
}

static bool folders_make(struct arena *arena, const char *path)
{
    char *copy = arena_text(arena, path, strlen(path));

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, FOLDER_MODE) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

static bool write_all(int fd, const struct lines *text)
{
    size_t done = 0;

    while (done < text->size) {
        ssize_t size = write(fd, text->data + done, text->size - done);

        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        done += (size_t)size;
    }
    return true;
}

static bool temporary_write(struct outputs *outputs, struct output *output)
{
    char *path = arena_format(outputs->arena, "%s.XXXXXX", output->path);
    mode_t mask = umask(0);
    bool ok;
    int fd;

    umask(mask);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return false;
    output->temporary = path;
    ok = write_all(fd, &output->text) && fchmod(fd, FILE_MODE & ~mask) == 0;
    return close(fd) == 0 && ok;
}

static bool output_failed(struct outputs *outputs, const struct output *failed)
{
    fprintf(stderr, "error: %s can not be written: %s\n", failed->path, strerror(errno));
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        if (o->temporary != NULL)
            unlink(o->temporary);
    return false;
}

bool outputs_write(struct outputs *outputs)
{
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        if (!folders_make(outputs->arena, o->path) || !temporary_write(outputs, o))
            return output_failed(outputs, o);
    for (struct output *o = outputs->first; o != NULL; o = o->next) {
        if (rename(o->temporary, o->path) != 0)
            return output_failed(outputs, o);
        o->temporary = NULL;
    }
    return true;
}

void outputs_free(struct outputs *outputs)
{
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        lines_free(&o->text);
    outputs->first = outputs->last = NULL;
}
