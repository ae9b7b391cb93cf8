/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * killed.h - writers that are killed at each of their system calls.
 * Layer: test. Threads: one.
 */
#ifndef TEST_KILLED_H
#define TEST_KILLED_H

#include <stdbool.h>

/*
 * Runs work in a process that is killed at its nth stop, before or after a system call. False: it
 * came to its end before, with status 0, or the test fails. Work may execute another program.
 */
bool killed_at(unsigned nth, void (*work)(void));

/*
 * Runs work whole, with status 0, or the test fails. The stop of its first system call that can
 * change a file: whoever is killed before it has changed nothing.
 */
unsigned first_change(void (*work)(void));

/* Whether processes may be traced here. */
bool tracing_works(void);

#endif
