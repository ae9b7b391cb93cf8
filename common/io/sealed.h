/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sealed.h - copies of files that nobody can change any more: made first, sealed, then measured and
 * executed; and the windows that host and enclave share.
 *
 * Layer: common/io. Threads: no state.
 */
#ifndef CC_IO_SEALED_H
#define CC_IO_SEALED_H

#include "base/bytes.h"
#include "status.h"

enum { SEALED_COPY_MAX_SIZE = 0x40100000 }; /* the largest image, with its signature */

/* file: a plain file, read from its beginning. *ret_fd is the caller's. */
cc_enclave_result_t sealed_copy(int file, const char *name, int *ret_fd)
    __attribute__((warn_unused_result));
/* The same of size bytes from offset on. */
cc_enclave_result_t sealed_part(int file, uint64_t offset, uint64_t size, const char *name,
                                int *ret_fd) __attribute__((warn_unused_result));
/* Whether reading it never waits for anybody: a sealed memory file, not a file system's, which may
 * be a program of whoever sends it. */
bool sealed_already(int file);
/* size bytes of zeroes to be written by the caller, who then makes them final. */
cc_enclave_result_t sealed_blank(size_t size, const char *name, int *ret_fd)
    __attribute__((warn_unused_result));
/* Waits about 2 s for others' writable maps and for pages a busy kernel still holds. */
cc_enclave_result_t sealed_finish(int fd, const char *name) __attribute__((warn_unused_result));
/* size bytes of zeroes that can be neither shrunk nor grown. */
cc_enclave_result_t sealed_window(size_t size, int *ret_fd) __attribute__((warn_unused_result));

#endif
