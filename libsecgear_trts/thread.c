/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "runtime.h"
#include <sched.h>
#include <time.h>

static _Thread_local struct tcs *self;

struct tcs *tcs_self(void)
{
    return self;
}

static void tcs_bind(struct tcs *tcs, int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (cpu >= 0)
        CPU_SET((size_t)cpu, &set);
    else
        for (size_t i = 0; i < CPU_SETSIZE; i++)
            CPU_SET(i, &set);
    sched_setaffinity(0, sizeof set, &set); /* only speed: a refusal changes nothing */
    tcs->cpu = cpu;
}

static long coarse_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_nsec;
}

/*
 * A call hands control over, so the hand-over is fastest on the caller's own CPU: 2.4 us instead of
 * 9. A call that takes longer than a tick wants the scheduler's choice instead.
 */
static void tcs_follow(struct tcs *tcs, unsigned cpu_hint, bool was_long)
{
    int wanted = cpu_hint > 0 && cpu_hint <= CPU_SETSIZE && !was_long ? (int)cpu_hint - 1 : -1;

    if (wanted != tcs->cpu)
        tcs_bind(tcs, wanted);
}

void *tcs_main(void *arg)
{
    struct tcs *tcs = arg;

    self = tcs;
    for (;;) {
        unsigned cpu_hint;
        long started;

        tcs_wait(tcs, false);
        cpu_hint = *(volatile uint16_t *)&tcs->slot->cpu;
        started = coarse_ticks();
        ecall_serve(tcs);
        tcs_follow(tcs, cpu_hint, coarse_ticks() != started);
    }
    return NULL;
}
