/*
 * keeper.pml - a task that a thread keeps, and writes to without a locked instruction, and the others
 * who take it away from it: the order of steps of libsecgear_urts/keeper.h, over one task.
 *
 * Memory is that of a processor with store buffers: a plain store waits in its thread's buffer, behind
 * those before it, until it happens to drain or its thread does a locked instruction. The barrier
 * ends when each buffer has been empty once. Each thread tries ROUNDS times to have the task: for a
 * call, which it gives back or leaves as one whose result is to be fetched; or to fetch such a
 * result, whoever asked for it. If it keeps it, it may do either in one go, while it says that it is
 * at it, without a word that says that it is held. Who finds it idle with another thread, or its
 * result, takes it away from it. With DESTROY, somebody destroys the enclave meanwhile.
 *
 * What is checked: one thread at a time has the task, none once the enclave is gone; and in the end
 * it is nobody's, and can be had.
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 no barrier                               4 who gives it back does not look again
 *   2 nobody looks what the keeper is at       5 the keeper is at nothing before it has written
 *   3 the keeper says that it is at the task and does not look whose it is
 *   6 who takes it away leaves no mark: it seems to be nobody's at once
 *   7 who takes it away, and finds that it can not, leaves it nobody's
 *   8 destroy takes it away from nobody
 *   9 it is nobody's before it is free
 */
#ifndef WEAK
#define WEAK 0
#endif
#ifndef THREADS
#define THREADS 2
#endif
#ifndef ROUNDS
#define ROUNDS 3
#endif
#ifndef DESTROY
#define DESTROY 0
#endif

#define ABSENT 0
#define FREE 1
#define HELD 2
#define ASYNC 3
#define FETCHED 4
#define KEPT 5

#define NOBODY 0
#define WANTED 8 /* added to the keeper's number, from 1 */

#define WORD 0
#define AT 1

byte state = FREE, number; /* the holder's word: changed at once */
byte keeper = NOBODY;
bool at[THREADS];
bool robbing; /* the lock */
bool closing, gone;
byte users, ended;

/* The stores of each thread that others do not see yet: to what, the state or whether, the number. */
chan buffer[THREADS] = [3] of { byte, byte, byte };
byte words[THREADS]; /* so many of them to the word, ... */
byte own_state[THREADS], own_number[THREADS]; /* ... of which these are the last */

inline drain(t)
{
    atomic {
        buffer[t]?to, value, with ->
        if
        :: to == WORD -> state = value; number = with; words[t]--
        :: else -> at[t] = value
        fi;
        to = 0; value = 0; with = 0
    }
}

active proctype memory()
{
    byte to, value, with;
end:
    do
    :: drain(0)
    :: drain(1)
#if THREADS > 2
    :: drain(2)
#endif
    od
}

#define EMPTY(t) (len(buffer[t]) == 0)

inline store_word(s, n)
{
    atomic { buffer[me]!WORD, s, n; words[me]++; own_state[me] = s; own_number[me] = n }
}

inline load_word()
{
    atomic {
        if
        :: words[me] > 0 -> seen = own_state[me]; seen_number = own_number[me]
        :: else -> seen = state; seen_number = number
        fi
    }
}

/* With a locked instruction. */
inline swap_word(from, from_number, next, next_number)
{
    atomic {
        EMPTY(me) ->
        done = state == from && number == from_number;
        if
        :: done -> state = next; number = next_number
        :: else -> skip
        fi
    }
}

inline use()
{
    atomic { users++; assert(users == 1); assert(!gone) };
    users--
}

/* keeper_moves(); or in one go, switchless_values_submit() and number_fetch_kept() */
inline moves(from, from_number, next, next_number, in_one_go)
{
    done = keeper == me + 1;
    if
    :: done ->
        buffer[me]!AT, 1, 0;
        if
        :: WEAK != 3 -> done = keeper == me + 1
        :: else -> skip
        fi;
        load_word();
        done = done && seen == from && seen_number == from_number;
        if
        :: WEAK == 5 -> buffer[me]!AT, 0, 0
        :: else -> skip
        fi;
        if
        :: done && in_one_go -> use()
        :: else -> skip
        fi;
        if
        :: done -> store_word(next, next_number)
        :: else -> skip
        fi;
        if
        :: WEAK != 5 -> buffer[me]!AT, 0, 0
        :: else -> skip
        fi
    :: else -> skip
    fi
}

