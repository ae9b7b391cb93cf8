/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * inside.h - what tests of switchless calls share that have both sides in one process: an enclave
 * of 3 workers over the harness's window, and the host's functions.
 * Layer: test. Threads: one, but for what a test starts.
 */
#ifndef SWITCHLESS_INSIDE_H
#define SWITCHLESS_INSIDE_H

#include "base/futex.h"
#include "harness.h"
#include "support.h"
#include "switchless_u.h"
#include "wire/batch.h"
#include <stdatomic.h>

enum { POOL = 64 };

extern cc_enclave_t enclave;
extern uint32_t quick_words[2]; /* of the slot, in o_quick() of an even and of an odd number */
extern uint32_t quick_rest;     /* what stands in it behind that number */

void start(void); /* fixture: with 3 workers */
void start_with(uint32_t workers);
void engine_takes_values(void); /* from now on: numbers go by the short form */
uint16_t ecalls_count(void);
struct window_slot *task_at(uint32_t index);
struct board_bell *bell(void);

#if defined(__SANITIZE_THREAD__)
#define SKIP_RACES() TEST_SKIP("this host races by intent")
#else
#define SKIP_RACES() (void)0
#endif

#endif
