/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * instance.h - one enclave as the host sees it, and the table of all of them.
 *
 * A cc_enclave_t holds a handle, not a pointer: the place in the table and how often it was used.
 * So a copy of the struct that outlives its enclave is recognised and refused. Places are never
 * given back to the allocator; entering is one compare-and-swap on a word that holds use count, the
 * closing mark and the number of calls inside.
 *
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_INSTANCE_H
#define URTS_INSTANCE_H

#include "enclave.h"
#include "base/text.h"
#include "heap.h"
#include "wire/window.h"

struct slot_host {
    size_t arena_used; /* host's half of the arena: a stack of frames; the slot's holder's alone */
    /* While workers may serve ocalls: who serves the one in the slot, its caller or a worker; and
     * which there are, NULL between calls. */
    _Atomic uintptr_t serving; /* see ocall_workers.c */
    const void *_Atomic ocalls;
    /* For people, when the enclave crashes: the last function and 1 more; 0: none. */
    _Atomic uint32_t ecall;
    _Atomic uint32_t ocall;
};

struct switchless;
struct task;
struct traced;

struct instance {
    _Atomic uint64_t entry; /* use count << 32 | closing << 31 | calls inside */
    _Atomic bool dead;
    _Atomic unsigned process; /* process_number() of who made it */
    uint64_t device;          /* the number of the device that it lives on */
    bool is_shared;           /* that device has other programs as well */
    void *window;
    struct window_layout layout;
    int connection; /* to the device */
    int pidfd;      /* readable once the enclave is gone */
    struct heap heap;
    size_t enclave_heap_size; /* of the manifest */
    struct uuid uuid;         /* of the image that runs */
    struct slot_host *slots;
    struct switchless *switchless; /* NULL: made without */
    struct traced *_Atomic traced; /* NULL: nobody records its calls */
    struct task *_Atomic tasks;    /* of this place, for ever; NULL: it never had any */
    _Atomic uint64_t free_slots[WINDOW_TCS_MAX / 64];
    pthread_mutex_t lock;
    pthread_cond_t changed;   /* a slot became free, the enclave died, or the last call left */
    _Atomic unsigned waiting; /* callers that wait for a slot */
    char *path;               /* of the image, owned; for messages */
    bool is_debug;
    bool crash_watched; /* it waits for its core to be taken, by this thread */
    pthread_t crash_watcher;
    _Atomic bool crash_unwatched;
    _Atomic bool crash_said;
    _Atomic bool leaving; /* until it is closed and the last call has left */
};

/* A free place, still closed to callers; NULL: out of memory or too many. */
struct instance *instance_new(void);
void instance_open(struct instance *instance); /* from now on the handle is good */
void instance_free(struct instance *instance); /* closed and empty, or never opened */
void *instance_handle(const struct instance *instance);

/* CC_ERROR_BAD_PARAMETERS: no such handle, or closing; CC_ERROR_ENCLAVE_LOST: we are a fork. */
cc_enclave_result_t instance_enter(const cc_enclave_t *enclave, struct instance **ret_instance);
void instance_leave(struct instance *instance);
/* Without entering, for those who hold a task instead (switchless.h): the place, NULL as above; and
 * once the task is held, whether it is still the same enclave, so that its destroy waits for us. */
struct instance *instance_look(const cc_enclave_t *enclave, uint64_t *ret_use);
bool instance_is_still(const struct instance *instance, uint64_t use);
/* Bars new calls; false: closing already, or no such handle. */
cc_enclave_result_t instance_close(const cc_enclave_t *enclave, struct instance **ret_instance);
/* Until no call is inside and no task held, at most wait_ms (negative: for ever); whether so. */
bool instance_drain(struct instance *instance, long wait_ms);
void instance_mark_dead(struct instance *instance); /* wakes every caller */
void instances_sweep(uint64_t device); /* marks those of this device and of earlier ones */

/* CC_ERROR_OUT_OF_MEMORY: so many bytes more do not fit the window's heap. */
cc_enclave_result_t instance_window_full(struct instance *instance, size_t size);

/* Whether an address lies in the window of another enclave of this process. */
bool instance_owns_elsewhere(const struct instance *instance, const void *ptr);

/* From 1; changes when a fork of a process with enclaves first asks for a device of its own. */
unsigned process_number(void);
void process_note(void); /* before a device is asked: are we a fork? */

/* Of instance.c; here, for each call asks. Where that number stands: in memory that the kernel
 * wipes in every kind of fork, once there are enclaves. */
extern _Atomic unsigned *process_mark;

/* Made by this process, not its parent. */
static inline bool instance_is_ours(const struct instance *instance)
{
    return instance->process == atomic_load(process_mark);
}

/* A free slot, waiting for one when all are taken; CC_ERROR_ENCLAVE_DEAD. */
cc_enclave_result_t slot_take(struct instance *instance, uint32_t *ret_index);
void slot_give(struct instance *instance, uint32_t index);
bool slot_is_free(const struct instance *instance); /* any, a moment ago */

#endif
