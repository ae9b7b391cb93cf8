/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * crash.h - what a debug enclave that crashes leaves for its host, in the window's control page
 * behind struct window_control. A production enclave never writes there.
 *
 *   offset  size       field          integers native, both sides are one machine
 *       64     4       state          futex; enum crash_state
 *       68     4       signal
 *       72     4       code           si_code
 *       76     4       system_call    of SIGSYS
 *       80     8       address        that could not be reached, or of the instruction
 *       88     8       pc
 *       96     4       thread         enum crash_thread
 *      100     4       index          of the slot, or of the worker
 *      104     4       tid            as the enclave counts
 *      108     4       frame_count
 *      112     4       module_count
 *      116     4       zero
 *      120     384     frames         48 return addresses, innermost first
 *      504     768     modules        16 of: begin u64, end u64, name 32, zero terminated
 *     1272     272     registers      34 of elf_gregset_t, as many as this machine has
 *
 * Everything in it is the enclave's word: copied, checked, then shown.
 * Layer: common/wire (pure). Threads: written once, by the first thread that crashes.
 */
#ifndef CC_WIRE_CRASH_H
#define CC_WIRE_CRASH_H

#include "status.h"
#include "wire/window.h"

enum {
    CRASH_OFFSET = 64,
    CRASH_FRAMES_MAX = 48,
    CRASH_MODULES_MAX = 16,
    CRASH_NAME_ROOM = 32,
    CRASH_REGISTERS_MAX = 34,
};

enum crash_state {
    CRASH_NONE = 0,
    CRASH_BEGUN = 1, /* all but the frames stands there */
    CRASH_WHOLE = 2,
    CRASH_TAKEN = 3, /* by the host: the enclave, which waited for that, may end */
};

enum crash_thread {
    CRASH_THREAD_CALL = 1,   /* serves calls on the slot `index` */
    CRASH_THREAD_WORKER = 2, /* of switchless calls */
    CRASH_THREAD_OWN = 3,    /* the image made it */
    CRASH_THREAD_START = 4,  /* the first one: constructors */
};

struct crash_module {
    uint64_t begin;
    uint64_t end;
    char name[CRASH_NAME_ROOM];
};

struct crash_record {
    _Atomic uint32_t state;
    uint32_t signal;
    int32_t code;
    uint32_t system_call;
    uint64_t address;
    uint64_t pc;
    uint32_t thread;
    uint32_t index;
    uint32_t tid;
    uint32_t frame_count;
    uint32_t module_count;
    uint32_t zero;
    uint64_t frames[CRASH_FRAMES_MAX];
    struct crash_module modules[CRASH_MODULES_MAX];
    uint64_t registers[CRASH_REGISTERS_MAX];
};

enum { CRASH_SIZE = sizeof(struct crash_record) };

_Static_assert(CRASH_OFFSET + sizeof(struct crash_record) <= WINDOW_CONTROL_SIZE,
               "a crash fits the control page");

static inline struct crash_record *crash_at(void *window)
{
    return (struct crash_record *)(void *)((uint8_t *)window + CRASH_OFFSET);
}

/* Of a window that the enclave may still write to: by words, for the first is an atomic one. */
void crash_copy(void *window, uint8_t ret_bytes[static CRASH_SIZE]);
/* Attacker: the enclave. bytes: a private copy. CC_ERROR_BAD_FORMAT: nothing is there, or nothing
 * that makes sense; names come out printable, module ranges in order. */
cc_enclave_result_t crash_decode(struct view bytes, struct crash_record *ret_crash)
    __attribute__((warn_unused_result));
/* The module that an address lies in; NULL: none. */
const struct crash_module *crash_module_of(const struct crash_record *crash, uint64_t address);
/* "SIGSEGV" and its like; "?" of others. */
const char *crash_signal_name(uint32_t signal);

#endif
