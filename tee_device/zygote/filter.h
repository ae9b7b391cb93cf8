/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * filter.h - the two system call filters of an enclave, made once by libseccomp in the zygote and
 * installed by each enclave: stage 1 while the image is loaded (its constructors run under it),
 * stage 2 for good. docs/threat-model.md lists the calls.
 *
 * Layer: tee_device/zygote. Threads: built once, constant afterwards.
 */
#ifndef ZYGOTE_FILTER_H
#define ZYGOTE_FILTER_H

#include <signal.h>
#include <stdbool.h>

enum {
    ENCLAVE_FD_IMAGE = 3,
    ENCLAVE_FD_WINDOW = 4,
    ENCLAVE_FD_CONTROL = 5,
    ENCLAVE_FD_END = 6,       /* everything from here on is closed once the image is loaded */
    ENCLAVE_FD_LIBRARIES = 7, /* while it is loaded: those that it brings */
};

/* The only paths that an enclave can open, and only while it loads; the digit counts libraries. */
#define ENCLAVE_IMAGE_PATH "/sg-image"
#define ENCLAVE_LIBRARY_PATH "/sg-library-0"

enum filter_stage { FILTER_LOADING, FILTER_RUNNING, FILTER_COUNT };

bool filters_build(void);
bool filter_install(enum filter_stage stage); /* on all threads; needs no_new_privs */

/* Answers what stage 1 traps: opening the image or one of its libraries gives a copy of the
 * descriptor, all else EACCES. */
bool filter_trap_install(void);
/* Of a debug enclave, before either filter is installed: where they would end the process, it is
 * told of the signal first, says so by crashed(), and then ends. Nothing more is allowed. */
void filter_tell(void (*crashed)(int signal, const siginfo_t *info, const void *context));
void filter_trap_seal(void); /* from now on the image can not be opened either */

#endif
