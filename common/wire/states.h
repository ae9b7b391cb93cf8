/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * states.h - what a simulated device of the debug level pretends, so that programs and policies can
 * be tested: a TCB status, certificates, a wrong clock, faults, enclaves without a sandbox. Words
 * "name=value" with one space between them; the same text stands, signed, in each of its reports.
 *
 *   tcb=up_to_date | hardening_needed | configuration_needed | out_of_date | revoked
 *   certificate=good | expired | other_root
 *   clock=+SECONDS | -SECONDS         the device's clock is that much ahead or behind
 *   create=no_memory | no_thread      no enclave is made, for want of that
 *   counters=full | disk_full         nothing that counters change can be kept
 *   device_dies=N                     at the Nth request that it hears, counted from 1
 *   enclave_dies=N                    each enclave at its own Nth request; its start is the first
 *   slow=MS                           before each answer to an enclave
 *   unconfined_insecure=asan | ubsan | valgrind    enclaves run outside of the sandbox
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_STATES_H
#define CC_WIRE_STATES_H

#include "base/bytes.h"
#include "status.h"

enum {
    STATES_TEXT_MAX = 200, /* as it stands in reports */
    STATES_TEXT_ROOM = STATES_TEXT_MAX + 1,
    STATES_CLOCK_MAX_S = 0x7fffffff,
    STATES_STEP_MAX = 1000000,
    STATES_SLOW_MAX_MS = 60000,
};

enum states_tcb {
    STATES_TCB_NONE, /* nothing is said */
    STATES_TCB_UP_TO_DATE,
    STATES_TCB_HARDENING_NEEDED,
    STATES_TCB_CONFIGURATION_NEEDED,
    STATES_TCB_OUT_OF_DATE,
    STATES_TCB_REVOKED,
};
enum states_certificate {
    STATES_CERTIFICATE_GOOD,
    STATES_CERTIFICATE_EXPIRED,
    STATES_CERTIFICATE_OTHER_ROOT,
};
enum states_create { STATES_CREATE_GOOD, STATES_CREATE_NO_MEMORY, STATES_CREATE_NO_THREAD };
enum states_counters { STATES_COUNTERS_GOOD, STATES_COUNTERS_FULL, STATES_COUNTERS_DISK_FULL };
enum states_tool { STATES_TOOL_NONE, STATES_TOOL_ASAN, STATES_TOOL_UBSAN, STATES_TOOL_VALGRIND };

struct states {
    enum states_tcb tcb;
    enum states_certificate certificate;
    enum states_create create;
    enum states_counters counters;
    enum states_tool tool;
    int64_t clock_s;
    uint64_t device_dies;
    uint64_t enclave_dies;
    uint64_t slow_ms;
};

/* Attacker: whoever signed or wrote it. CC_ERROR_BAD_FORMAT, with the word in the detail: not one
 * or more known words, each name once, one space between them, at most STATES_TEXT_MAX bytes. */
cc_enclave_result_t states_decode(struct view text, struct states *ret_states)
    __attribute__((warn_unused_result));
/* As people write it, over several lines, with comments behind '#', to the form above; false: it
 * does not fit the room. */
bool states_tidy(struct view text, char ret_text[static STATES_TEXT_ROOM])
    __attribute__((warn_unused_result));
/* "UpToDate", "OutOfDate", ... as verifiers rate; NULL of STATES_TCB_NONE. */
const char *states_tcb_name(enum states_tcb tcb);

#endif
