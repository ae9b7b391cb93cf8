/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * costs.c - what handing a call to another CPU costs on this machine, the least of several tries: a
 * line that two threads, each on its CPU, hand to and fro. On a machine that is busy with other
 * things it gives up soon.
 */
#include "command.h"
#include "trace_view.h"
#include "wire/board.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { ROUNDS = 2000, TRIES = 7, TRY_MAX_NS = 20000000, LOOK_SPINS = 1024 };

static struct {
    _Alignas(64) _Atomic uint32_t word;
    _Alignas(64) _Atomic bool over;
    int cpu;
} line;

static void cpu_bind(int cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void *answer(void *arg)
{
    (void)arg;
    cpu_bind(line.cpu);
    while (!atomic_load_explicit(&line.over, memory_order_relaxed)) {
        uint32_t seen = atomic_load_explicit(&line.word, memory_order_acquire);

        if (seen & 1)
            atomic_store_explicit(&line.word, seen + 1, memory_order_release);
        else
            cpu_relax();
    }
    return NULL;
}

/* False: nobody answers in time, the other CPU is somebody else's. */
static bool ask(uint32_t number, uint64_t until_ns)
{
    atomic_store_explicit(&line.word, number, memory_order_release);
    for (unsigned spins = 1;; spins++) {
        if (atomic_load_explicit(&line.word, memory_order_acquire) == number + 1)
            return true;
        if (spins % LOOK_SPINS == 0 && now_ns() >= until_ns)
            return false;
        cpu_relax();
    }
}

static double try_once(uint32_t *number)
{
    uint64_t from = now_ns();

    for (unsigned i = 0; i < ROUNDS; i++, *number += 2)
        if (!ask(*number, from + TRY_MAX_NS))
            return 0;
    return (double)(now_ns() - from) / ROUNDS;
}

double cost_line_ns(void)
{
    cpu_set_t before;
    pthread_t other;
    uint32_t number = 1;
    double least = 0;
    int first = -1, second = -1;

    if (sched_getaffinity(0, sizeof before, &before) != 0)
        return 0;
    for (int i = 0; i < CPU_SETSIZE && second < 0; i++)
        if (CPU_ISSET((size_t)i, &before))
            *(first < 0 ? &first : &second) = i;
    if (second < 0)
        return 0;
    line.cpu = second;
    if (pthread_create(&other, NULL, answer, NULL) != 0)
        return 0;
    cpu_bind(first);
    for (unsigned i = 0; i < TRIES; i++) {
        double ns = try_once(&number);

        if (ns > 0 && (least == 0 || ns < least))
            least = ns;
    }
    atomic_store(&line.over, true);
    pthread_join(other, NULL);
    sched_setaffinity(0, sizeof before, &before);
    return least;
}
