/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The EDL compiler on files that are larger than anybody's: seconds, and whether they grow in
 * proportion. */
#include "bench.h"
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FUNCTIONS = 100000, FUNCTIONS_HALF = FUNCTIONS / 2 };

static char folder[] = "/tmp/secgear-bench-XXXXXX";

/* One line as applications write them, over and over. */
static bool edl_write(const char *name, unsigned functions)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "we");
    if (file == NULL)
        return false;
    fputs("enclave {\n    trusted {\n", file);
    for (unsigned i = 0; i < functions; i++) {
        if (i == functions / 2) /* the runtime takes 65535 of each kind */
            fputs("    };\n    untrusted {\n", file);
        fprintf(file,
                "        %sint f%u([in, size=n] const uint8_t *p, size_t n, [out, count=4] "
                "int *q, int a);\n",
                i < functions / 2 ? "public " : "", i);
    }
    fputs("    };\n};\n", file);
    return fclose(file) == 0;
}

static bool codegen_start(const struct bench_row *row)
{
    (void)row;
    return mkdtemp(folder) != NULL && edl_write("whole.edl", FUNCTIONS) &&
           edl_write("half.edl", FUNCTIONS_HALF);
}

static void codegen_stop(void)
{
    static const char *const NAMES[] = {"whole", "half"};
    static const char *const ENDS[] = {".edl", "_u.c", "_u.h", "_t.c", "_t.h", "_args.h"};
    char path[64];

    for (size_t n = 0; n < sizeof NAMES / sizeof NAMES[0]; n++)
        for (size_t e = 0; e < sizeof ENDS / sizeof ENDS[0]; e++) {
            snprintf(path, sizeof path, "%s/%s%s", folder, NAMES[n], ENDS[e]);
            unlink(path);
        }
    rmdir(folder);
}

static double compile(const char *name)
{
    char path[64];
    const char *const argv[] = {
        bench_codegen(),   "--secgear", path,        "--trusted-dir", folder,
        "--untrusted-dir", folder,      "--trusted", "--untrusted",   NULL};
    posix_spawn_file_actions_t actions;
    double start = now_s();
    int status = -1;
    pid_t child;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
    if (posix_spawn(&child, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ) == 0)
        waitpid(child, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    return status == 0 ? now_s() - start : -1;
}

static double whole_value(void)
{
    return compile("whole.edl");
}

static double half_floor(void)
{
    return compile("half.edl");
}

const struct bench_row CODEGEN_ROWS[] = {
    {"codegen.100k", "s", "<=5", "unbound", BENCH_MEDIAN, 5, codegen_start, whole_value, NULL,
     codegen_stop, 0},
    {"codegen.linear", "s", "<=2.2", "unbound", BENCH_MEDIAN, 7, codegen_start, whole_value,
     half_floor, codegen_stop, 0},
    {.id = NULL},
};
