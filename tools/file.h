/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * file.h - whole files in and out. An output appears complete under its name or not at all.
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

#include "io/file_read.h"

/* file_read() for a private key: warns on stderr when others may read it. */
cc_enclave_result_t file_read_key(const char *path, struct buf *ret_content)
    __attribute__((warn_unused_result));

/* A new secret: nobody else's to read, whatever umask says, and never over another file
 * (CC_ERROR_BAD_PARAMETERS). CC_ERROR_WRITE_DATA. */
cc_enclave_result_t file_write_secret(const char *path, struct view content)
    __attribute__((warn_unused_result));

/* What an output may replace without --force: nothing, an empty file, and what is_kind() says of
 * its first bytes. CC_ERROR_BAD_PARAMETERS. */
cc_enclave_result_t file_replaceable(const char *path, bool (*is_kind)(struct view first),
                                     const char *kind) __attribute__((warn_unused_result));
bool file_is_elf(struct view first);

/* A temporary file gets its name: over what has it, or not (CC_ERROR_BAD_PARAMETERS; it stays).
 * CC_ERROR_WRITE_DATA. */
cc_enclave_result_t file_place(const char *temporary, const char *path, bool replace)
    __attribute__((warn_unused_result));

/* The views one behind the other, through a temporary file beside it; mode as umask leaves it.
 * CC_ERROR_WRITE_DATA. */
cc_enclave_result_t file_write(const char *path, const struct view *parts, size_t count)
    __attribute__((warn_unused_result));
/* The same never over another file (CC_ERROR_BAD_PARAMETERS). */
cc_enclave_result_t file_write_new(const char *path, struct view content)
    __attribute__((warn_unused_result));

#endif
