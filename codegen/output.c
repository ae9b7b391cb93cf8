/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static bool text_is(int fd, const struct lines *text)
{
    char chunk[65536];
    size_t done = 0;
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) > 0) {
        if ((size_t)got > text->size - done || memcmp(chunk, text->data + done, (size_t)got) != 0)
            return false;
        done += (size_t)got;
    }
    return got == 0 && done == text->size;
}

/* The same text, and not older than what it is made from: then nothing that was built from it has
 * to be built again. An older one is written again, or make would ask for it for ever. */
static bool output_is_current(const struct output *output, const struct timespec *newest)
{
    int fd = open(output->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    bool current = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                   !is_before(&st.st_mtim, newest) && text_is(fd, &output->text);

    if (fd >= 0)
        close(fd);
    return current;
}

void newest_add(struct timespec *newest, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        newest->tv_sec = INT64_MAX; /* then nothing is known to be current */
    else if (is_before(newest, &st.st_mtim))
        *newest = st.st_mtim;
}

/* Looked at just before: a run for the other side may have written it meanwhile. */
static bool output_place(struct output *output, const struct timespec *newest)
{
    if (output_is_current(output, newest))
        unlink(output->temporary);
    else if (rename(output->temporary, output->path) != 0)
        return false;
    output->temporary = NULL;
    return true;
}

bool outputs_write(struct outputs *outputs, const struct timespec *newest)
{
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        if (!folders_make(outputs->arena, o->path) || !temporary_write(outputs, o))
            return output_failed(outputs, o);
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        if (!output_place(o, newest))
            return output_failed(outputs, o);
    return true;
}

void outputs_free(struct outputs *outputs)
{
    for (struct output *o = outputs->first; o != NULL; o = o->next)
        lines_free(&o->text);
    outputs->first = outputs->last = NULL;
}
