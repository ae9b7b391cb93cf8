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
    PACE_LEARNED_MORE = 6,   /* so many more when an answer was not there yet; one fewer when it
                                was: with a wait that is safe each side is as slow as the other */
    PACE_FINALS = 8,
};

/*
 * The manner in which both sides look, tried out with the waits. Fetched to write to it, a line
 * need not be fetched again for the answer: between CPUs that share no cache, a third of a call.
 * Between others it is a question of which look comes when.
 */
enum {
    PACE_TO_WRITE = 0x100, /* each look fetches the line as if to write to it */
    PACE_GAP_SHIFT = 9, /* so many times PACE_GAP turns pass between looks in vain: 0, 1, 2 or 3 */
    PACE_GAP_MASK = 3,
    PACE_GAP = 22,
    PACE_FIRST_TO_WRITE = 0x800, /* as PACE_TO_WRITE, but for looks behind one in vain */
    PACE_MANNER = PACE_TO_WRITE | PACE_GAP_MASK << PACE_GAP_SHIFT | PACE_FIRST_TO_WRITE,
};

/* All zero: before the first call. */
struct pace {
    uint16_t caller;   /* turns before its first look for an answer, or PACE_LEARNED */
    uint16_t server;   /* turns after its answer before its first look for the next call */
    uint32_t advice;   /* the same for the server, and the manner of both */
    uint16_t count;    /* calls of this window */
    uint16_t pair;     /* that is in use, ... */
    uint16_t kept;     /* ... and that was, when trials ended last, plus 1; 0: they never did */
    uint16_t long_row; /* windows that took too long to say anything, one after the other */
    uint32_t learned;  /* turns, with PACE_LEARNED */
    uint32_t trial;    /* 0: none yet; else which window runs, from 1; behind the last: kept */
    uint32_t windows;  /* since trials ended */
    uint32_t patience; /* windows with slow calls, until trials begin */
    uint64_t began_ns;
    uint64_t best_ns; /* a window, when trials ended; and lately */
    uint64_t lately_ns;
    struct {
        uint64_t ns;
        uint16_t pair;
    } finals[PACE_FINALS];
};

/* Whether pace_turn() is due, when a call is answered. */
static inline bool pace_is_due(const struct pace *pace)
{
    return pace->count >= PACE_WINDOW;
}

/* Once for each call, while it is under way and there is time. */
static inline bool pace_count(struct pace *pace)
{
    pace->count++;
    return pace_is_due(pace);
}

void pace_turn(struct pace *pace, uint64_t now_ns);
/* The same at the time that it is. Apart: the clock's place on the stack would have every call look
 * after that. */
void pace_renew(struct pace *pace) __attribute__((cold, noinline));

/* Attacker: who advises. */
static inline uint32_t pace_advised(uint32_t advice)
{
    return advice & (PACE_MANNER | PACE_TURNS_MAX);
}

/*
 * Fetches a line to write to it; the compiler's own would fetch it to read. Whoever has found what
 * it looked for writes there next, and has the line fetched for that at once, while it computes:
 * a store alone would not fetch it before all that stands before it is done. Between CPUs that
 * share a cache, that is a tenth of a call, and other waits are the best then.
 */
static inline void line_fetch(void *line)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(uint8_t *)line));
#else
    __builtin_prefetch(line, 1);
#endif
}

static inline void pace_wait(uint32_t turns)
{
    for (; turns > 0; turns--)
        __asm__ volatile("" ::: "memory");
}

/* The server, behind its answer. */
static inline void pace_rest(uint32_t advised)
{
    pace_wait(advised & PACE_TURNS_MAX);
}

/* Both, before a look, which is the first one for this call, ... */
static inline void pace_fetch_first(uint32_t advice, void *line)
{
    if (advice & (PACE_TO_WRITE | PACE_FIRST_TO_WRITE))
        line_fetch(line);
}

/* ... or not, ... */
static inline void pace_fetch(uint32_t advice, void *line)
{
    if (advice & PACE_TO_WRITE)
        line_fetch(line);
}

/* ... and behind one in vain. */
static inline void pace_space(uint32_t advice)
{
    pace_wait((advice >> PACE_GAP_SHIFT & PACE_GAP_MASK) * PACE_GAP);
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
    else if (pace->learned > 0)
        pace->learned--;
}

#endif
