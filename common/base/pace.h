/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pace.h - how long the two sides of a call over one cache line leave that line alone.
 *
 * Whoever looks at the line while the other side is about to write to it takes it away, and the
 * write has to fetch it back: between CPUs that share a cache, such looks cost half of a call. How
 * long it is best not to look depends on the CPUs, on the function and on what the caller does
 * between its calls, in ways that no rule has foretold. So a caller tries it out: it makes a few
 * calls with each of many pairs of waits, some more with the fastest of them, and keeps the one
 * that was fastest then, until calls become slower or were many. No wait that it tries is longer
 * than PACE_TURNS_MAX, but the one that answers teach (PACE_LEARNED), which is the caller's alone.
 *
 * The unit is a turn of an empty loop, a cycle or two: a pause takes as long as half of a call.
 *
 * Layer: common/base. Threads: a struct pace is its thread's alone.
 */
#ifndef CC_BASE_PACE_H
#define CC_BASE_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PACE_WINDOW = 32,        /* calls of which the time is taken */
    PACE_TURNS_MAX = 255,    /* also of what the other side advises */
    PACE_LEARNED = 0xffff,   /* in place of turns: as long as answers took lately, ... */
    PACE_LEARNED_MAX = 1024, /* ... and no longer than that; */
    PACE_LEARNED_MORE = 8,   /* so many more when an answer was not there yet, ... */
    PACE_LEARNED_LESS = 8,   /* ... one fewer for so many that were: a look too early costs more */
    PACE_FINALS = 8,
};

/* All zero: before the first call. */
struct pace {
    uint16_t caller;  /* turns before its first look for an answer, or PACE_LEARNED */
    uint16_t server;  /* turns after its answer before its first look for the next call */
    uint16_t count;   /* calls of this window */
    uint16_t pair;    /* that is in use */
    uint32_t learned; /* turns, with PACE_LEARNED */
    uint32_t trial;   /* 0: none yet; else which window runs, from 1; behind the last: kept */
    uint32_t windows; /* since trials ended */
    uint64_t began_ns;
    uint64_t best_ns; /* a window, when trials ended; and lately */
    uint64_t lately_ns;
    struct {
        uint64_t ns;
        uint16_t pair;
    } finals[PACE_FINALS];
};

/* After each call; true: pace_turn() is due. */
static inline bool pace_count(struct pace *pace)
{
    return ++pace->count >= PACE_WINDOW;
}

void pace_turn(struct pace *pace, uint64_t now_ns);
/* The same at the time that it is. */
void pace_renew(struct pace *pace);

/* Attacker: who advises. */
static inline uint32_t pace_advised(uint32_t turns)
{
    return turns < PACE_TURNS_MAX ? turns : PACE_TURNS_MAX;
}

static inline void pace_wait(uint32_t turns)
{
    for (; turns > 0; turns--)
        __asm__ volatile("" ::: "memory");
}

/* The caller, before its first look. */
static inline void pace_quiet(const struct pace *pace)
{
    pace_wait(pace->caller == PACE_LEARNED ? pace->learned : pace->caller);
}

/* Behind it: the first look should just find the answer. */
static inline void pace_learn(struct pace *pace, bool answered)
{
    if (pace->caller != PACE_LEARNED)
        return;
    if (!answered)
        pace->learned = pace->learned < PACE_LEARNED_MAX - PACE_LEARNED_MORE
                            ? pace->learned + PACE_LEARNED_MORE
                            : PACE_LEARNED_MAX;
    else if (pace->learned > 0 && pace->count % PACE_LEARNED_LESS == 0)
        pace->learned--;
}

#endif
