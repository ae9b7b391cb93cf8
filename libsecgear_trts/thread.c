/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "runtime.h"
#include "wire/trts_internal.h"
#include <sched.h>
#include <stdlib.h>
#include <time.h>

/* Where a thread starts: found by the loader's way for late libraries, it would cost an allocation,
 * and so each thread a heap of its own. */
static _Thread_local struct tcs *self __attribute__((tls_model("initial-exec")));

struct tcs *tcs_self(void)
{
    return self;
}

void tcs_adopt(struct tcs *tcs)
{
    self = tcs;
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
 * Whether a call took longer than a tick of the coarse clock. Reading a clock is a hundredth of a
 * short call, so the start is only looked at when the end does not already say no: two ends within
 * one tick. After the first end that says nothing, the next call is measured.
 */
static bool call_was_long(struct tcs *tcs, long started)
{
    long now = coarse_ticks();
    bool known = tcs->measure || now == tcs->ended;
    bool was_long = tcs->measure && now != started;

    tcs->measure = !known || was_long;
    tcs->ended = now;
    return was_long;
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

    tcs_adopt(tcs);
    if (crash_is_watched())
        secgear_trts_watch_thread();
    tcs_wait(tcs, false);
    seed_await();
    if (!tcs_start(tcs->index + 1))
        abort(); /* a call on that slot would wait for ever */
    for (;;) {
        unsigned cpu_hint;
        long started;

        tcs_wait(tcs, false);
        cpu_hint = *(volatile uint16_t *)&tcs->slot->cpu;
        started = tcs->measure ? coarse_ticks() : 0;
        ecall_serve(tcs);
        tcs_follow(tcs, cpu_hint, call_was_long(tcs, started));
    }
    return NULL;
}
