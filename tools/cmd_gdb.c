/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear gdb: a program and its debug enclaves in one session of gdb; all the rest is done by
 * secgear-gdb.py inside gdb.
 */
#include "base/detail.h"
#include "base/text.h"
#include "command.h"
#include "file.h"
#include "places.h"
#include "wire/image.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: secgear gdb [OPTION...] PROGRAM [ARGUMENT...]   debug a program and its enclaves\n"
    "       secgear gdb [OPTION...] -p PID --image FILE     one that runs, its enclaves of that "
    "image\n"
    "       secgear gdb [OPTION...] --core CORE --image FILE  a core of a debug enclave "
    "(SECGEAR_CRASH_CORES)\n"
    "\n"
    "  -ex COMMAND, -x FILE, -batch, -q   as gdb has them\n"
    "\n"
    "Enclaves that allow it (SECGEAR_DEBUG_FLAG, DisableDebug 0) are opened to this user's "
    "programs\n"
    "and say so in each report (level 0). secgear-backtrace shows a call on both sides.\n";

enum { ARGUMENTS_MAX = 256 };

struct job {
    const char *pid, *core, *image;
    int own; /* arguments before the user's */
    char script[PATH_MAX];
    char *arguments[ARGUMENTS_MAX];
    int count;
};

static bool add(struct job *job, const char *argument)
{
    if (job->count >= ARGUMENTS_MAX - 1)
        return false;
    job->arguments[job->count++] = (char *)(uintptr_t)argument;
    return true;
}

/* Our own options and gdb's; *at: the first argument behind them. */
static bool options_take(struct job *job, int argc, char **argv, int *at)
{
    for (*at = 1; *at < argc && argv[*at][0] == '-'; ++*at) {
        const char *name = argv[*at];
        const char *value = *at + 1 < argc ? argv[*at + 1] : NULL;

        if (strcmp(name, "-batch") == 0 || strcmp(name, "-q") == 0) {
            if (!add(job, name))
                return false;
            continue;
        }
        if (value == NULL)
            return false;
        ++*at;
        if (strcmp(name, "-p") == 0)
            job->pid = value;
        else if (strcmp(name, "--core") == 0)
            job->core = value;
        else if (strcmp(name, "--image") == 0)
            job->image = value;
        else if ((strcmp(name, "-ex") != 0 && strcmp(name, "-x") != 0) || !add(job, name) ||
                 !add(job, value))
            return false;
    }
    if (job->core != NULL)
        return job->pid == NULL && job->image != NULL && *at == argc;
    return (job->pid != NULL) == (job->image != NULL) && (job->pid != NULL) == (*at == argc);
}

/* The script, and the folders that the enclaves' libraries were copied from. */
static cc_enclave_result_t places_find(struct job *job)
{
    char libraries[3 * PATH_MAX];
    cc_enclave_result_t rc = place_of_script("secgear-gdb.py", job->script);

    if (rc == CC_SUCCESS)
        rc = place_of_libraries(libraries);
    if (rc != CC_SUCCESS)
        return rc;
    return setenv("SECGEAR_GDB_LIBDIR", libraries, 1) == 0
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
}

/* What the program finds: a device of its own, since a debugger must be of the enclaves' user. */
static bool environment_make(const struct job *job)
{
    return setenv("SECGEAR_ALLOW_ATTACH", "1", 1) == 0 &&
           setenv("SECGEAR_DEVICE", "embedded", 0) == 0 &&
           (job->image == NULL || setenv("SECGEAR_GDB_IMAGE", job->image, 1) == 0);
}

/* Before the user's commands, which may be about the enclaves. */
static bool first_say(struct job *job, const char *command)
{
    if (job->count + 2 >= ARGUMENTS_MAX)
        return false;
    memmove(&job->arguments[job->own + 2], &job->arguments[job->own],
            (size_t)(job->count - job->own) * sizeof job->arguments[0]);
    job->arguments[job->own] = (char *)(uintptr_t) "-ex";
    job->arguments[job->own + 1] = (char *)(uintptr_t)command;
    job->count += 2;
    return true;
}

/* gdb would begin a session without a program. One without a slash is looked for by gdb. */
static cc_enclave_result_t program_check(const char *path)
{
    if (strchr(path, '/') == NULL || access(path, X_OK) == 0)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_INVALID_PATH, "%s: %s", path, strerror(errno));
}

static cc_enclave_result_t image_check(const char *path)
{
    struct buf image = BUF_EMPTY;
    cc_enclave_result_t rc =
        file_read(path, (size_t)IMAGE_ELF_MAX_SIZE + IMAGE_TAIL_MAX_SIZE, &image);

    if (rc == CC_SUCCESS && !file_is_elf(buf_view(&image)))
        rc = detail_fail(CC_ERROR_BAD_FORMAT, "%s: an ELF file expected", path);
    buf_free(&image);
    return rc;
}

static cc_enclave_result_t attach_check(const struct job *job)
{
    uint64_t pid;

    if (!number_parse(job->pid, INT32_MAX, &pid) || pid == 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "-p: a process's number expected, found %.32s",
                           job->pid);
    return image_check(job->image);
}

/* Cores are large: its first bytes say enough. */
static cc_enclave_result_t core_check(const struct job *job)
{
    _Alignas(Elf64_Ehdr) uint8_t head[sizeof(Elf64_Ehdr)];
    struct stat st;
    int fd = file_open(job->core, 0, &st);
    ssize_t size = fd >= 0 ? read(fd, head, sizeof head) : -1;
    int why = errno;

    if (fd >= 0)
        close(fd);
    if (size < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: %s", job->core, strerror(why));
    if (!file_is_elf(view_of(head, (size_t)size)) || size < (ssize_t)sizeof(Elf64_Ehdr) ||
        ((const Elf64_Ehdr *)(const void *)head)->e_type != ET_CORE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "%s: no core", job->core);
    return image_check(job->image);
}

static cc_enclave_result_t gdb_run(struct job *job, int argc, char **argv, int first)
{
    bool good = true;

    if (job->core != NULL)
        good = first_say(job, "secgear-core") && add(job, job->image) && add(job, job->core);
    else if (job->pid != NULL)
        good = first_say(job, "secgear-attach") && add(job, "-p") && add(job, job->pid);
    else
        good = add(job, "--args");
    for (int i = first; good && i < argc; i++)
        good = add(job, argv[i]);
    if (!good || !environment_make(job))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "too many arguments");
    job->arguments[job->count] = NULL;
    execvp("gdb", job->arguments);
    return detail_fail(CC_ERROR_INVALID_PATH, "gdb can not be started: %s (install gdb)",
                       strerror(errno));
}

int cmd_gdb(int argc, char **argv)
{
    static struct job job;
    cc_enclave_result_t rc;
    int first;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    rc = places_find(&job);
    if (rc != CC_SUCCESS)
        return command_fail("gdb", rc);
    add(&job, "gdb");
    add(&job, "-x");
    add(&job, job.script);
    job.own = job.count;
    if (!options_take(&job, argc, argv, &first))
        return command_usage();
    rc = job.core != NULL  ? core_check(&job)
         : job.pid != NULL ? attach_check(&job)
                           : program_check(argv[first]);
    if (rc != CC_SUCCESS)
        return command_fail("gdb", rc);
    return command_fail("gdb", gdb_run(&job, argc, argv, first));
}
