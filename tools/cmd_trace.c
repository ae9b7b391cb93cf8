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
    struct buf content; /* what is shown: nobody changes it meanwhile */
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

static cc_enclave_result_t absent_check(const char *path, bool force)
{
    struct stat st;

    if (path == NULL || stat(path, &st) != 0)
        return CC_SUCCESS;
    if (!force)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s exists; --force overwrites it", path);
    if (!S_ISREG(st.st_mode))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: a regular file expected, or none", path);
    return CC_SUCCESS;
}

/* Before anything runs: what would be lost? Whether it still is absent then, is seen then. */
static cc_enclave_result_t outputs_check(const struct options *o)
{
    cc_enclave_result_t rc = absent_check(o->output, o->force);

    if (rc == CC_SUCCESS)
        rc = absent_check(o->html, o->force);
    if (rc == CC_SUCCESS && o->output != NULL && o->html != NULL && strcmp(o->output, o->html) == 0)
        rc = detail_fail(CC_ERROR_BAD_PARAMETERS, "%s can not be both trace and page", o->html);
    return rc;
}

static cc_enclave_result_t file_map(struct file *file, int fd)
{
    file->bytes = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file->bytes != MAP_FAILED)
        return CC_SUCCESS;
    file->bytes = NULL;
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "%s: %s", file->path, strerror(errno));
}

static cc_enclave_result_t content_read(const char *path, struct file *file)
{
    return file_read(path, trace_size(TRACE_ENCLAVES_MAX, TRACE_FUNCTIONS_MAX, TRACE_EVENTS_MAX),
                     &file->content);
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

/* What is shown is a copy: what the program left running may go on writing, or cut the file. */
static cc_enclave_result_t file_take(struct file *file)
{
    munmap(file->bytes, file->size);
    file->bytes = NULL;
    return content_read(file->path, file);
}

static cc_enclave_result_t file_done(const struct options *o, struct file *file, bool keep)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    buf_free(&file->content);
    if (o->read != NULL)
        return rc;
    keep = keep && o->output != NULL;
    if (keep)
        rc = file_place(file->path, o->output, o->force);
    if (rc == CC_ERROR_BAD_PARAMETERS) /* it came while the program ran: neither is lost */
        return detail_fail(CC_ERROR_WRITE_DATA, "%s is there already; the trace is %s", o->output,
                           file->path);
    if (!keep || rc != CC_SUCCESS)
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

/* Signals that end us are passed on; what the program leaves is shown all the same. */
static cc_enclave_result_t program_await(pid_t child, const sigset_t *awaited, int *ret_status)
{
    int status, got;

    while ((got = waitpid(child, &status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        int number = sigwaitinfo(awaited, NULL);

        if (number == SIGTERM || number == SIGHUP)
            kill(child, number);
    }
    if (got < 0)
        return detail_fail(CC_ERROR_GENERIC, "the program was lost: %s", strerror(errno));
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_STATUS + WTERMSIG(status);
    return CC_SUCCESS;
}

/* What is typed at a terminal is for the program. */
static pid_t program_start(char **argv, const int told[2], const sigset_t *before)
{
    void (*interrupt)(int) = signal(SIGINT, SIG_IGN);
    void (*quit)(int) = signal(SIGQUIT, SIG_IGN);
    pid_t child = fork();

    if (child == 0) {
        signal(SIGINT, interrupt);
        signal(SIGQUIT, quit);
        sigprocmask(SIG_SETMASK, before, NULL);
        program_exec(argv, told[1]);
    }
    return child;
}

static cc_enclave_result_t program_run(char **argv, const char *trace, int *ret_status)
{
    char whole[PATH_MAX];
    sigset_t awaited, before;
    cc_enclave_result_t rc;
    int told[2], why;
    ssize_t got;
    pid_t child;

    if (realpath(trace, whole) == NULL || setenv("SECGEAR_TRACE", whole, 1) != 0 ||
        pipe2(told, O_CLOEXEC) != 0)
        return detail_fail(CC_ERROR_GENERIC, "%s: %s", trace, strerror(errno));
    signal(SIGCHLD, SIG_DFL); /* who is ignored is not waited for */
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGHUP);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    child = program_start(argv, told, &before);
    close(told[1]);
    while ((got = read(told[0], &why, sizeof why)) < 0 && errno == EINTR)
        ;
    close(told[0]);
    rc = child > 0 ? program_await(child, &awaited, ret_status)
                   : detail_fail(CC_ERROR_OUT_OF_MEMORY, "no process for %s", argv[0]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (rc == CC_SUCCESS && got == (ssize_t)sizeof why)
        rc = detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: %s", argv[0], strerror(why));
    return rc;
}

static cc_enclave_result_t report(const struct options *o, const struct file *file)
{
    struct trace_view view;
    struct trace trace;
    cc_enclave_result_t rc = trace_open(file->content.data, file->content.size, &trace);

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
        rc = trace_html_write(&view, o->html, o->force);
    trace_view_done(&view);
    return rc;
}

/* The program's run, if there is one to be, and what is left to show. */
static cc_enclave_result_t trace_get(const struct options *o, char **argv, struct file *file,
                                     int *ret_status)
{
    cc_enclave_result_t rc;

    if (o->read != NULL) {
        snprintf(file->path, sizeof file->path, "%s", o->read);
        return content_read(o->read, file);
    }
    rc = file_make(o, file);
    if (rc != CC_SUCCESS)
        return rc;
    rc = program_run(argv, file->path, ret_status);
    if (rc != CC_SUCCESS)
        (void)file_done(o, file, false);
    return rc;
}

int cmd_trace(int argc, char **argv)
{
    struct options o = {.output = NULL};
    struct file file = {.content = BUF_EMPTY};
    cc_enclave_result_t rc, ended;
    int status = EXIT_SUCCESS;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_read(argc, argv, &o))
        return command_usage();
    rc = outputs_check(&o);
    if (rc == CC_SUCCESS)
        rc = trace_get(&o, argv + optind, &file, &status);
    if (rc != CC_SUCCESS) {
        (void)command_fail("trace", rc);
        return EXIT_USAGE;
    }
    if (o.read == NULL)
        rc = file_take(&file);
    if (rc == CC_SUCCESS)
        rc = report(&o, &file);
    ended = file_done(&o, &file, true);
    if (rc == CC_SUCCESS)
        rc = ended;
    if (rc == CC_SUCCESS)
        return status;
    (void)command_fail("trace", rc);
    return o.read != NULL ? EXIT_USAGE : EXIT_FAILURE;
}
