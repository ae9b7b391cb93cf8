/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/lock.h"
#include <stddef.h>
#include <time.h>

/* Whoever slept here can't know whether others still do, so it takes the lock as wanted. */
void lock_wait(struct lock *lock)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    while (atomic_exchange_explicit(&lock->word, LOCK_WANTED, memory_order_acquire) != LOCK_FREE)
        syscall(SYS_futex, &lock->word, FUTEX_WAIT, LOCK_WANTED, &moment, NULL, 0);
}

void lock_wake(struct lock *lock)
{
    atomic_store_explicit(&lock->word, LOCK_FREE, memory_order_release);
    futex_wake(&lock->word, 1);
}
