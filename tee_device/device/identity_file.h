/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * identity_file.h - <folder>/device.state on disk: private to its owner, whole or not there.
 *
 * Layer: tee_device/device. Threads: one; several devices may race to create it: one wins.
 */
#ifndef DEVICE_IDENTITY_FILE_H
#define DEVICE_IDENTITY_FILE_H

#include "wire/state.h"

#define IDENTITY_FILE_NAME "device.state"

struct identity_file {
    struct buf bytes;          /* secret; what state borrows from */
    struct device_state state; /* secret */
};

/* CC_ERROR_ITEM_NOT_FOUND: none; CC_ERROR_CORRUPT_OBJECT; CC_ERROR_SECURITY: not private to us;
 * CC_ERROR_READ_DATA. */
cc_enclave_result_t identity_file_load(const char *folder, struct identity_file *ret_file)
    __attribute__((warn_unused_result));
/* *ret_kept false when the folder can not be written (then the device is ephemeral);
 * CC_ERROR_ACCESS_CONFLICT when one appeared meanwhile. */
cc_enclave_result_t identity_file_create(const char *folder, const struct device_state *state,
                                         bool *ret_kept) __attribute__((warn_unused_result));
/* Puts it in the place of the one that is there. CC_ERROR_BUSY: another process is writing. */
cc_enclave_result_t identity_file_replace(const char *folder, const struct device_state *state)
    __attribute__((warn_unused_result));
void identity_file_done(struct identity_file *file);

#endif
