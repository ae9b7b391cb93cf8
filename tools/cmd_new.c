/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear new: reads the command line; project.c writes. */
#include "command.h"
#include "project.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear new NAME [--c|--cxx] [--make|--cmake] [--with switchless|channel|seal]\n"
    "                   [--force]\n"
    "\n"
    "Makes the folder NAME: an interface, an enclave, its host, a test, a key that signs, and "
    "what\n"
    "builds them: cd NAME && make run && make test.\n"
    "\n"
    "      --c, --cxx         the language (C)\n"
    "      --make, --cmake    what builds it (make)\n"
    "      --with WHAT        switchless: calls that do not switch; channel: an attested service\n"
    "                         and its client; seal: data that outlives the enclave\n"
    "      --force            write over the files of a project that is there; its key stays\n"
    "\n"
    "NAME is 1 to 32 letters, digits and underscores, the first a letter.\n";

static bool options_read(int argc, char **argv, struct project *p)
{
    static const struct option known[] = {{"c", no_argument, NULL, 'c'},
                                          {"cxx", no_argument, NULL, 'x'},
                                          {"make", no_argument, NULL, 'm'},
                                          {"cmake", no_argument, NULL, 'k'},
                                          {"with", required_argument, NULL, 'w'},
                                          {"force", no_argument, NULL, 'f'},
                                          {NULL, 0, NULL, 0}};
    int got, c = 0, cxx = 0, make = 0, cmake = 0;

    while ((got = option_next(argc, argv, "", known)) != -1) {
        c += got == 'c';
        cxx += got == 'x';
        make += got == 'm';
        cmake += got == 'k';
        if (got == 'f')
            p->force = true;
        else if (got == 'w' && (p->with != PROJECT_PLAIN || !project_with_of(optarg, &p->with)))
            return false;
        else if (got == '?')
            return false;
    }
    p->cxx = cxx > 0;
    p->cmake = cmake > 0;
    if ((c > 0 && cxx > 0) || (make > 0 && cmake > 0) || optind + 1 != argc)
        return false;
    p->name = argv[optind];
    return true;
}

int cmd_new(int argc, char **argv)
{
    struct project project = {.name = NULL};
    cc_enclave_result_t rc;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_read(argc, argv, &project))
        return command_usage();
    rc = project_write(&project);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("new", rc);
}