/* Who robs does so with locked instructions alone. */
inline rob(every, whose)
{
    atomic { !robbing -> robbing = true };
    victim = 0;
    atomic {
        EMPTY(me) ->
        if
        :: keeper != NOBODY && (every || (whose != 0 && keeper == whose) || (whose == 0 && state == KEPT)) ->
            victim = keeper;
            keeper = (WEAK == 6 -> NOBODY : keeper + WANTED)
        :: else -> skip
        fi
    };
    if
    :: victim != 0 ->
        if
        :: WEAK != 1 ->
            EMPTY(0);
            EMPTY(1);
#if THREADS > 2
            EMPTY(2)
#endif
        :: else -> skip
        fi;
        if
        :: WEAK != 2 && at[victim - 1] ->
            if
            :: WEAK == 6 && keeper == NOBODY -> keeper = victim
            :: WEAK == 7 -> keeper = NOBODY
            :: else -> keeper = victim
            fi
        :: else ->
            if
            :: WEAK == 9 -> keeper = NOBODY
            :: else -> skip
            fi;
            atomic {
                if
                :: state == KEPT -> state = FREE
                :: else -> skip
                fi
            };
            keeper = NOBODY
        fi
    :: else -> skip
    fi;
    victim = 0;
    robbing = false
}

inline give()
{
    if
    :: keeper == me + 1 ->
        store_word(KEPT, mine);
        if
        :: WEAK != 4 && keeper != me + 1 -> swap_word(KEPT, mine, FREE, mine)
        :: else -> skip
        fi
    :: else -> store_word(FREE, mine)
    fi
}

/* A call, over a task that was just taken; it may be kept from then on. */
inline call()
{
    mine = seen_number + 1;
    use();
    if
    :: atomic { EMPTY(me) && keeper == NOBODY -> keeper = me + 1 }
    :: skip
    fi;
    if
    :: give()
    :: store_word(ASYNC, mine)
    fi
}

inline fetch()
{
    mine = seen_number;
    use();
    if
    :: give()
    :: store_word(ASYNC, mine) /* it is not finished */
    fi
}

proctype thread(byte me)
{
    byte rounds, seen, seen_number, mine, victim;
    bool done;

    do
    :: rounds < ROUNDS ->
        rounds++;
        load_word();
        if
        :: seen == KEPT ->
            mine = seen_number;
            if
            :: moves(KEPT, mine, HELD, mine + 1, true); /* it may begin with its call before that */
                if
                :: done -> call()
                :: else -> rob(false, 0)
                fi
            :: moves(KEPT, mine, ASYNC, mine + 1, true)
            fi
        :: seen == FREE ->
            mine = seen_number;
            swap_word(FREE, mine, HELD, mine + 1);
            if
            :: done && closing -> mine = mine + 1; give()
            :: done && !closing -> call()
            :: else -> skip
            fi
        :: seen == ASYNC ->
            mine = seen_number;
            if
            :: keeper == NOBODY ->
                swap_word(ASYNC, mine, FETCHED, mine);
                if
                :: done && closing -> store_word(ASYNC, mine)
                :: done && !closing -> seen_number = mine; fetch()
                :: else -> skip
                fi
            :: keeper == me + 1 ->
                if
                :: moves(ASYNC, mine, FETCHED, mine, false);
                    if
                    :: done -> seen_number = mine; fetch()
                    :: else -> skip
                    fi
                :: moves(ASYNC, mine, KEPT, mine, true)
                fi
            :: else -> victim = keeper & 7; rob(false, victim)
            fi
        :: else -> skip
        fi;
        seen = 0; seen_number = 0; mine = 0; done = false
    :: else -> break
    od;
    EMPTY(me);
    ended++
}

inline close()
{
    if
    :: WEAK != 8 -> rob(true, 0)
    :: else -> skip
    fi;
    atomic {
        if
        :: (WEAK == 8 || keeper == NOBODY) && (state == FREE || state == ASYNC || state == KEPT) ->
            state = ABSENT;
            gone = true
        :: else -> skip
        fi
    }
}

active proctype others()
{
    byte me = 0, victim;

    atomic {
        run thread(0);
        run thread(1);
#if THREADS > 2
        run thread(2)
#endif
    };
#if DESTROY
    closing = true;
    close();
    if
    :: !gone -> close()
    :: else -> skip
    fi;
#endif
    ended == THREADS;
#if DESTROY
    if
    :: !gone -> close()
    :: else -> skip
    fi;
    assert(gone)
#else
    rob(false, 0);
    assert(state == FREE || state == ASYNC)
#endif
}
