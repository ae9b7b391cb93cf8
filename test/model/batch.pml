/*
 * batch.pml - a task that carries many calls, and how long it is whose: libsecgear_urts/batch.c,
 * libsecgear_trts/batch.c, and the word that says who holds a task (switchless.c), against an enclave
 * that is destroyed meanwhile and made again in the same place.
 *
 * There is one task. OWNERS have a batch each, of the first enclave: they fill it with PARTS calls,
 * submit it, look for results, and do so ROUNDS times. An asker has made an asynchronous call to the first enclave, and asks for its result by its
 * number, of whichever enclave there is. A destroyer ends the first enclave at any moment, and makes the
 * second. A worker of the enclave that there is takes what it finds. With SPOILT, one call of a batch
 * does not fit its frames, and with HOSTILE the host changes that at any moment.
 * How who waits is woken is in switchless.pml: here a wait just ends.
 *
 * What is checked:
 *   - each call of a batch is run once, by the enclave that the batch is of, and no result is read before
 *     all of them are done; a result is its own call's
 *   - of a batch that does not fit its frames no call is run, whatever the host writes meanwhile
 *   - nothing of an enclave is used once its destroy is over, and that ends
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 the task is put down before it is handed over    2 it is taken up again by a plain store
 *   3 destroy takes a task from who looks for results  4 ... from who fills it
 *   5 the answer stands before the last call is done   6 calls are run before all are checked (SPOILT)
 *   7 calls are read from the frames again after they were checked (HOSTILE)
 *   8 a batch is submitted to whichever enclave there is
 *   9 numbers of calls begin anew in the second enclave
 *  10 who takes a task looked before that whether the enclave is closing
 */
#ifndef WEAK
#define WEAK 0
#endif
#ifndef OWNERS
#define OWNERS 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef SPOILT
#define SPOILT 0
#endif
#ifndef HOSTILE
#define HOSTILE 0
#endif
#define PARTS 2
#define ASKER OWNERS

/* Who holds the task, and the number of its call: one word. */
#define ABSENT 0
#define FREE 1
#define HELD 2
#define ASYNC 3
#define BATCH 4
#define FETCHED 5
byte holder, number;

/* The place: which enclave it is, and whether it is closing: one word. */
byte use = 1;
bool closing;

/* The task's word, and its frames. */
#define IDLE 0
#define ECALL 1
#define DONE 2
byte state, called;
bool odd;              /* a call that does not fit */
byte whose, round;     /* only for assertions, like these: */
bool gone;             /* the enclave's memory; a new one has memory of its own */
bool refused;          /* as it was handed over, and nobody changed it */
byte done[OWNERS + 1]; /* calls that were run, of the batch that is on its way */

inline frames_touch()
{
    assert(!gone && use == mine)
}

/* Takes it for a call; then looks whether there still is an enclave to call. */
inline take(what)
{
    got = false;
    if
    :: WEAK == 10 && (closing || use != mine) -> skip
    :: else ->
        if
        :: atomic { holder == FREE -> holder = HELD; number++; n = number };
            if
            :: WEAK == 10 || (!closing && (use == mine || (WEAK == 8 && what == BATCH))) -> got = true
            :: else -> holder = FREE
            fi
        :: else -> skip
        fi
    fi
}

/* Takes it up again. */
inline regain(from)
{
    got = false;
    if
    :: WEAK == 2 && holder == from && number == n -> holder = FETCHED; got = true
    :: atomic { WEAK != 2 && holder == from && number == n -> holder = FETCHED }; got = true
    :: !(holder == from && number == n) -> skip
    fi;
    if
    :: got && (closing || use != asks) -> holder = from; got = false; over = true
    :: else -> skip
    fi
}

inline submit(me, what)
{
    atomic {
        assert(!gone);
        whose = me;
        round = rounds;
        done[me] = 0
    };
    if
    :: SPOILT && what == BATCH -> odd = true; refused = true
    :: odd = false; refused = false
    fi;
    if
    :: WEAK == 1 -> holder = what
    :: else -> skip
    fi;
    atomic { assert(!gone); state = ECALL; called = n };
    if
    :: WEAK != 1 -> holder = what
    :: else -> skip
    fi
}

inline results_read(me)
{
    atomic {
        frames_touch();
        assert(whose == me && round == rounds && called == n);
        assert(refused || HOSTILE || done[me] == PARTS)
    }
}

