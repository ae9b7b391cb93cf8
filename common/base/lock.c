/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/lock.h"

/* Whoever slept here can't know whether others still do, so it takes the lock as wanted. */
void lock_wait(struct lock *lock)
{
    while (atomic_exchange_explicit(&lock->word, LOCK_WANTED, memory_order_acquire) != LOCK_FREE)
        futex_wait(&lock->word, LOCK_WANTED);
}
