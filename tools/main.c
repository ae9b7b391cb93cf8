/* SPDX-License-Identifier: MulanPSL-2.0 */
/* main.c - secgear SUBCOMMAND ...: finds the subcommand and runs it. */
#include "command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command COMMANDS[] = {
    {"new", "make a project: interface, enclave, host, test, key", cmd_new},
    {"sign", "sign an enclave image", cmd_sign},
    {"encrypt", "encrypt a signed image, make keys for that", cmd_encrypt},
    {"inspect", "show what a signed image says", cmd_inspect},
    {"policy", "write, check or try a verifier's policy", cmd_policy},
    {"verify", "judge evidence of any TEE", cmd_verify},
    {"evidence", "show what evidence of any TEE claims", cmd_evidence},
    {"collateral", "fetch or show what vendors publish about a platform", cmd_collateral},
    {"device", "ask the simulated TEE device: root, status", cmd_device},
    {"doctor", "examine this machine: protections, tools, files, clock", cmd_doctor},
    {"top", "show devices, enclaves and calls as they are, again and again", cmd_top},
    {"gdb", "debug a program and its debug enclaves in one session", cmd_gdb},
    {"trace", "run a program and show its calls of enclaves, and what they took", cmd_trace},
    {"report", "show what a report says, replay its event log", cmd_report},
    {"seal", "show what sealed data says about itself", cmd_seal},
    {"err", "explain a result code", cmd_err},
};

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

static void help_print(FILE *to)
{
    fputs("usage: secgear SUBCOMMAND [ARGUMENT...]\n\n", to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    fputs("\nsecgear SUBCOMMAND --help says more; secgear --version; man secgear\n", to);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, COMMANDS[i].name) == 0)
            return command_run(&COMMANDS[i], argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0) {
        puts("secgear " SECGEAR_VERSION);
        return EXIT_SUCCESS;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        help_print(stdout);
        return EXIT_SUCCESS;
    }
    if (name[0] != '\0')
        fprintf(stderr, "secgear: unknown subcommand \"%.64s\"; secgear --help names them\n", name);
    else
        help_print(stderr);
    return EXIT_USAGE;
}
