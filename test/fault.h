/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fault.h - makes the n-th malloc or calloc from now fail, or the n-th RAND_bytes() of our own code
 * (the program is linked with --wrap; under a sanitizer it is not, and fault_available() says so).
 * Layer: test. Threads: one.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>

bool fault_available(void);
void fault_arm(unsigned nth);
void fault_random_arm(unsigned nth);
void fault_pause(bool on); /* what is the test's own neither counts nor fails */
void fault_zero(bool on);  /* malloc(0) answers NULL, as some libraries do */
bool fault_disarm(void);   /* whether a failure was injected */

#endif
