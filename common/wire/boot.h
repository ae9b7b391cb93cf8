/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * boot.h - how the process that becomes an enclave hands over to the enclave runtime. The zygote
 * finds TRTS_START_SYMBOL in its preloaded libsecgear_trts and calls it in each forked enclave.
 *
 * Layer: common/wire. Threads: called once, before any other thread of the enclave exists.
 */
#ifndef CC_WIRE_BOOT_H
#define CC_WIRE_BOOT_H

#include "base/text.h"
#include "secgear_image.h"
#include "wire/switchless.h"
#include "wire/window.h"
#include <pthread.h>
#include <signal.h>

enum {
    TRTS_BOOT_VERSION = 4,
    TRTS_CRASH_STACK_SIZE = 64 * 1024, /* of each thread of a debug enclave, for its last words */
    TRTS_STACK_GUARD_SIZE = 64 * 1024, /* in front of each thread's stack: nobody may touch it */
};

#define TRTS_PREPARE_SYMBOL "secgear_trts_prepare"
#define TRTS_START_SYMBOL "secgear_trts_start"
#define TRTS_SEED_SYMBOL "secgear_trts_seed"
#define TRTS_WATCH_SYMBOL "secgear_trts_watch"
#define TRTS_CRASHED_SYMBOL "secgear_trts_crashed"
#define TRTS_WATCH_THREAD_SYMBOL "secgear_trts_watch_thread"

/* As pthread_create(). */
typedef int (*trts_thread_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

struct trts_boot {
    uint32_t version; /* TRTS_BOOT_VERSION */
    void *window;
    struct window_layout layout;
    size_t stack_size; /* of each thread that serves calls */
    int control_fd;    /* to the device */
    bool debug;
    bool traced; /* says in the slot how long its functions take; debug only */
    bool held;   /* crashed, it waits until its host has taken a core; debug and dumpable only */
    struct uuid uuid;
    struct switchless_config switchless; /* tworkers 0: none */
    const cc_enclave_image_t *image;
    trts_thread_fn thread_create; /* for threads that serve calls: not counted as the image's own */
};

/* In the zygote, once: loads algorithms, turns stdout and stderr into services of the host; never
 * touches the random generator. The in-process test harness does not call it. */
typedef void (*trts_prepare_fn)(void);
/* CC_SUCCESS when every thread runs; *ret_reason names what failed otherwise. */
typedef cc_enclave_result_t (*trts_start_fn)(const struct trts_boot *boot, const char **ret_reason);
/* Once, after it, when the host has been told: seeds the random generator. No call is served
 * before; ends the enclave when there is no seed. */
typedef void (*trts_seed_fn)(void);
/* Debug enclaves only (wire/crash.h): before an image is loaded, faults are caught and written
 * down; each further thread of the image's own says when it begins. crashed() is for what is caught
 * elsewhere: the signal as people know it, and what the kernel handed over. */
typedef void (*trts_watch_fn)(void *window, bool held);
typedef void (*trts_watch_thread_fn)(void);
typedef void (*trts_crashed_fn)(int signal, const siginfo_t *info, const void *context);

#endif
