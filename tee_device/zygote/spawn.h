/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * spawn.h - from a fork of the zygote to a running enclave: confined first, then the image is
 * loaded, then the last system calls go, then READY.
 *
 * Layer: tee_device/zygote. Threads: starts those that serve calls.
 */
#ifndef ZYGOTE_SPAWN_H
#define ZYGOTE_SPAWN_H

#include "wire/boot.h"
#include "wire/device.h"
#include "wire/spawn.h"
#include <signal.h>
#include <sys/types.h>

struct spawn {
    uintptr_t window_address;
    size_t window_size;
    uint32_t tcs_count;
    size_t stack_size;
    size_t heap_size;
    uint64_t flags; /* enum device_flag */
    struct spawn_bytes bytes;
    int fds[DEVICE_FDS_MAX]; /* image, window, control */
};

struct zygote {
    pid_t pid;            /* as its enclaves see it */
    uint32_t protections; /* enum report_protection: what works here */
    size_t data_size;     /* private writable memory before any enclave, bytes */
    trts_start_fn start;
    trts_seed_fn seed;
    trts_watch_fn watch; /* of debug enclaves */
    trts_watch_thread_fn watch_thread;
    trts_crashed_fn crashed;
    bool unconfined;  /* no sandbox at all: under a tool that finds errors */
    bool named;       /* which reads the image by a path */
    sigset_t signals; /* the mask that enclaves start with */
};

/* In the fork; never returns. */
void spawn_run(const struct zygote *zygote, const struct spawn *spawn) __attribute__((noreturn));

#endif
