/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * crash.h - what is said about an enclave that ended by a fault: of a debug enclave what it wrote
 * down (wire/crash.h), with names and lines, and a core where one was asked for; of a production
 * enclave the signal and which calls were in flight, which the host knows anyway.
 *
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_CRASH_H
#define URTS_CRASH_H

#include "instance.h"
#include "wire/crash.h"
#include <stdio.h>

enum {
    CRASH_CORES_MAX = 8, /* in the folder */
    CRASH_CORE_SIZE_MAX = 512 << 20,
    CRASH_LINE_ROOM = 400,
};

/* The folder that SECGEAR_CRASH_CORES names; NULL: no cores. */
const char *crash_cores_folder(void);

/* Says it once for each enclave, by the library's messages. how: struct window_control.ended, 0
 * when that is not known. */
void crash_say(struct instance *instance, uint32_t how);

/* The same of a debug enclave that crashed while it started (DEVICE_CRASHED). */
void crash_say_start(const char *path, struct view record);

/* Of a new enclave: flags as granted (enum device_flag). CC_ERROR_OUT_OF_MEMORY. */
cc_enclave_result_t crash_prepare(struct instance *instance, const char *path, uint64_t flags)
    __attribute__((warn_unused_result));
void crash_say_ended(struct instance *instance); /* if it did with nobody inside who noticed */

/* Of an enclave that waits, when it crashes, until its core was taken; false: no thread for it. */
bool crash_watch_start(struct instance *instance);
void crash_watch_stop(struct instance *instance); /* nothing when none was started */

/* crash_symbols.c: a line for each frame. */
void crash_frames_print(FILE *to, const char *image, const struct crash_record *crash);

/* crash_core.c: the whole memory of the waiting enclave as an ELF core in a new file of the folder,
 * 0600; ret_path: where, or what failed. */
cc_enclave_result_t crash_core_write(const struct instance *instance,
                                     const struct crash_record *crash,
                                     char ret_path[static CRASH_LINE_ROOM])
    __attribute__((warn_unused_result));

#endif
