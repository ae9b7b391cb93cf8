/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fault.h - makes the n-th malloc from now fail (the program is linked with --wrap=malloc; under a
 * sanitizer it is not, and fault_available() says so).
 * Layer: test. Threads: one.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>

bool fault_available(void);
void fault_arm(unsigned nth);
void fault_zero(bool on); /* malloc(0) answers NULL, as some libraries do */
bool fault_disarm(void);  /* whether a failure was injected */

#endif
