/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * siege.h - a hostile host at work on one slot of an enclave, in one process or against a sandbox:
 * attacks, and answers to ocalls, written straight into the window.
 *
 * A shadow of the whole window tells whether the enclave wrote anywhere but into the slot's line,
 * its own half of the slot's arena, and the out frame of a call that succeeded.
 * Layer: test. Threads: one.
 */
#ifndef HOSTILE_SIEGE_H
#define HOSTILE_SIEGE_H

#include "attack.h"

/* On slot 0 of that window. */
void siege_begin(void *window, const struct window_layout *layout);
const struct target *siege_target(void);

/* COUNT_HOSTILE_FRAMES attacks on the ecalls; fails the test when one is answered wrongly. */
void siege_ecalls(void);
/* As many ocalls whose answers are changed, with calls back in between. */
void siege_replies(void);

/* The ocalls that a good enclave makes, as bytes. */
void siege_record_ocalls(struct frames *ret_frames);

#endif
