/*
 * ocalls.pml - quick ocalls (transition_using_threads) of an ordinary call: the call's own slot, an
 * enclave that asks, a caller who sleeps on the slot, and workers of the host (num_uworkers), who
 * answer meanwhile. The order of steps is that of libsecgear_trts/quick.c and of slot_wait(),
 * ocall_workers.c and ocalls_close() on the host's side.
 *
 * One caller makes CALLS calls, one after the other over the same slot; each asks for up to OCALLS
 * ocalls, quick ones and ordinary ones; then the workers are told to end. The enclave's plain store
 * of a quick ocall waits in its store buffer (switchless.pml). With DEATH the enclave may be killed
 * at any moment, and the device says so. With HOSTILE it writes OCALL and ECALL_DONE when it likes.
 * Not in here: calls from within an ocall, and a second slot.
 *
 * What is checked:
 *   - each ocall is run once, by a worker or by the caller, before the enclave sees its answer
 *   - no ocall runs when its call is over, and each is run by the functions of its own call
 *   - nobody sleeps for ever: not the enclave whose ocall was answered, not the caller who has to
 *     answer or whose enclave has died, not a worker that should end (invalid end states)
 *   - no worker touches a slot after the workers' end
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 who claimed an ocall does not look again whether it still stands
 *   2 no claim at all
 *   3 the enclave does not wake its caller when no worker comes
 *   4 the caller wakes nobody when it has answered
 *   5 a worker does not look for a sleeper   6 it wakes one only: the caller sleeps there as well
 *   7 the end of a call does not wait for whoever serves (HOSTILE)
 *   8 the end of a call leaves its functions where workers find them (HOSTILE)
 *   9 a worker lets go before it answers    10 the caller lets go before it answers
 *  11 a worker looks for functions before it claims
 *  12 quick ocalls have no number: who is about to sleep over one sleeps over the next
 *  13 the caller looks whether the enclave is gone before it reads the word (DEATH)
 *  14 the bell rings before workers are told to end
 *  15 who came late for an ocall lets go without another look: who came for the next one found it taken
 *  16 a caller whose claim fails sleeps over an ordinary ocall, for which nobody will wake it
 * and two that are only speed, for the enclave wakes its caller anyway, which must not:
 *  20 a worker does not look again before it sleeps       21 the bell does not change
 */
#ifndef WEAK
#define WEAK 0
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef CALLS
#define CALLS 2
#endif
#ifndef OCALLS
#define OCALLS 2
#endif
#ifndef DEATH
#define DEATH 0
#endif
#ifndef HOSTILE
#define HOSTILE 0
#endif

#define IDLE 0
#define ECALL 1
#define OCALL 2
#define OCALL_DONE 3
#define ECALL_DONE 4

byte state;                  /* the slot's word: who speaks ... */
bool quick, waited, marked;  /* ... and QUICK, WAITED, DEAD ... */
byte number;                 /* ... and of a quick ocall, which one */
bool buffered;               /* OCALL | QUICK is in the enclave's store buffer ... */
byte asked;                  /* ... with this number */
bool caller_asleep, enclave_asleep; /* on the word */
bool serving;                /* who serves the ocall holds this */
byte functions;              /* where workers find them: of which call; 0: none */
byte bell, awake, sleepers;
bit rung;
bool stop, killed, dead;
byte ended;                  /* workers */
/* only for assertions */
byte now;                    /* the call that is on its way; 0: none */
byte runs, running;          /* of the ocall that stands; at this moment */
bool gone;                   /* the workers' end is over */

/* Whoever says something takes every flag away. */
inline say(what)
{
    state = what; quick = false; waited = false; marked = false; number = 0
}

inline wake_all()
{
    atomic { caller_asleep = false; enclave_asleep = false }
}

inline wake_one()
{
    atomic {
        if
        :: caller_asleep -> caller_asleep = false
        :: enclave_asleep -> enclave_asleep = false
        :: !caller_asleep && !enclave_asleep -> skip
        fi
    }
}

