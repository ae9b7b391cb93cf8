/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * start.h - starts a device of our own (level L1) and opens connections to it.
 *
 * The program is looked for at SECGEAR_DEVICE (not in set-id programs), then beside the library or
 * program that this code is linked into. Its state lies in $XDG_STATE_HOME/secgear/device, else
 * ~/.local/state/secgear/device.
 *
 * Layer: common/io. Threads: device_connect() any; the rest is the caller's to order.
 */
#ifndef CC_IO_START_H
#define CC_IO_START_H

#include "base/bytes.h"
#include "status.h"

cc_enclave_result_t device_start(int *ret_link) __attribute__((warn_unused_result));
/* A fresh connection; CC_ERROR_COMMUNICATION when the device is gone. */
cc_enclave_result_t device_connect(int link, int *ret_connection)
    __attribute__((warn_unused_result));
bool device_state_folder(char *ret_path, size_t room);

#endif
