/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * runtime.h - what the parts of the enclave runtime share: the boot record, and the state of each
 * thread that serves calls (TCS). One enclave per process.
 *
 * Layer: libsecgear_trts. Threads: the boot record is constant once threads run; a struct tcs is
 * its own thread's alone.
 */
#ifndef TRTS_RUNTIME_H
#define TRTS_RUNTIME_H

#include "base/bytes.h"
#include "base/futex.h"
#include "status.h"
#include "wire/boot.h"
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/types.h>

enum {
    CALL_STACK_ROOM = 12288, /* frames up to this size are served without the heap */
    OCALL_NONE = -1,
    OCALL_SERVICE = -2, /* the host may not call in while it serves us */
};

struct tcs {
    struct window_slot *slot;
    size_t arena;      /* offset of our half of the arena */
    size_t arena_used; /* a stack: nested ocalls take further up */
    size_t arena_size; /* of that half: a task's is smaller than a slot's */
    unsigned depth;    /* ecalls on this thread's stack */
    uint32_t index;    /* of the slot */
    long ocall;        /* the ocall we wait in, or OCALL_NONE, OCALL_SERVICE */
    int cpu;           /* where we are bound, -1 = nowhere */
    bool measure;      /* look at the clock before the next call, too */
    long ended;        /* the coarse clock after the last call */
    uint32_t quick;    /* ocalls that workers of the host might serve, so far */
    bool task;         /* a worker's: the slot is that of a switchless call */
    bool polled;       /* task: its caller never sleeps */
    uint32_t number;   /* task: of the call, as its word says */
};

const struct trts_boot *runtime_boot(void); /* NULL before start */
struct tcs *tcs_self(void);                 /* NULL on threads that serve no call */

void tcs_adopt(struct tcs *tcs); /* from now on this thread's */

/* start.c to thread.c: runs one TCS for ever. */
void *tcs_main(void *tcs);
/* worker.c: before its threads exist; false: no memory. */
bool workers_prepare(void);
void *worker_main(void *index);   /* a worker of switchless calls, for ever */
const void *workers_shared(void); /* a cc_edge_shared_t: where shared memory is */
void worker_publish(struct tcs *tcs, enum slot_state state);
enum slot_state worker_await(struct tcs *tcs);
/* quick.c: an ocall that a worker of the host may answer, else the caller. */
void quick_publish(struct tcs *tcs);
enum slot_state quick_await(struct tcs *tcs);
/* thread.c to start.c: waits until the random generator has its seed. */
void seed_await(void);
/* thread.c to start.c: the thread of this slot; true as well when there is no such slot. */
bool tcs_start(uint32_t index);

/* Publishes a state in our slot and wakes the host. Inline, like tcs_wait(): see base/futex.h. */
static inline void tcs_publish(struct tcs *tcs, enum slot_state state)
{
    if (tcs->task) {
        worker_publish(tcs, state);
        return;
    }
    atomic_exchange(&tcs->slot->word, (uint32_t)state);
    futex_wake(&tcs->slot->word, 1);
}

/* Waits until the host speaks: SLOT_ECALL, or SLOT_OCALL_DONE when in_ocall. It may write anything
 * into the word; only what it may say now ends the wait. */
static inline enum slot_state tcs_wait(struct tcs *tcs, bool in_ocall)
{
    if (tcs->task)
        return worker_await(tcs);
    for (;;) {
        uint32_t word = atomic_load(&tcs->slot->word);

        if (word == SLOT_ECALL || (in_ocall && word == SLOT_OCALL_DONE))
            return (enum slot_state)word;
        futex_wait(&tcs->slot->word, word);
    }
}

/* Serves the ecall that stands in the slot, and publishes its result. */
void ecall_serve(struct tcs *tcs);
/* Whether workers run that function at all: the image says so. */
cc_enclave_result_t worker_may_run(size_t function);
/* batch.c: the calls in a task's frames; out is zero before, and ours. */
cc_enclave_result_t batch_run(uint32_t count, struct view in, uint8_t *out, size_t out_room,
                              size_t *ret_written) __attribute__((noinline));

/* Asks the host runtime for a service; same rules as cc_ocall_enclave(). */
cc_enclave_result_t service_call(enum slot_service service, struct view in, void *out,
                                 size_t out_size);

/* Of a traced enclave, the time within its functions is written down. */
static inline bool calls_are_timed(const struct trts_boot *boot)
{
#ifdef SECGEAR_UNTRACED /* for bench: what looking for that costs */
    (void)boot;
    return false;
#else
    return boot->traced;
#endif
}

extern bool print_redirected;
void print_redirect(void); /* stdout and stderr become services of the host */
void print_flush_now(void);

/* As __fpending(), which is no inline function, and a tenth of a switchless call. */
static inline bool print_is_pending(void)
{
#ifdef __GLIBC__
    if (stdout->_mode <= 0)
        return stdout->_IO_write_ptr > stdout->_IO_write_base;
#endif
    return __fpending(stdout) > 0;
}

/* Sends what is left in stdout's buffer before control goes back to the host. */
static inline void print_flush(void)
{
    if (print_redirected && print_is_pending())
        print_flush_now();
}

/* crash.c: of a debug enclave, whose faults are caught; nothing happens in a production one. */
void faults_unblock(sigset_t *set);
bool crash_is_watched(void);

#endif
