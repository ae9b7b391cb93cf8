/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "command.h"
#include "base/codes.h"
#include "base/detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int command_fail(const char *name, cc_enclave_result_t rc)
{
    const struct status_row *row = status_find(rc);
    const char *detail = detail_get();

    fprintf(stderr, "secgear %s: %s (%s)\n", name, detail[0] != '\0' ? detail : status_text(rc),
            row != NULL ? row->name : "unknown code");
    return EXIT_FAILURE;
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

int command_usage(const char *usage)
{
    fputs(usage, stderr);
    return EXIT_USAGE;
}
