/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear trace: runs a program whose host runtime records its calls, then says what it saw. */
#include "base/detail.h"
#include "base/text.h"
#include "command.h"
#include "file.h"
#include "trace_view.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: secgear trace [OPTION...] PROGRAM [ARGUMENT...]   run it and show its calls of "
    "enclaves\n"
    "       secgear trace [OPTION...] --read FILE             show a trace that was kept\n"
    "\n"
    "  -o, --output FILE   keep the trace\n"
    "      --json          JSON on standard output instead of tables on standard error\n"
    "      --html FILE     also a page with a timeline\n"
    "      --events N      keep so many single calls, 0 to 1048576 (default 262144)\n"
    "      --force         overwrite FILE\n"
    "\n"
    "The exit status is the program's, 128 and the signal's number if one ended it. How long\n"
    "functions take within, debug enclaves say (SECGEAR_DEBUG_FLAG, DisableDebug 0).\n";

enum { EVENTS_DEFAULT = 1 << 18, SIGNAL_STATUS = 128 };
/* A call to a worker of this release against the bare line (docs/performance.md). */
static const double SWITCHLESS_LINES = 1.6;

struct options {
    const char *output, *html, *read;
    uint64_t events;
    bool json, force;
};

struct file {
    char path[PATH_MAX];
    void *bytes;
    size_t size;
    struct buf content; /* of one that was kept: nobody changes it meanwhile */
};

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {{"output", required_argument, NULL, 'o'},
                                          {"html", required_argument, NULL, 'h'},
                                          {"read", required_argument, NULL, 'r'},
                                          {"events", required_argument, NULL, 'e'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"force", no_argument, NULL, 'f'},
                                          {NULL, 0, NULL, 0}};
    int got;

    o->events = EVENTS_DEFAULT;
    while ((got = option_next(argc, argv, "+o:", known)) != -1)
        switch (got) {
        case 'o':
            o->output = optarg;
            break;
        case 'h':
            o->html = optarg;
            break;
        case 'r':
            o->read = optarg;
            break;
        case 'e':
            if (!number_parse(optarg, TRACE_EVENTS_MAX, &o->events))
                return false;
            break;
        case 'j':
            o->json = true;
            break;
        case 'f':
            o->force = true;
            break;
        default:
            return false;
        }
    return (o->read != NULL) == (optind == argc) && (o->read == NULL || o->output == NULL);
}

/* Before anything runs: what would be lost? */
static cc_enclave_result_t absent_check(const char *path, const struct options *o)
{
    if (path == NULL || o->force || access(path, F_OK) != 0)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s exists; --force overwrites it", path);
}

static cc_enclave_result_t file_map(struct file *file, int fd)
{
    file->bytes = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file->bytes != MAP_FAILED)
        return CC_SUCCESS;
    file->bytes = NULL;
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "%s: %s", file->path, strerror(errno));
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Of full size at once, so that the program's runtime never meets a full disk. */
static cc_enclave_result_t file_make(const struct options *o, struct file *file)
{
    const char *folder = getenv("TMPDIR");
    cc_enclave_result_t rc;
    int fd, failed;

    if (o->output != NULL)
        snprintf(file->path, sizeof file->path, "%s.XXXXXX", o->output);
    else
        snprintf(file->path, sizeof file->path, "%s/secgear-trace-XXXXXX",
                 folder != NULL && folder[0] == '/' ? folder : "/tmp");
    fd = mkostemp(file->path, O_CLOEXEC);
    if (fd < 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", file->path, strerror(errno));
    file->size = trace_size(TRACE_ENCLAVES_MAX, TRACE_FUNCTIONS_MAX, (uint32_t)o->events);
    failed = posix_fallocate(fd, 0, (off_t)file->size);
    rc = failed == 0 ? file_map(file, fd)
                     : detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", file->path, strerror(failed));
    close(fd);
    if (rc == CC_SUCCESS)
        trace_begin(file->bytes, (uint32_t)o->events, now_ns());
    else
        unlink(file->path);
    return rc;
}

static cc_enclave_result_t file_done(const struct options *o, struct file *file, bool keep)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    if (o->read != NULL) {
        buf_free(&file->content);
        return rc;
    }
    if (file->bytes != NULL)
        munmap(file->bytes, file->size);
    keep = keep && o->output != NULL;
    if (keep && rename(file->path, o->output) != 0) {
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", o->output, strerror(errno));
        keep = false;
    }
    if (!keep)
        unlink(file->path);
    return rc;
}

