/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * barrier.h - a fence between two sides for which one of them pays alone (membarrier(2), Linux
 * 4.16): where two sides each write and then look at what the other one wrote, both need a fence in
 * between; the one that does it for each call saves it when the other one, who does it seldom, has
 * every CPU pass a fence instead.
 *
 * Layer: common/base. Threads: any.
 */
#ifndef CC_BASE_BARRIER_H
#define CC_BASE_BARRIER_H

#include <stdbool.h>

/* Whether this process can have others pass a fence. */
bool barrier_works(void);
/* From now on this process takes part. Before it has threads: later it takes milliseconds. False:
 * the kernel, or a filter, does not allow it. */
bool barrier_join(void) __attribute__((warn_unused_result));
/* Every thread that runs of each process that takes part has passed a fence when this returns. */
void barrier_pass(void);

/* The same between the threads of this process: whether it can, from now on; and has them do so. */
bool barrier_own_join(void) __attribute__((warn_unused_result));
void barrier_own_pass(void);

#endif