active proctype memory()
{
end:
    do
    :: atomic { buffered -> say(OCALL); quick = true; number = asked; buffered = false }
    od
}

/* Of the call whose functions were found. */
inline execute(found)
{
    atomic {
        assert(!gone);
        running++;
        runs = (HOSTILE -> 1 : runs + 1);
        assert(runs == 1);
        assert(found == now)
    };
    running--
}

/* ------------------------------------------------------------------------------------ enclave */

inline ring()
{
    atomic {
        if
        :: WEAK != 21 -> bell++
        :: else -> skip
        fi;
        if
        :: sleepers > 0 && !rung -> rung = 1
        :: else -> skip
        fi
    }
}

/* Until it reads so; it sleeps as long as the word stays. */
inline enclave_await(what)
{
    do
    :: state == what && !marked -> break
    :: atomic { !(state == what && !marked) -> enclave_asleep = true };
        !enclave_asleep
    od
}

/* The same, having said that it sleeps; the exchange fails when the word has changed. */
inline quick_await()
{
    do
    :: state == OCALL_DONE && !marked -> break
    :: atomic { !(state == OCALL_DONE && !marked) -> waited = true };
        atomic {
            if
            :: waited -> enclave_asleep = true
            :: else -> skip
            fi
        };
        !enclave_asleep
    od
}

inline ordinary_ask()
{
    atomic { runs = 0; say(OCALL) };
    wake_one();
    enclave_await(OCALL_DONE)
}

inline quick_ask()
{
    atomic { runs = 0; asked = (WEAK == 12 -> 0 : asked + 1); buffered = true };
    seen = awake;
    if
    :: seen == 0 -> !buffered; ring()
    :: else -> spun = true
    fi;
    seen = 0;
    if
    :: atomic { spun && !buffered && state != OCALL -> spun = false } /* seen while it spun */
    :: atomic { !buffered -> spun = false };
        if
        :: WEAK != 3 -> wake_one()
        :: else -> skip
        fi;
        quick_await()
    fi
}

#if HOSTILE
active proctype enclave()
{
end:
    do
    :: atomic { say(OCALL) }; wake_all()
    :: atomic { say(OCALL); quick = true }; wake_all()
    :: atomic { say(ECALL_DONE) }; wake_all()
    od
}
#else
active proctype enclave()
{
    byte k, seen;
    bool spun;

    {
        do
        :: state == ECALL && !marked ->
            k = 0;
            do
            :: k < OCALLS -> k++;
                if
                :: quick_ask()
                :: ordinary_ask()
                fi;
                assert(runs == 1)
            :: break
            od;
            atomic { say(ECALL_DONE) };
            wake_one()
        :: atomic { !(state == ECALL && !marked) -> enclave_asleep = true };
end:        !enclave_asleep
        od
    } unless { killed }
}
#endif

#if DEATH
/* Flags first, then the word, then whoever sleeps on it. */
active proctype device()
{
    killed = true;
    dead = true;
    atomic { marked = true };
    wake_all()
}
#endif

/* ------------------------------------------------------------------------------------- caller */

/* Whether the ocall is ours now: nobody else has it, and it still stands. */
inline claim(stands)
{
    do
    :: atomic { WEAK == 2 || !serving -> serving = true };
        if
        :: WEAK == 1 || (stands) -> ours = true; break
        :: else -> serving = false
        fi;
        if
        :: WEAK != 15 && (stands) -> skip
        :: else -> break
        fi
    :: else -> break
    od
}

inline sleep()
{
    atomic {
        if
        :: state == s && quick == q && waited == w && marked == m && number == k -> caller_asleep = true
        :: else -> skip
        fi;
        s = 0; q = false; w = false; m = false; k = 0
    };
    !caller_asleep
}

