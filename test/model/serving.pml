/*
 * serving.pml - who may serve the ocalls of a slot: a worker that keeps the slot, and takes the next
 * one without a locked instruction, and the others who take it away from it: the order of steps of
 * libsecgear_urts/ocall_workers.c, over one slot. What is asked there, and answered, is in ocalls.pml.
 *
 * Memory is that of a processor with store buffers (keeper.pml). Worker 0 may keep the slot; the others,
 * workers and callers, take it once each, or twice.
 *
 * What is checked: one at a time serves, and in the end the slot can be had.
 *
 * WEAK takes one defence away, and the run must find an error:
 *   1 no barrier                              3 the keeper does not look again behind saying where it is
 *   2 nobody looks where the keeper is        4 the keeper is elsewhere before it has written
 *   5 who finds the keeper there leaves its mark
 *   6 two mark it at a time, and one takes the other's mark for its own
 */
#ifndef WEAK
#define WEAK 0
#endif
#ifndef OTHERS
#define OTHERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

#define NOBODY 0
#define SERVING 1
#define KEPT 2
#define WANTED 3

#define WORD 0
#define AT 1

byte serving = NOBODY;
bool at;
bool robbing; /* the lock of those who mark it */
byte users, ended;

chan buffer = [3] of { byte, byte }; /* the keeper's stores that others do not see yet */
byte words;                          /* so many of them to the word, ... */
byte own;                            /* ... of which this is the last */

active proctype memory()
{
    byte to, value;
end:
    do
    :: atomic {
        buffer?to, value ->
        if
        :: to == WORD -> serving = value; words--
        :: else -> at = value
        fi;
        to = 0; value = 0
    }
    od
}

inline load()
{
    atomic {
        if
        :: words > 0 -> seen = own
        :: else -> seen = serving
        fi
    }
}

inline store(value)
{
    atomic { buffer!WORD, value; words++; own = value }
}

inline use()
{
    atomic { users++; assert(users == 1) };
    users--
}

active proctype keeper()
{
    byte rounds, seen;
    bool mine;

    do
    :: rounds < ROUNDS + 1 ->
        rounds++;
        load();
        mine = seen == KEPT;
        if
        :: mine ->
            buffer!AT, 1;
            if
            :: WEAK != 3 -> load(); mine = seen == KEPT
            :: else -> skip
            fi;
            if
            :: WEAK == 4 -> buffer!AT, 0
            :: else -> skip
            fi;
            if
            :: mine && rounds == ROUNDS + 1 -> store(NOBODY); mine = false /* it goes to sleep */
            :: mine && rounds <= ROUNDS -> store(SERVING)
            :: else -> skip
            fi;
            if
            :: WEAK != 4 -> buffer!AT, 0
            :: else -> skip
            fi
        :: else ->
            atomic {
                len(buffer) == 0 ->
                if
                :: serving == NOBODY -> serving = SERVING; mine = true
                :: else -> skip
                fi
            }
        fi;
        if
        :: mine ->
            use();
            if
            :: store(KEPT)
            :: atomic { len(buffer) == 0 -> serving = NOBODY }
            fi
        :: else -> skip
        fi
    :: else -> break
    od;
    len(buffer) == 0;
    ended++
}

inline take()
{
    atomic {
        (WEAK == 6 || !robbing || serving != KEPT) ->
        robbing = robbing || serving == KEPT;
        seen = serving;
        mine = false;
        if
        :: seen == NOBODY -> serving = SERVING; mine = true
        :: seen == KEPT -> serving = WANTED
        :: else -> skip
        fi
    };
    if
    :: seen == KEPT ->
        WEAK == 1 || len(buffer) == 0;
        if
        :: WEAK != 2 && at ->
            atomic {
                if
                :: WEAK != 5 && serving == WANTED -> serving = KEPT
                :: else -> skip
                fi
            }
        :: else ->
            atomic {
                if
                :: serving == WANTED -> serving = SERVING; mine = true
                :: else -> skip
                fi
            }
        fi;
        robbing = false
    :: else -> skip
    fi
}

proctype other()
{
    byte rounds, seen;
    bool mine;

    do
    :: rounds < ROUNDS ->
        rounds++;
        take();
        if
        :: mine -> use(); serving = NOBODY
        :: else -> skip
        fi
    :: else -> break
    od;
    ended++
}

init
{
    byte i, seen;
    bool mine;

    atomic {
        for (i : 1 .. OTHERS) { run other() }
    };
    ended == OTHERS + 1;
    take();
    assert(mine)
}
