/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * plugin.h - verifiers that are found at run time, in a folder that only root or this user writes.
 * Layer: attestation/files. Threads: one while loading; afterwards nothing changes.
 */
#ifndef FILES_PLUGIN_H
#define FILES_PLUGIN_H

#include "verify/judge.h"

enum { PLUGINS_MAX_COUNT = 32 };

struct plugins {
    void *handles[PLUGINS_MAX_COUNT];
    size_t count;
};

/* Below the folder that has our libraries. */
#define PLUGINS_FOLDER "secgear/verify.d"

/* Every library in the folder; the first one that can not be taken ends it. may_lack: where there
 * is no such folder, there are none. */
cc_enclave_result_t plugins_load(struct plugins *plugins, struct verifiers *set, const char *path,
                                 bool may_lack) __attribute__((warn_unused_result));
void plugins_free(struct plugins *plugins);

#endif
