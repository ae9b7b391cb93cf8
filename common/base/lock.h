/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lock.h - a lock for what each record takes: one atomic operation when nobody else wants it, a
 * fourth of what pthread_mutex_lock() and pthread_mutex_unlock() cost. Not recursive, not shared
 * between processes, and all zeros is a free one, so there is nothing to make or destroy.
 *
 * The three states are those of U. Drepper, "Futexes are tricky" (2011), mutex 2, but giving it
 * back is an ordinary store: an atomic exchange would wait until all that was written under the
 * lock has left the processor. A store may hide the wish of somebody who came in the moment between
 * the look and the store; who sleeps here therefore looks again after a millisecond.
 *
 * Layer: common/base. Threads: any.
 */
#ifndef CC_BASE_LOCK_H
#define CC_BASE_LOCK_H

#include "base/futex.h"

enum lock_word { LOCK_FREE, LOCK_HELD, LOCK_WANTED };

struct lock {
    _Atomic uint32_t word; /* enum lock_word */
};

void lock_wait(struct lock *lock); /* the slow half of lock_take() */
void lock_wake(struct lock *lock); /* and of lock_give() */

static inline void lock_take(struct lock *lock)
{
    uint32_t seen = LOCK_FREE;

    if (!atomic_compare_exchange_strong_explicit(&lock->word, &seen, LOCK_HELD,
                                                 memory_order_acquire, memory_order_relaxed))
        lock_wait(lock);
}

static inline void lock_give(struct lock *lock)
{
    if (atomic_load_explicit(&lock->word, memory_order_relaxed) == LOCK_HELD)
        atomic_store_explicit(&lock->word, LOCK_FREE, memory_order_release);
    else
        lock_wake(lock);
}

#endif
