/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * threads.h - how many threads an enclave's own code may have at once: as many as it has for calls
 * (TCSNum, tcsNum), as on hardware where both come out of one pool.
 *
 * pthread_create() of this program stands in front of libc's, for a program's symbols come first
 * in every object that is loaded later. Who makes a thread by the system call itself goes past it,
 * and past nothing else than its own manifest.
 *
 * Layer: tee_device/zygote. Threads: any, once prepared.
 */
#ifndef ZYGOTE_THREADS_H
#define ZYGOTE_THREADS_H

#include "wire/boot.h"

bool threads_prepare(void); /* in the zygote: finds libc's own; false: there is none */
/* In the fork, before the image is loaded; stack_size: of a thread that asks for none. */
bool threads_bound(uint32_t most, size_t stack_size);
/* What each thread of the image's own does first; NULL: nothing. */
void threads_watch(trts_watch_thread_fn first);
trts_thread_fn threads_uncounted(void); /* libc's own, for the runtime's threads */

#endif
