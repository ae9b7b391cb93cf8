/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear err: a result code by number or name, with its text. */
#include "command.h"
#include "base/codes.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] = "usage: secgear err CODE|NAME...     CODE decimal, or after 0x\n";

static const struct status_row *row_find(const char *what)
{
    uint64_t number;

    if (number_parse(what, UINT32_MAX, &number))
        return status_find((cc_enclave_result_t)number);
    return status_find_name(what);
}

int cmd_err(int argc, char **argv)
{
    int status = EXIT_SUCCESS;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc < 2 || argv[1][0] == '-')
        return command_usage();
    for (int i = 1; i < argc; i++) {
        const struct status_row *row = row_find(argv[i]);

        if (row != NULL) {
            printf("0x%08x %s: %s\n", (unsigned)row->code, row->name, row->text);
        } else {
            fprintf(stderr, "secgear err: %s: no such result code\n", argv[i]);
            status = EXIT_USAGE;
        }
    }
    return status;
}
