/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * project.h - the folder that `secgear new` makes, from the texts in tools/new (installed beside
 * the program's other data): in each @NAME@, @UUID@, @EXT@ and @COMMANDS@ are put in.
 *
 * A new folder appears whole or not at all. In one that is there (force) each file appears whole,
 * nothing else in it is touched, and a key stays what it is: sealed data hangs on it.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_PROJECT_H
#define TOOLS_PROJECT_H

#include "status.h"
#include <stdbool.h>

enum project_with { PROJECT_PLAIN, PROJECT_SWITCHLESS, PROJECT_CHANNEL, PROJECT_SEAL };

struct project {
    const char *name; /* of the folder, the files, the functions */
    bool cxx, cmake, force;
    enum project_with with;
};

/* False: there is no such kind. */
bool project_with_of(const char *word, enum project_with *ret_with);
/* CC_ERROR_BAD_PARAMETERS: the name, or it is there; CC_ERROR_WRITE_DATA. */
cc_enclave_result_t project_write(const struct project *project)
    __attribute__((warn_unused_result));

#endif
