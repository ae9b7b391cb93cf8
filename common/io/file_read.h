/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * file_read.h - a whole file in.
 * Layer: common/io. Threads: any.
 */
#ifndef CC_IO_FILE_READ_H
#define CC_IO_FILE_READ_H

#include "base/bytes.h"
#include "status.h"
#include <sys/stat.h>

/* For reading. What is no regular file is not opened at all: of a device, that may have effects.
 * flags: O_NOFOLLOW, or 0. -1 with errno; EMEDIUMTYPE: no regular file. */
int file_open(const char *path, int flags, struct stat *ret_stat);

/* Regular files of at most max_size bytes. CC_ERROR_INVALID_PATH, CC_ERROR_READ_DATA,
 * CC_ERROR_OUT_OF_MEMORY. */
cc_enclave_result_t file_read(const char *path, size_t max_size, struct buf *ret_content)
    __attribute__((warn_unused_result));

/* The same, and whose it is. */
cc_enclave_result_t file_read_stat(const char *path, size_t max_size, struct buf *ret_content,
                                   struct stat *ret_stat) __attribute__((warn_unused_result));

#endif
