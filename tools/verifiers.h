/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verifiers.h - those that the command judges with: built in and installed as plugins.
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_VERIFIERS_H
#define TOOLS_VERIFIERS_H

#include "files/plugin.h"

struct verifiers_all {
    struct verifiers set;
    struct plugins plugins;
};

/* folder NULL: secgear/verify.d beside our libraries, if it is there. verifiers_close() it in any
 * case. */
cc_enclave_result_t verifiers_open(const char *folder, struct verifiers_all *ret_all)
    __attribute__((warn_unused_result));
void verifiers_close(struct verifiers_all *all);

#endif
