/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cli.h - codegen's command line: options, messages and exit codes of secGear's tool.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_CLI_H
#define CODEGEN_CLI_H

#include "rules.h"

enum exit_code { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_EDL = 255 };

struct options {
    enum mode mode;
    bool several_modes;
    bool help;
    bool use_prefix, header_only, untrusted, trusted, check, dump_json;
    const char *untrusted_dir, *trusted_dir;
    const char *depfile; /* NULL: none */
    const char *lacking; /* the option without its value that ends the command line, or NULL */
    struct word *search; /* last given first */
    struct word *files;
};

struct options options_parse(struct session *session, int argc, char **argv);

/* All of main(); the exit code. */
int codegen_run(int argc, char **argv);

#endif
