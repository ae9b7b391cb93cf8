/*
 * switchless.pml - who calls and who works meet over one word for each task, a bell and a counter of
 * those awake: the order of steps of common/wire/board.h, as task_wait.c and worker.c take them.
 *
 * Memory is that of a processor with store buffers: a plain store waits in its process's buffer until
 * an atomic exchange, which empties the buffer first, or until it happens to drain. So a fence that
 * is missing shows. Each caller makes CALLS calls over a task of its own; it stays and waits, or asks
 * later, or (MANNERS=3) returns to wait, as for a batch. Who stays may grow impatient at any moment, and
 * then wakes a worker, or withdraws, or sleeps; who returns may sleep, and does not withdraw. A worker
 * looks, serves, sleeps. With DESTROY, somebody destroys the enclave meanwhile. What one task may carry,
 * and what happens to it between its calls, are in batch.pml; the host's workers in ocalls.pml.
 *
 * With BARRIER=1 a worker's mark is a plain store, and who withdraws a call has every worker pass a
 * fence before it looks at the mark (common/base/barrier.h); else the worker has a fence behind each mark.
 *
 * What is checked:
 *   - a call is run at most once: the worker asserts that nobody ran it, the caller that it was run
 *     exactly once when it says so, and not at all when it was withdrawn
 *   - a task is not used again while a worker may still write to it
 *   - no call is left while every worker sleeps, no caller sleeps when its answer stands: an end
 *     state in which a caller waits is an error
 *   - nothing of the enclave is used once its destroy has ended, and no destroy waits for ever
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 as 2, nor before it sleeps                          4 the claim is given back before the answer
 *   2 a worker does not look again after it slept a while  5 no claim at all
 *   3 the worker does not look at the word again          6 the mark is a plain store (BARRIER=0)
 *   7 the bell does not change: only who sleeps is woken
 *   8 the caller does not look at the word again, once nobody has marked the task
 *   9 the worker looks for a sleeper before its answer is seen by all
 *  10 the caller sleeps first and says so then            12 destroy does not look at the tasks
 *  11 who takes a task looked before that whether the enclave is closing
 *  13 who stays wakes no worker when it grows impatient (with 2; alone it costs time)
 *  14 no second look at a task whose caller does not wait
 *  15 who returns to wait has said that it never sleeps (MANNERS=3)
 *  16 who withdraws a call has nobody pass a fence (BARRIER=1)
 */
#ifndef WEAK
#define WEAK 0
#endif
#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef CALLS
#define CALLS 2
#endif
#ifndef MANNERS
#define MANNERS 2
#endif
#ifndef BARRIER
#define BARRIER 1
#endif
#ifndef DESTROY
#define DESTROY 0
#endif

#define IDLE 0
#define ECALL 1
#define DONE 2
#define TAKEN 1
#define LET_GO 2

byte state[CALLERS];   /* the word of each task ... */
byte number[CALLERS];  /* ... and its number: one word, changed at once */
byte mark[CALLERS];    /* 0, TAKEN, LET_GO ... */
byte marked[CALLERS];  /* ... of this number */
bool claim[CALLERS];   /* in the enclave's memory */
byte runs[CALLERS];    /* of the call that is on its way: only for assertions */
bool writing[CALLERS]; /* a worker is between its second look and its answer */
byte bell, awake, sleepers;
bit rung;              /* WEAK 7 */

bool said[CALLERS];    /* the caller says that it sleeps ... */
bool asleep[CALLERS];  /* ... and does */
bool held[CALLERS];    /* the caller has the task */
bool polled[CALLERS];  /* it says that it does not wait */
bool closing, gone;    /* the enclave */

/* Plain stores are seen by others later: they wait here; a worker's mark is seen before its answer. */
bool buffered[CALLERS], asked[CALLERS], answered[CALLERS];
byte buffer_mark[CALLERS], buffer_number[CALLERS], ask_number[CALLERS], answer_number[CALLERS];

