/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * start.h - how this device was started: what must be true before a secret is touched, and how a
 * service gets its socket and tells who waits for it.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_START_H
#define DEVICE_START_H

#include "status.h"
#include "wire/report.h"

struct start {
    enum report_level level;
    bool serving;
    const char *listen;       /* NULL: the socket comes from whoever started us, or the usual one */
    const char *state_folder; /* NULL: that of the level */
    const char *states;       /* what to pretend (wire/states.h); NULL: nothing */
    const char *tpm;          /* how the TPM is reached that keeps the root secret; NULL: none */
    bool clean;               /* no foreign system call filter */
    int handed;               /* a listening socket that we were started with; -1: none */
};

/* No core, not dumpable, no odd file mode, all descriptors that may be had. */
bool process_close(void);

/* The level that this process can stand for. CC_ERROR_ACCESS_DENIED: a tracer or a preloaded
 * library; CC_ERROR_SECURITY: an installed device that was not started as one. */
cc_enclave_result_t start_judge(struct start *start, char **envp)
    __attribute__((warn_unused_result));
/* Of an installed device, this user's part of what only its group may enter; CC_ERROR_SECURITY. */
cc_enclave_result_t installed_state_find(const char **ret_folder)
    __attribute__((warn_unused_result));

/* service.c: the socket that a service manager handed to this very process, or -1. */
cc_enclave_result_t service_handed(int *ret_fd) __attribute__((warn_unused_result));
/* A listening socket at path; NULL: at the usual one. *ret_path is what to remove at the end. */
cc_enclave_result_t service_listen(const char *path, bool system, int *ret_fd,
                                   const char **ret_path) __attribute__((warn_unused_result));
/* To a service manager that waits for it (NOTIFY_SOCKET); otherwise nothing happens. */
void service_notify(const char *text);
const char *service_state_folder(bool system); /* the usual one; NULL: no home */

#endif
