/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * preprocess.c - runs the C preprocessor on a file, without a shell, and keeps its line markers.
 * Without any preprocessor the file is read as it is.
 */
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_MAX_SIZE = 64 * 1024 * 1024 };

extern char **environ;

/* Reads to the end, or to the limit; false when the text is too large or can not be read. */
static bool read_all(int fd, struct lines *text)
{
    char part[16384];
    ssize_t size;

    for (;;) {
        size = read(fd, part, sizeof part);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return size == 0;
        if (text->size > TEXT_MAX_SIZE)
            return false;
        lines_put(text, part, (size_t)size);
    }
}

/* Starts it with stdout in a pipe; the reading end, or -1 with errno. */
static int spawn_reader(const char *program, const char *path, pid_t *ret_pid)
{
    const char *const argv[] = {program,      "-x",      "c",      "-E", "-C",
                                "-std=gnu11", "-Ulinux", "-Uunix", path, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], rc;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    rc = posix_spawnp(ret_pid, program, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (rc == 0)
        return ends[0];
    close(ends[0]);
    errno = rc;
    return -1;
}

static bool child_succeeded(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool file_read(const char *path, struct lines *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && read_all(fd, text);

    if (fd >= 0)
        close(fd);
    return ok;
}

/* False only when something was found that did not work; its own words are on stderr then. */
static bool run_preprocessor(struct loader *loader, const char *path, struct lines *text,
                             bool *ret_found)
{
    static const char *const PROGRAMS[] = {"gcc", "cc", "clang"};

    *ret_found = false;
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof PROGRAMS[0]; i++) {
        pid_t pid;
        int fd = spawn_reader(PROGRAMS[i], path, &pid);
        bool ok;

        if (fd < 0)
            continue;
        *ret_found = true;
        ok = read_all(fd, text);
        close(fd);
        return child_succeeded(pid) && ok;
    }
    if (!loader->no_preprocessor)
        message_warning(loader->session, (struct place){0}, "preprocessor is not found");
    loader->no_preprocessor = true;
    return true;
}

bool edl_preprocess(struct loader *loader, const char *path, struct input *ret_input)
{
    struct arena *arena = &loader->session->arena;
    const char *shown = path[0] == '-' ? arena_format(arena, "./%s", path) : path;
    struct lines text = {0};
    bool ok, found;

    lines_put(&text, "\n", 1);
    ok = run_preprocessor(loader, shown, &text, &found) && (found || file_read(path, &text));
    if (ok)
        *ret_input = (struct input){arena_text(arena, text.data, text.size) + 1, text.size - 1,
                                    session_source(loader->session, path)};
    else
        message_error(loader->session, (struct place){0}, "%s: %s failed", path,
                      found ? "the preprocessor" : "reading");
    lines_free(&text);
    return ok;
}