inline drain(t)
{
    if
    :: atomic { buffered[t] -> mark[t] = buffer_mark[t]; marked[t] = buffer_number[t]; buffered[t] = false }
    :: atomic { asked[t] -> state[t] = ECALL; number[t] = ask_number[t]; asked[t] = false }
    :: atomic { answered[t] && !buffered[t] -> state[t] = DONE; number[t] = answer_number[t]; writing[t] = false;
                answered[t] = false }
    fi
}

/* Any buffered store may drain at any moment. */
active proctype memory()
{
end:
    do
    :: drain(0)
#if CALLERS > 1
    :: drain(1)
#endif
    od
}

/* futex_wake(): one of those who sleep, if there is one; else nothing but the bell has changed. */
inline ring()
{
    atomic {
        if
        :: WEAK != 7 -> bell++
        :: else -> skip
        fi;
        if
        :: sleepers > 0 && !rung -> rung = 1
        :: else -> skip
        fi
    }
}

/* Says that it sleeps; then the kernel looks at the word. */
inline sleep()
{
    if
    :: WEAK != 10 -> said[t] = true
    :: else -> skip
    fi;
    atomic {
        if
        :: state[t] == DONE && number[t] == n -> skip
        :: else -> asleep[t] = true
        fi
    };
    said[t] = true;
    !asleep[t];
    said[t] = false
}

/* Stays until there is an answer, or takes the call back. */
inline stay()
{
    do
    :: state[t] == DONE && number[t] == n -> break
    :: atomic { state[t] == ECALL && !asked[t] -> state[t] = IDLE }; /* takes it back */
        if
        :: BARRIER && WEAK != 16 -> !buffered[t]
        :: else -> skip
        fi;
        if /* whoever has marked it runs it, or lets it go */
        :: state[t] == DONE -> skip
        :: !(mark[t] == TAKEN && marked[t] == n) ->
            if
            :: WEAK == 8 || state[t] == IDLE -> withdrawn = true
            :: else -> skip /* a late worker let go of what another one had answered */
            fi
        fi;
        break
    :: !asked[t] -> /* wakes a worker; once it is taken, sleeps or spins */
        if
        :: WEAK == 13 || (mark[t] == TAKEN && marked[t] == n) -> skip
        :: else -> ring()
        fi;
        if
        :: mark[t] == TAKEN && marked[t] == n -> sleep()
        :: state[t] == DONE && number[t] == n -> skip
        fi;
        state[t] == DONE && number[t] == n;
        break
    od
}

/* Comes back to wait: wakes a worker when nobody has taken it, and may sleep. */
inline attend()
{
    if
    :: state[t] == DONE && number[t] == n -> skip
    :: else ->
        if
        :: mark[t] == TAKEN && marked[t] == n -> skip
        :: else -> ring()
        fi;
        if
        :: mark[t] == TAKEN && marked[t] == n -> sleep()
        :: state[t] == DONE && number[t] == n -> skip
        fi;
        state[t] == DONE && number[t] == n
    fi
}

/* Hands it over, and looks whether somebody is awake. */
inline submit()
{
    atomic { asked[t] = true; ask_number[t] = n };
    seen = awake;
    if
    :: seen == 0 -> !asked[t]; ring()
    :: else -> skip
    fi
}

proctype caller(byte t)
{
    byte n = 0, seen;
    bool withdrawn, stays, returns;

    do
    :: n < CALLS ->
        n++;
        withdrawn = false;
        if
        :: DESTROY && WEAK == 11 -> if :: closing -> break :: else -> skip fi; held[t] = true
        :: DESTROY && WEAK != 11 -> held[t] = true; if :: closing -> held[t] = false; break :: else -> skip fi
        :: !DESTROY -> skip
        fi;
        /* nobody else has anything to do with this line */
        assert(!writing[t] && !gone);
        runs[t] = 0;
        if
        :: stays = true; returns = false
        :: stays = false; returns = false
#if MANNERS > 2
        :: stays = false; returns = true
#endif
        fi;
        polled[t] = (!stays && (!returns || WEAK == 15));
        submit();
        if
        :: stays -> stay()
        :: returns -> attend()
        :: else -> state[t] == DONE && number[t] == n /* asked for now and then: wakes nobody */
        fi;
        assert(!gone);
        if
        :: withdrawn -> assert(runs[t] == 0)
        :: else -> assert(runs[t] == 1)
        fi;
        held[t] = false
    :: else -> break
    od
}