/* ------------------------------------------------------------------------------------- owners */

/* Until all calls are done, or only up to now; over: it can't be had any more. */
inline hear(me, from)
{
    asks = mine;
    over = (closing || use != mine);
    if
    :: over -> skip
    :: else ->
        regain(from);
        if
        :: got ->
            if
            :: state == DONE && called == n -> results_read(me); heard = true; holder = FREE
            :: !(state == DONE && called == n) -> holder = from
            fi
        :: else -> over = true
        fi
    fi
}

proctype owner(byte me)
{
    byte rounds, n, asks, mine = 1;
    bool got, over, heard, sent;

    do
    :: rounds < ROUNDS && !over ->
        rounds++;
        heard = false;
        sent = false;
        do
        :: !sent -> /* a full pool is asked again later */
            take(BATCH);
            if
            :: got -> submit(me, BATCH); sent = true
            :: !got && (closing || use != mine) -> over = true; break
            :: !got && !closing && use == mine && !sent && holder == FREE -> skip
            :: !got && !closing && use == mine && !sent && holder == ABSENT -> skip
            fi
        :: sent && !heard && !over -> hear(me, BATCH)
        :: heard || over -> break
        od
    :: else -> break
    od
}

proctype asker()
{
    byte rounds = 1, n, asks, mine = 1;
    bool got, over, heard;

    take(ASYNC);
    if
    :: got ->
        submit(ASKER, ASYNC);
        do
        :: !heard && !over -> hear(ASKER, ASYNC)
        :: else -> break
        od;
        if
        :: over && !heard && use == 2 && !closing -> /* the second enclave is asked for it */
            asks = 2;
            regain(ASYNC);
            if
            :: got -> assert(false)
            :: else -> skip
            fi
        :: else -> skip
        fi
    :: else -> skip
    fi
}

/* ---------------------------------------------------------------------------------- destroyer */

/* Bars new calls, takes away the task unless somebody is at it, and makes the second enclave. */
proctype destroyer()
{
    byte rounds = 1, n, mine = 2, asks;
    bool got, over;

    closing = true;
    do
    :: atomic {
            (holder == FREE || holder == ASYNC || holder == BATCH || (WEAK == 3 && holder == FETCHED) ||
             (WEAK == 4 && holder == HELD)) -> holder = ABSENT
        };
        break
    od;
    gone = true;
    if
    :: WEAK == 9 -> number = 0
    :: else -> skip
    fi;
    atomic { state = IDLE; odd = false; use = 2; gone = false; holder = FREE; closing = false };
    take(ASYNC); /* and calls it */
    if
    :: got -> submit(ASKER, ASYNC)
    :: else -> skip
    fi
}

/* ------------------------------------------------------------------------------------- worker */

/* One at a time (switchless.pml), of the enclave that there is: it ends with that. */
active proctype worker()
{
    byte part, serves, n;
    bool seen;

end:
    do
    :: atomic { state == ECALL -> n = called; serves = use; seen = odd };
        if
        :: seen && WEAK != 6 -> skip
        :: else ->
            part = 0;
            do
            :: part < PARTS && use == serves && !gone ->
                atomic {
                    if
                    :: WEAK == 7 -> assert(!odd)
                    :: else -> skip
                    fi;
                    if
                    :: use == serves && !gone && called == n ->
                        assert(!(seen && part == 1) || WEAK == 6);
                        assert(whose == ASKER || use == 1);
                        done[whose]++;
                        assert(!refused || HOSTILE);
                        assert(done[whose] <= PARTS)
                    :: else -> skip
                    fi
                };
                if
                :: WEAK == 5 && part == 0 -> atomic { use == serves && !gone && called == n -> state = DONE }
                :: else -> skip
                fi;
                part++
            :: else -> break
            od
        fi;
        atomic {
            if
            :: use == serves && !gone && called == n -> state = DONE
            :: else -> skip
            fi;
            part = 0; serves = 0; n = 0; seen = false
        }
    od
}

#if HOSTILE
active proctype host()
{
end:
    do
    :: odd = !odd
    od
}
#endif

init
{
    byte i;

    atomic {
        holder = FREE;
        for (i : 0 .. (OWNERS - 1)) { run owner(i) }
        run asker();
        run destroyer()
    }
}