/* slot_wait(): an ocall that is ours, the end of the call, or of the enclave. */
inline hear()
{
    do
    ::
#if DEATH
        was_dead = dead;
#endif
        atomic { s = state; q = quick; w = waited; m = marked; k = number };
        ours = false;
        if
        :: s == OCALL && !m -> claim(state == OCALL && !marked)
        :: else -> skip
        fi;
        if
        :: ours || (s == ECALL_DONE && !m) -> break
        :: WEAK != 16 && !ours && s == OCALL && !q && !w && !m -> skip /* a worker is about to let go */
        :: else ->
            if
            :: WEAK == 13 && was_dead -> break
            :: WEAK != 13 && dead -> was_dead = true; break
            :: else -> was_dead = false; sleep()
            fi
        fi
    od
}

inline serve()
{
    execute(n);
    if
    :: WEAK == 10 -> serving = false
    :: else -> skip
    fi;
    atomic { say(OCALL_DONE) };
    if
    :: WEAK != 4 -> wake_one()
    :: else -> skip
    fi;
    if
    :: WEAK != 10 -> serving = false
    :: else -> skip
    fi
}

inline close()
{
    if
    :: WEAK != 7 -> atomic { !serving -> serving = true }
    :: else -> skip
    fi;
    if
    :: WEAK != 8 -> functions = 0
    :: else -> skip
    fi;
    serving = false;
    atomic { assert(running == 0); now = 0 }
}

active proctype caller()
{
    byte n = 0, s, k;
    bool q, w, m, ours, was_dead = false;

    do
    :: n < CALLS && !was_dead ->
        n++;
        atomic { now = n; functions = n };
        atomic { say(ECALL) };
        wake_one();
        do
        :: hear();
            if
            :: ours -> serve()
            :: else -> break
            fi
        od;
        close()
    :: else -> break
    od;
    if
    :: WEAK != 14 -> stop = true
    :: else -> skip
    fi;
    atomic { bell++; rung = (sleepers > 0 -> 1 : rung) };
    stop = true;
    ended == WORKERS;
    gone = true
}

/* ------------------------------------------------------------------------------------ workers */

inline answer()
{
    if
    :: WEAK == 9 -> serving = false
    :: else -> skip
    fi;
    atomic { w = waited; say(OCALL_DONE) };
    if
    :: w && WEAK != 5 && WEAK != 6 -> wake_all()
    :: w && WEAK == 6 -> wake_one()
    :: else -> skip
    fi;
    w = false;
    if
    :: WEAK != 9 -> serving = false
    :: else -> skip
    fi
}

inline look()
{
    found = false;
    if
    :: state == OCALL && quick && !marked ->
        if
        :: WEAK == 11 -> table = functions
        :: else -> skip
        fi;
        claim(state == OCALL && quick && !marked);
        if
        :: ours ->
            found = true;
            if
            :: WEAK != 11 -> table = functions
            :: else -> skip
            fi;
            if
            :: table != 0 -> execute(table)
            :: else -> assert(HOSTILE || dead) /* refused: there are no functions */
            fi;
            table = 0;
            ours = false;
            answer()
        :: else -> skip
        fi
    :: else -> skip
    fi
}

/* Ready for ever, or until it is told to end; all of them are rung for then, one after the other. */
active [WORKERS] proctype worker()
{
    byte table, seen;
    bool found, ours, w;

    do
    :: stop -> break
    :: else ->
        awake++;
        look();
        found = false;
        seen = bell;
        awake--;
        if
        :: WEAK != 20 -> look()
        :: else -> found = false
        fi;
        if
        :: atomic { found || stop -> seen = 0; found = false }
        :: else ->
            atomic {
                if
                :: bell != seen -> seen = 0; goto up
                :: else -> seen = 0; sleepers++
                fi
            };
end:        atomic { rung == 1 -> rung = (stop && sleepers > 1 -> 1 : 0); sleepers-- };
up:         skip
        fi
    od;
    ended++
}
