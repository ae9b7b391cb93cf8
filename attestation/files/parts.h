/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * parts.h - evidence and collateral from where they were saved: one file, a folder of parts, or a
 * bundle: {"secgear_bundle": 1, "parts": {"NAME": "BASE64", ...}}.
 * Layer: attestation/files. Threads: one for each set of parts.
 */
#ifndef FILES_PARTS_H
#define FILES_PARTS_H

#include "base/bytes.h"
#include "secgear_verifier.h"
#include "status.h"

enum { PARTS_MAX_COUNT = 48, PARTS_NAME_ROOM = 80, PARTS_FILE_MAX_SIZE = 8 << 20 };

struct parts {
    cc_verify_blob_t blobs[PARTS_MAX_COUNT];
    char names[PARTS_MAX_COUNT][PARTS_NAME_ROOM];
    struct buf bytes[PARTS_MAX_COUNT];
    size_t count;
};

/* Adds what is at path. Of evidence, a part is called like its file without what follows the last
 * dot, and the one that the others go with comes first; of collateral, like its file. */
cc_enclave_result_t parts_load(const char *path, bool evidence, struct parts *parts)
    __attribute__((warn_unused_result));

/* The collateral of this program's user, the first that is there: the file or folder that
 * SECGEAR_COLLATERAL names, the folder collateral beside the user's policy,
 * /etc/secgear/collateral. Where there is none: no parts. */
cc_enclave_result_t parts_load_user(struct parts *parts) __attribute__((warn_unused_result));
void parts_free(struct parts *parts);

#endif
