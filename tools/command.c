/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "command.h"
#include "base/codes.h"
#include "base/detail.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of what was given, not of the machine: it fails again until something else is given. */
static bool is_bad_input(cc_enclave_result_t rc)
{
    static const cc_enclave_result_t codes[] = {
        CC_ERROR_BAD_PARAMETERS,  CC_ERROR_INVALID_PATH,    CC_ERROR_BAD_FORMAT,
        CC_ERROR_NOT_SUPPORTED,   CC_ERROR_PCL_ENCRYPTED,   CC_ERROR_INVALID_METADATA,
        CC_ERROR_INVALID_VERSION, CC_ERROR_INVALID_ENCLAVE, CC_ERROR_SIGNATURE_INVALID,
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (rc == codes[i])
            return true;
    return false;
}

int command_fail(const char *name, cc_enclave_result_t rc)
{
    const struct status_row *row = status_find(rc);
    const char *detail = detail_get();

    fprintf(stderr, "secgear %s: %s (%s)\n", name, detail[0] != '\0' ? detail : status_text(rc),
            row != NULL ? row->name : "unknown code");
    return is_bad_input(rc) ? EXIT_USAGE : EXIT_FAILURE;
}

bool command_help(int argc, char **argv, const char *usage)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return true;
        }
    return false;
}

static char called[64] = "secgear";
static bool option_said; /* which one is wrong */

int command_run(const struct command *command, int argc, char **argv)
{
    snprintf(called, sizeof called, "secgear %s", command->name);
    return command->run(argc, argv);
}

int option_next(int argc, char **argv, const char *letters, const struct option *words)
{
    int got;

    argv[0] = called; /* its messages begin with that */
    got = getopt_long(argc, argv, letters, words, NULL);
    option_said = option_said || got == '?';
    return got;
}

int command_usage(void)
{
    if (!option_said)
        fprintf(stderr, "%s: wrong arguments; usage: %s --help\n", called, called);
    return EXIT_USAGE;
}

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
