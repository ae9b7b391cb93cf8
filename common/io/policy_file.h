/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * policy_file.h - where the policy of a program's user lies, and its bytes: a file that is named,
 * or else SECGEAR_POLICY, the user's own, /etc/secgear/policy.json, in this order.
 *
 * Layer: common/io. Threads: any.
 */
#ifndef CC_IO_POLICY_FILE_H
#define CC_IO_POLICY_FILE_H

#include "base/bytes.h"
#include "status.h"
#include <limits.h>

enum { POLICY_FILE_MAX_SIZE = 1 << 20 };

/*
 * path NULL: the first place that has one; only a file that does not exist makes it look at the
 * next. CC_ERROR_INVALID_PATH: none, or it can not be read, with the file in the detail;
 * CC_ERROR_OUT_OF_MEMORY.
 */
cc_enclave_result_t policy_file_read(const char *path, struct buf *ret_json,
                                     char ret_from[static PATH_MAX])
    __attribute__((warn_unused_result));

/* Where the user keeps a file or folder of that name; an empty text when there is no home. */
void config_user_path(const char *name, char ret_path[static PATH_MAX]);

#endif
