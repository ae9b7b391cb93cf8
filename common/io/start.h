/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * start.h - starts a device of our own (level L1; L2 when the program is installed so), and where
 * devices keep things.
 *
 * The program is looked for beside the library or program that this code is linked into. Its state
 * lies in $XDG_STATE_HOME/secgear/device, else ~/.local/state/secgear/device.
 *
 * Layer: common/io. Threads: no state.
 */
#ifndef CC_IO_START_H
#define CC_IO_START_H

#include "base/bytes.h"
#include "status.h"
#include "wire/states.h"

#define DEVICE_SYSTEM_STATE "/var/lib/secgear"              /* root's, 0700 */
#define DEVICE_INSTALLED_STATE "/var/lib/secgear-installed" /* root's and the group's, 0770 */

/* program: NULL looks for it. *ret_link: its end is the device's end. */
cc_enclave_result_t device_start(const char *program, int *ret_link)
    __attribute__((warn_unused_result));
/* What SECGEAR_DEVICE_STATES, text or the path of a file, has a device of our own pretend
 * (wire/states.h); "" when it is not set. CC_ERROR_BAD_PARAMETERS. */
cc_enclave_result_t device_states_read(char ret_text[static STATES_TEXT_ROOM])
    __attribute__((warn_unused_result));
bool device_state_folder(char *ret_path, size_t room);
/* Of the system's device, or of this user's (false: XDG_RUNTIME_DIR is not set). */
bool device_socket_path(bool system, char *ret_path, size_t room);

#endif
