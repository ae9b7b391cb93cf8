/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * plugin.h - verifiers that are found at run time, in a folder that only root or this user writes.
 * Layer: libsecgear_verify. Threads: one while loading; afterwards nothing changes.
 */
#ifndef VERIFY_PLUGIN_H
#define VERIFY_PLUGIN_H

#include "verify/judge.h"

enum { PLUGINS_MAX_COUNT = 32 };

struct plugins {
    void *handles[PLUGINS_MAX_COUNT];
    size_t count;
};

/* Every library in the folder; NULL: secgear/verify.d beside this library, which may be missing.
 * The first one that can not be taken ends it. */
cc_enclave_result_t plugins_load(struct plugins *plugins, struct verifiers *set, const char *path)
    __attribute__((warn_unused_result));
void plugins_free(struct plugins *plugins);

#endif