#if DESTROY
proctype destroyer()
{
    byte t;

    closing = true;
    for (t : 0 .. (CALLERS - 1)) {
        WEAK == 12 || !held[t]
    }
    gone = true
}
#endif

inline wake()
{
    if
    :: said[t] -> asleep[t] = false
    :: else -> skip
    fi
}

/* Serves task t if it is there; found says whether there was something to do. */
inline serve(t)
{
    if
    :: state[t] == ECALL ->
        n = number[t];
        if
        :: atomic { WEAK == 5 || !claim[t] -> claim[t] = true };
            found = true;
            if
            :: BARRIER || WEAK == 6 || polled[t] -> atomic { !buffered[t] -> buffered[t] = true; buffer_mark[t] = TAKEN; buffer_number[t] = n }
            :: else -> atomic { mark[t] = TAKEN; marked[t] = n }
            fi;
            if
            :: atomic { WEAK == 3 || (WEAK == 14 && polled[t]) || (state[t] == ECALL && number[t] == n) -> writing[t] = true };
                runs[t]++;
                assert(runs[t] == 1);
                if
                :: WEAK == 4 -> claim[t] = false
                :: else -> skip
                fi;
                atomic { answered[t] = true; answer_number[t] = n };
                if /* a fence, and then whether somebody sleeps */
                :: polled[t] -> !answered[t] /* nobody will; the claim's store is behind the answer's */
                :: !polled[t] && WEAK != 9 -> !answered[t]; wake()
                :: !polled[t] && WEAK == 9 -> wake(); !answered[t]
                fi
            :: else -> /* a store like any other, but nobody gains by seeing it early */
                atomic { !buffered[t]; mark[t] = LET_GO; marked[t] = n }
            fi;
            claim[t] = false
        :: else -> skip
        fi
    :: else -> skip
    fi
}

inline look()
{
    found = false;
    t = 0;
    do
    :: t < CALLERS && !found -> serve(t); t++
    :: else -> break
    od
}

proctype worker()
{
    byte t, n, seen;
    bool found;

    do
    :: look();
        if
        :: found -> skip
        :: else ->
            seen = bell;
            awake--;
            if
            :: WEAK != 1 -> look()
            :: else -> found = false
            fi;
            if
            :: found -> skip
            :: else ->
                atomic { /* futex_wait(): sleeps unless the bell has changed */
                    if
                    :: bell != seen -> goto up
                    :: else -> sleepers++
                    fi
                };
                if /* for a while, after which no store of before is in a buffer any more */
                :: atomic { rung == 1 -> rung = 0; sleepers-- }; goto up
                :: atomic { rung == 0 && !asked[0] && (CALLERS == 1 || !asked[CALLERS - 1]) -> sleepers-- }
                fi;
                if
                :: WEAK != 2 && WEAK != 1 && WEAK != 13 -> look()
                :: else -> found = false
                fi;
                if
                :: found -> goto up
                :: else -> skip
                fi;
                atomic {
                    if
                    :: bell != seen -> goto up
                    :: else -> sleepers++
                    fi
                };
end:
                atomic { rung == 1 -> rung = 0; sleepers-- }
            fi;
up:         awake++
        fi
    od
}

init
{
    byte i;

    atomic {
        awake = WORKERS;
        for (i : 0 .. (CALLERS - 1)) { run caller(i) }
        for (i : 1 .. WORKERS) { run worker() }
#if DESTROY
        run destroyer()
#endif
    }
}
