/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * command.h - what a subcommand of secgear is. To add one: its cmd_NAME.c, its prototype here, its
 * line in main.c.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "status.h"
#include <stdbool.h>
#include <stdint.h>

enum { EXIT_USAGE = 2 }; /* wrong usage or input; beside EXIT_SUCCESS and EXIT_FAILURE */

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand; the exit status */
};

int cmd_new(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_gdb(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_encrypt(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_err(int argc, char **argv);
int cmd_device(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_seal(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_evidence(int argc, char **argv);
int cmd_collateral(int argc, char **argv);
int policy_test_run(int argc, char **argv); /* of cmd_policy */

/* Prints "secgear NAME: detail" for a failed call; EXIT_USAGE when what was given is no good, else
 * EXIT_FAILURE. */
int command_fail(const char *name, cc_enclave_result_t rc);

/* Whether --help is asked for; then it prints the text. */
bool command_help(int argc, char **argv, const char *usage);

int command_run(const struct command *command, int argc, char **argv);

/* getopt_long(), whose messages begin with the subcommand's name. */
struct option;
int option_next(int argc, char **argv, const char *letters, const struct option *words);

/* One line on stderr that says where the usage is, unless option_next() said what is wrong;
 * EXIT_USAGE. */
int command_usage(void);

uint64_t now_ns(void); /* of the clock that nobody sets */

#endif
