/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The light lock: one at a time, and nobody sleeps for ever. */
#include "base/lock.h"
#include "support.h"
#include <pthread.h>
#include <stdbool.h>

enum { THREADS = 4, ROUNDS = 50000 };

static struct lock lock;
static unsigned long counted; /* by whoever has the lock; a torn or lost count shows */

static void *count_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(&lock);
        counted++;
        lock_give(&lock);
    }
    return NULL;
}

START_TEST(one_thread_at_a_time_has_the_lock)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_main, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(counted, (unsigned long)THREADS * ROUNDS);
    ck_assert_uint_eq(atomic_load(&lock.word), LOCK_FREE);
}
END_TEST

static void *take_main(void *arg)
{
    (void)arg;
    lock_take(&lock);
    lock_give(&lock);
    return NULL;
}

/* As if the owner's store had hidden the sleeper's wish: nobody wakes it, and it goes on. */
START_TEST(a_sleeper_whose_wish_was_overlooked_looks_again)
{
    pthread_t sleeper;

    lock_take(&lock);
    ck_assert_int_eq(pthread_create(&sleeper, NULL, take_main, NULL), 0);
    while (atomic_load(&lock.word) != LOCK_WANTED)
        ;
    atomic_store(&lock.word, LOCK_FREE);
    ck_assert_int_eq(pthread_join(sleeper, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base/lock");
    TCase *tcase = tcase_of(suite, "lock");

    tcase_add_test(tcase, one_thread_at_a_time_has_the_lock);
    tcase_add_test(tcase, a_sleeper_whose_wish_was_overlooked_looks_again);
    return suite_main(suite);
}
