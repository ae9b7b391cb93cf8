/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * private_file.h - files of the device in its state folder: its user's alone, whole or not there.
 *
 * Layer: tee_device/device. Threads: no state.
 */
#ifndef DEVICE_PRIVATE_FILE_H
#define DEVICE_PRIVATE_FILE_H

#include "base/bytes.h"
#include "status.h"

/* CC_ERROR_ITEM_NOT_FOUND; CC_ERROR_SECURITY: of another user, or others may use it or write to its
 * folder. At most max_size + 1 bytes are read: more is for the caller to refuse. */
cc_enclave_result_t private_file_read(const char *folder, const char *name, size_t max_size,
                                      struct buf *ret_bytes) __attribute__((warn_unused_result));

enum private_put {
    PRIVATE_PUT_NEW,     /* never replaces: CC_ERROR_ACCESS_CONFLICT, of several writers one wins */
    PRIVATE_PUT_REPLACE, /* one writer at a time: the caller holds private_folder_lock() */
};

/* On disk when it succeeds; as before when it fails, but for a power cut in its last step.
 * CC_ERROR_STORAGE_NO_SPACE, CC_ERROR_STORAGE_EROFS (no right to write), CC_ERROR_STORAGE_EIO. */
cc_enclave_result_t private_file_write(const char *folder, const char *name, struct view bytes,
                                       enum private_put how) __attribute__((warn_unused_result));

/* Each missing part of the path, private; false: it is not ours alone to write to. */
bool private_folder_make(const char *folder);

/* Takes away what writers that were killed left. */
void private_folder_tidy(const char *folder);

/* A descriptor that holds the lock until it is closed. CC_ERROR_BUSY: another process has it;
 * CC_ERROR_SECURITY: others may write to the folder. */
cc_enclave_result_t private_folder_lock(const char *folder, int *ret_fd)
    __attribute__((warn_unused_result));

#endif
