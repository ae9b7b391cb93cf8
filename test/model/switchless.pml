/*
 * switchless.pml - who calls and who works meet over one word for each task, a bell and a counter of
 * those awake: the order of steps of common/wire/board.h, as task_wait.c and worker.c take them.
 *
 * Memory is that of a processor with store buffers: a plain store waits in its process's buffer until
 * an atomic exchange, which empties the buffer first, or until it happens to drain. So a fence that
 * is missing shows. Each caller makes CALLS calls over a task of its own; it may grow impatient at
 * any moment, and then withdraws. A worker looks, serves, sleeps.
 *
 * What is checked:
 *   - a call is run at most once: the worker asserts that nobody ran it, the caller that it was run
 *     exactly once when it says so, and not at all when it was withdrawn
 *   - a task is not used again while a worker may still write to it
 *   - no call is left while every worker sleeps: an end state in which a caller waits is an error
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 the worker does not look again before it sleeps     4 the claim is given back before the answer
 *   2 the caller does not look who is awake after a fence 5 no claim at all
 *   3 the worker does not look at the word again          6 the mark is a plain store
 *   7 the bell does not change: only who sleeps is woken
 *   8 the caller does not look at the word again, once nobody has marked the task
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

/* The mark, when it is a plain store, is seen by others later: it waits here. */
bool buffered[CALLERS];
byte buffer_mark[CALLERS], buffer_number[CALLERS];

#define DRAIN(t)                                                                                   \
    atomic {                                                                                       \
        buffered[t] -> mark[t] = buffer_mark[t]; marked[t] = buffer_number[t]; buffered[t] = false \
    }

/* Any buffered store may drain at any moment. */
active proctype memory()
{
end:
    do
    :: DRAIN(0)
#if CALLERS > 1
    :: DRAIN(1)
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

proctype caller(byte t)
{
    byte n = 0, seen;
    bool withdrawn;

    do
    :: n < CALLS ->
        n++;
        withdrawn = false;
        /* nobody else has anything to do with this line */
        assert(!writing[t]);
        runs[t] = 0;
        if
        :: WEAK != 2 -> atomic { number[t] = n; state[t] = ECALL }; seen = awake
        :: else -> seen = awake; atomic { number[t] = n; state[t] = ECALL }
        fi;
        if
        :: seen == 0 -> ring()
        :: else -> skip
        fi;
        do
        :: state[t] == DONE && number[t] == n -> break
        :: true -> /* impatient: take it back */
            if
            :: atomic { state[t] == ECALL -> state[t] = IDLE };
               if /* whoever has marked it runs it, or lets it go */
               :: state[t] == DONE -> skip
               :: !(mark[t] == TAKEN && marked[t] == n) ->
                   if
                   :: WEAK == 8 || state[t] == IDLE -> withdrawn = true
                   :: else -> skip /* a late worker let go of what another one had answered */
                   fi
               fi;
               break
            :: atomic { state[t] == DONE -> skip }; break
            fi
        :: true -> /* patient, or asynchronous: nobody wakes another worker */
            state[t] == DONE;
            break
        od;
        if
        :: withdrawn -> assert(runs[t] == 0)
        :: else -> assert(runs[t] == 1)
        fi
    :: else -> break
    od
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
            :: WEAK == 6 -> atomic { !buffered[t] -> buffered[t] = true; buffer_mark[t] = TAKEN; buffer_number[t] = n }
            :: else -> atomic { mark[t] = TAKEN; marked[t] = n }
            fi;
            if
            :: atomic { WEAK == 3 || (state[t] == ECALL && number[t] == n) -> writing[t] = true };
                runs[t]++;
                assert(runs[t] == 1);
                if
                :: WEAK == 4 -> claim[t] = false
                :: else -> skip
                fi;
                atomic { state[t] = DONE; number[t] = n; writing[t] = false }
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
    }
}