/* Never returns; tells through the pipe why the program could not be started. */
static void program_exec(char **argv, int told)
{
    int why;

    execvp(argv[0], argv);
    why = errno;
    while (write(told, &why, sizeof why) < 0 && errno == EINTR)
        ;
    _exit(EXIT_USAGE);
}

/* What is typed at a terminal is for the program. */
static cc_enclave_result_t program_run(char **argv, const char *trace, int *ret_status)
{
    void (*interrupt)(int) = signal(SIGINT, SIG_IGN);
    void (*quit)(int) = signal(SIGQUIT, SIG_IGN);
    char whole[PATH_MAX];
    int told[2], status, why;
    ssize_t got;
    pid_t child;

    if (realpath(trace, whole) == NULL || setenv("SECGEAR_TRACE", whole, 1) != 0 ||
        pipe2(told, O_CLOEXEC) != 0)
        return detail_fail(CC_ERROR_GENERIC, "%s: %s", trace, strerror(errno));
    child = fork();
    if (child == 0) {
        signal(SIGINT, interrupt);
        signal(SIGQUIT, quit);
        program_exec(argv, told[1]);
    }
    close(told[1]);
    while ((got = read(told[0], &why, sizeof why)) < 0 && errno == EINTR)
        ;
    close(told[0]);
    if (child < 0)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "no process for %s", argv[0]);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return detail_fail(CC_ERROR_GENERIC, "the program was lost: %s", strerror(errno));
    if (got == (ssize_t)sizeof why)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: %s", argv[0], strerror(why));
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_STATUS + WTERMSIG(status);
    return CC_SUCCESS;
}

static cc_enclave_result_t file_open(const struct options *o, struct file *file)
{
    size_t most = trace_size(TRACE_ENCLAVES_MAX, TRACE_FUNCTIONS_MAX, TRACE_EVENTS_MAX);
    cc_enclave_result_t rc = file_read(o->read, most, &file->content);

    snprintf(file->path, sizeof file->path, "%s", o->read);
    file->bytes = file->content.data;
    file->size = file->content.size;
    return rc;
}

static cc_enclave_result_t report(const struct options *o, const struct file *file)
{
    struct trace_view view;
    struct trace trace;
    cc_enclave_result_t rc = trace_open(file->bytes, file->size, &trace);

    if (rc == CC_SUCCESS)
        rc = trace_view_make(&trace, cost_line_ns() * SWITCHLESS_LINES, &view);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", file->path);
        return rc;
    }
    if (!o->json)
        trace_text_print(&view, o->read != NULL ? stdout : stderr);
    else if (trace_json_print(&view) != 0)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "standard output: %s", strerror(errno));
    if (rc == CC_SUCCESS && o->html != NULL)
        rc = trace_html_write(&view, o->html);
    trace_view_done(&view);
    return rc;
}

int cmd_trace(int argc, char **argv)
{
    struct options o = {.output = NULL};
    struct file file = {.content = BUF_EMPTY};
    cc_enclave_result_t rc, ended;
    int status = EXIT_SUCCESS;
    bool ran;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_read(argc, argv, &o))
        return command_usage();
    rc = absent_check(o.output, &o);
    if (rc == CC_SUCCESS)
        rc = absent_check(o.html, &o);
    if (rc == CC_SUCCESS)
        rc = o.read != NULL ? file_open(&o, &file) : file_make(&o, &file);
    if (rc != CC_SUCCESS) {
        (void)command_fail("trace", rc);
        return EXIT_USAGE;
    }
    if (o.read == NULL)
        rc = program_run(argv + optind, file.path, &status);
    ran = rc == CC_SUCCESS;
    if (ran)
        rc = report(&o, &file);
    ended = file_done(&o, &file, ran);
    if (rc == CC_SUCCESS)
        rc = ended;
    if (rc == CC_SUCCESS)
        return status;
    (void)command_fail("trace", rc);
    return o.read != NULL || !ran ? EXIT_USAGE : EXIT_FAILURE;
}
