/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "pace.h"
#include <time.h>

enum {
    CALLERS = 3,
    SERVERS = 12, /* waits of the server: multiples of a step */
    SERVER_STEP = 18,
    MANNERS = 6,
    PAIRS = MANNERS * CALLERS * SERVERS,
    FINAL_WINDOWS = 16, /* of each pair that did well, for some did so by chance */
    TRIALS = PAIRS + PACE_FINALS * FINAL_WINDOWS,
    KEEP_WINDOWS = 8192,
    KEEP_SLOW_WINDOWS = 512, /* while calls take a sixth longer than they did; twice as many each
                                time that trials did not help */
    SHARE = 16,              /* a new window's, in what they take lately */
    LONG_NS = 4000,          /* a call: no wait makes a difference */
    LONG_ROW = 4,            /* windows of those: calls are long, not one that was disturbed */
};
_Static_assert((SERVERS - 1) * SERVER_STEP <= PACE_TURNS_MAX, "no wait is longer");

static const uint16_t callers[CALLERS] = {0, 30, PACE_LEARNED};
static const uint16_t manners[MANNERS] = {0,
                                          PACE_TO_WRITE,
                                          PACE_FIRST_TO_WRITE,
                                          PACE_FIRST_TO_WRITE | 2 << PACE_GAP_SHIFT,
                                          PACE_TO_WRITE | 2 << PACE_GAP_SHIFT,
                                          PACE_TO_WRITE | 3 << PACE_GAP_SHIFT};

static void pair_use(struct pace *pace, uint32_t pair)
{
    pace->pair = (uint16_t)pair;
    pace->caller = callers[pair / SERVERS % CALLERS];
    pace->server = (uint16_t)(pair % SERVERS * SERVER_STEP);
    pace->advice = manners[pair / SERVERS / CALLERS] | (uint32_t)pace->server;
}

static void trials_begin(struct pace *pace)
{
    for (unsigned i = 0; i < PACE_FINALS; i++)
        pace->finals[i].ns = UINT64_MAX;
    pace->trial = 1;
    pair_use(pace, 0);
}

/* Among the fastest so far, in their order; or not. */
static void finals_enter(struct pace *pace, uint64_t ns)
{
    unsigned at = PACE_FINALS;

    for (; at > 0 && ns < pace->finals[at - 1].ns; at--)
        if (at < PACE_FINALS)
            pace->finals[at] = pace->finals[at - 1];
    if (at == PACE_FINALS)
        return;
    pace->finals[at].ns = ns;
    pace->finals[at].pair = pace->pair;
}

/* What was kept so far takes part, however its one window went. */
static void finals_begin(struct pace *pace)
{
    if (pace->kept == 0)
        return;
    for (unsigned i = 0; i < PACE_FINALS; i++)
        if (pace->finals[i].pair == pace->kept - 1)
            return;
    pace->finals[PACE_FINALS - 1].pair = pace->kept - 1;
}

static void trials_end(struct pace *pace)
{
    unsigned best = 0;

    for (unsigned i = 1; i < PACE_FINALS; i++)
        if (pace->finals[i].ns < pace->finals[best].ns)
            best = i;
    pair_use(pace, pace->finals[best].pair);
    pace->kept = pace->pair + 1;
    pace->best_ns = pace->lately_ns = pace->finals[best].ns / FINAL_WINDOWS;
    pace->windows = 0;
}

/* The window that ended was that of trial n, counted from 0; then the next one's pair is used. */
static void trial_next(struct pace *pace, uint32_t n, uint64_t ns)
{
    uint32_t next = n + 1;

    if (n < PAIRS)
        finals_enter(pace, ns);
    else
        pace->finals[(n - PAIRS) / FINAL_WINDOWS].ns += ns;
    pace->trial++;
    if (next == PAIRS)
        finals_begin(pace);
    if (next < PAIRS) {
        pair_use(pace, next);
    } else if (next < TRIALS) {
        uint32_t final = (next - PAIRS) / FINAL_WINDOWS;

        if ((next - PAIRS) % FINAL_WINDOWS == 0)
            pace->finals[final].ns = 0;
        pair_use(pace, pace->finals[final].pair);
    } else {
        trials_end(pace);
    }
}

/* One window that something else disturbed is no reason to try again. */
static void keep(struct pace *pace, uint64_t ns)
{
    uint64_t most = 2 * pace->lately_ns;
    bool slow;

    pace->lately_ns = (pace->lately_ns * (SHARE - 1) + (ns < most ? ns : most)) / SHARE;
    slow = pace->lately_ns > pace->best_ns + pace->best_ns / 6;
    if (++pace->windows < (slow ? pace->patience : KEEP_WINDOWS))
        return;
    if (!slow)
        pace->patience = KEEP_SLOW_WINDOWS;
    else if (pace->patience < KEEP_WINDOWS)
        pace->patience *= 2;
    trials_begin(pace);
}

void pace_turn(struct pace *pace, uint64_t now_ns)
{
    uint64_t ns = now_ns - pace->began_ns;

    pace->began_ns = now_ns;
    pace->count = 0;
    pace->long_row = ns > (uint64_t)LONG_NS * PACE_WINDOW ? pace->long_row + 1 : 0;
    if (pace->long_row > 0) { /* or the thread did something else in between */
        if (pace->trial > TRIALS || (pace->trial > 0 && pace->long_row < LONG_ROW))
            return;
        pace->long_row = 0;
        pace->trial = 0;
        pace->caller = PACE_LEARNED;
        pace->server = 0;
        pace->advice = 0;
    } else if (pace->trial > TRIALS) {
        keep(pace, ns);
    } else if (pace->trial == 0) {
        pace->patience = KEEP_SLOW_WINDOWS;
        trials_begin(pace);
    } else {
        trial_next(pace, pace->trial - 1, ns);
    }
}

void pace_renew(struct pace *pace)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    pace_turn(pace, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}
