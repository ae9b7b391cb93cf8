/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * common.h - what the tests of real processes share. They run against an installed tree, in a
 * folder of their own, with the images beside them.
 *
 *   test program -- libsecgear_urts ---- window ---- enclave (fork of secgear-zygote)
 *        \---- socket ---- secgear-device ---- socket ----/
 */
#ifndef SIM_COMMON_H
#define SIM_COMMON_H

#include "enclave.h"
#include "functions.h"
#include "support.h"
#include <stdint.h>
#include <sys/types.h>

/* Path of an image that make signed: "enclave.signed.so", ... */
const char *image_path(const char *name);
cc_enclave_result_t create(const char *name, cc_enclave_t *ret_enclave); /* production */
void create_good(cc_enclave_t *ret_enclave);                             /* or the test fails */
cc_enclave_result_t call(cc_enclave_t *enclave, uint32_t function, const void *in, size_t in_size,
                         void *out, size_t out_size);

/* Runs step in a program of its own, with a device of its own and an enclave from image, as after a
 * restart; fails the test when any of it fails. */
void in_program(const char *image, uint32_t flags, void (*step)(cc_enclave_t *enclave));

pid_t enclave_pid(void);           /* of the one enclave that this process has; -1 */
void process_await_end(pid_t pid); /* not ours; the watchdog ends a test that waits too long */

/* Runs a script in a fresh, empty folder ($T), the stage's programs in PATH and its pkg-config
 * files found, this program's folder in $OWN; the functions that it may use stand at the head of
 * script_passes(). The first command that fails ends it and the test. */
void script_passes(const char *script);

/* XDG_STATE_HOME becomes a fresh folder; called before each test. */
void state_fresh(void);
const char *state_folder(void); /* of the device */

#endif
