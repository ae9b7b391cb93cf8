/*
 * sc2.pml - the handshake and DESTROY of the secure channel SC2 (docs/protocol.md) against an intruder
 * who is the network and the host. Messages and fields have the names of common/wire/sc2.h; what is
 * shown with which bounds stands in docs/formal/README.md.
 *
 * The intruder is Dolev and Yao's: it reads, drops, repeats, swaps and makes up messages, and computes
 * whatever can be computed from what it has. There is no process for it: whoever waits for a message
 * gets any that the intruder can make then (the inlines make_*). Terms are not strings but the choices
 * that they were made from: an atom names the one who drew a nonce, a share or a session id, and what
 * is derived - th1, th2, th3, hs, binder, fin_s, fin_c, ack, user_data - is equal when its inputs are.
 * A derived value can be sent when somebody honest sent the equal one, or when the intruder knows Z.
 * What an honest end would refuse for certain need not be sent: it would only end that session.
 *
 * Who there is: CLIENTS sessions of honest clients; TAS sessions of honest enclaves on device D1, each
 * of uuid U1 or U2, some of which speak the BROKEN suite only; the intruder as a client; its own TAs on
 * D1, with any uuid and purpose; an honest image that it debugs; an honest enclave that signs any user
 * data for its host, but with purpose app; reports that the host asks D1 for; and D2, a genuine device
 * whose attestation key the intruder has from the start. A BROKEN suite does not keep Z secret.
 *
 * What is checked, at each step:
 *   secrecy         Z of a client that accepts, and of an enclave with an honest client, is nobody else's
 *   forward secrecy the same when D1's attestation key and static keys leak later
 *   authentication  a client that accepts agrees with exactly one session of an enclave on everything
 *                   in th2: suites, uuid, nonces, shares, session id, evidence; a client that opens, on
 *                   th3; an enclave that establishes with an honest share, or with CLIENT_KEY, agrees
 *                   with exactly one client on th3. Nonces are fresh, hence each agreement is injective
 *   separation      what a client accepts was said by an enclave, for the purpose channel, about the
 *                   uuid asked for, listed, not in debug
 *   no downgrade    who wants STRONG ends on BROKEN with an enclave that speaks nothing else
 *   no relay        two ends with the same keys name the same device, uuid, measurement and session
 *   DESTROY         a session with an honest client ends by that client's DESTROY only
 * A client that accepts D2 has accepted whatever the intruder wants to be there: secrecy,
 * authentication and separation are promised for D1. No relay holds for D2 as well.
 *
 * Two environment variables: WEAK takes one defence away, and LOOK names the property that must be
 * found broken then; without it all are looked at. The list stands in sc2.sh.
 */
#ifndef CLIENTS
#define CLIENTS 1
#endif
#ifndef TAS
#define TAS 1
#endif
#ifndef RETRY
#define RETRY 1 /* 0: one suite, none of it broken; for larger bounds */
#endif

c_decl {
\#include <stdlib.h>
}
byte weak, look;

#define W_NONCE_ONLY 1    /* user_data is a hash of nonce_c and nothing else */
#define W_ORIGIN 2        /* the client does not look at the origin ... */
#define W_PURPOSE 3       /* ... the purpose ... */
#define W_UUID 4          /* neither end compares uuids */
#define W_MEASUREMENT 5   /* ... the measurement ... */
#define W_DEBUG 6         /* ... debug */
#define W_SUITES 7        /* th0 does not cover suites and RETRIED */
#define W_SESSION_ID 8    /* th1 does not cover session_id */
#define W_EVIDENCE 9      /* th2 does not cover evidence */
#define W_SPLIT 10        /* evidence passes through the host, and the enclave does not look at it again */
#define W_FIN_C 11        /* the enclave does not check fin_c */
#define W_STATIC 12       /* the enclave has one key for all sessions */
#define W_DESTROY 13      /* the enclave believes any DESTROY */
#define W_USER_DATA 14    /* the client does not compare user_data */
#define W_CHAIN 15        /* the client takes any chain */
#define W_FIN_S 16        /* the client does not check fin_s */
#define W_SPLIT_PART 17   /* as W_SPLIT, but the enclave compares all but device and measurement */
#define W_CLIENT_KEY 18   /* the client's signature covers no transcript */
#define W_RETRIED 19      /* the enclave does not look at RETRIED */
#define W_ACK 20          /* the client does not check ack */
/* One of two defences: nothing must be found. */
#define W_UUID_CLIENT 30  /* the client does not compare uuids, the enclave does ... */
#define W_UUID_ENCLAVE 31 /* ... the other way round */
#define W_SPLIT_WHOLE 32  /* as W_SPLIT, but the enclave compares the whole body */
#define W_BINDER 33       /* user_data covers th1 alone */
/* No weakening: honest ends must get there, else the properties say nothing. */
#define W_REACH_CLOSED 50 /* HELLO to DESTROY */
#define W_REACH_RETRY 51  /* open after a RETRY, with an enclave that speaks BROKEN only */
#define W_REACH_D2 52     /* the intruder is an enclave on D2 */
#define W_REACH_KEY 53    /* an enclave knows its client by the key */

/* What a field can hold. 0 is nothing. */
#define STRONG 1       /* suite */
#define BROKEN 2
#define OFFER_S 1      /* suites, most wanted first */
#define OFFER_SB 2
#define OFFER_BS 3
#define U1 1           /* uuid */
#define U2 2
#define D1 1           /* device, by its chain */
#define D2 2
#define FAKE 3
#define TA 1           /* origin */
#define REE 2
#define APP 1          /* purpose */
#define CHANNEL 2
#define LISTED 1       /* measurement: the one that the policy has for this uuid */
#define UNLISTED 2

/* Atoms: the intruder's own, two of each client (one for HELLO after RETRY), one of each enclave. */
#define INTRUDER 1
#define ATOM_CLIENT(c, again) (2 + 2 * (c) + (again))
#define ATOM_TA(t) (2 + 2 * CLIENTS + (t))
#define ATOMS ATOM_TA(TAS)
#define IS_CLIENT(a) ((a) >= 2 && (a) < ATOM_TA(0))

/* Ends: clients, then enclaves. */
#define END(t) (CLIENTS + (t))

/* What an end has seen of its session: the inputs of th0, th1, th2, th3. All zero once refused. */
typedef View {
    byte suites;      /* HELLO */
    byte retried;
    byte uuid;
    byte nonce_c;
    byte pk_c;
    byte suite;       /* R */
    byte session_id;
    byte nonce_s;
    byte pk_s;
    byte device;      /* evidence */
    byte origin;
    byte purpose;
    byte debug;
    byte of_uuid;
    byte measurement;
    byte signature;   /* who has an ECDSA signature can make another one of the same body */
    byte client_key   /* F */
}
View v[END(TAS)];

#define WAIT_RSP 1     /* client */
#define WAIT_ACK 2
#define OPEN 3
#define CLOSING 4
#define HALF_OPEN 2    /* enclave */
#define ESTABLISHED 3
#define CLOSED 4
#define REFUSED 9      /* either */
byte state[END(TAS)];
byte runs[TAS];        /* the uuid of this enclave */
bool old[TAS];         /* speaks BROKEN only */
bool known[ATOMS];     /* has been on the network */

#define SAME_TH1(a, b) \
    ((weak == W_SUITES || (v[a].suites == v[b].suites && v[a].retried == v[b].retried)) && \
     v[a].uuid == v[b].uuid && v[a].nonce_c == v[b].nonce_c && v[a].pk_c == v[b].pk_c && \
     v[a].suite == v[b].suite && v[a].nonce_s == v[b].nonce_s && v[a].pk_s == v[b].pk_s && \
     (weak == W_SESSION_ID || v[a].session_id == v[b].session_id))
#define SAME_EVIDENCE(a, b) \
    (v[a].device == v[b].device && v[a].origin == v[b].origin && v[a].purpose == v[b].purpose && \
     v[a].debug == v[b].debug && v[a].of_uuid == v[b].of_uuid && \
     v[a].measurement == v[b].measurement && v[a].signature == v[b].signature)
#define SAME_TH2(a, b) (SAME_TH1(a, b) && (weak == W_EVIDENCE || SAME_EVIDENCE(a, b)))
#define SAME_TH3(a, b) (SAME_TH2(a, b) && v[a].client_key == v[b].client_key)
#define SAME_DATA(a, b) \
    ((weak == W_NONCE_ONLY && v[a].nonce_c == v[b].nonce_c) || (weak != W_NONCE_ONLY && SAME_TH1(a, b)))

/* What two ends must agree on, whatever the transcript covers. */
#define AGREE_TH1(a, b) \
    (v[a].suites == v[b].suites && v[a].retried == v[b].retried && v[a].uuid == v[b].uuid && \
     v[a].nonce_c == v[b].nonce_c && v[a].pk_c == v[b].pk_c && v[a].suite == v[b].suite && \
     v[a].session_id == v[b].session_id && v[a].nonce_s == v[b].nonce_s && v[a].pk_s == v[b].pk_s)
#define AGREE_TH2(a, b) (AGREE_TH1(a, b) && SAME_EVIDENCE(a, b))
#define AGREE_TH3(a, b) (AGREE_TH2(a, b) && v[a].client_key == v[b].client_key)

/* How many clients, or enclaves, are at least that far and stand in this relation to end e. */
#define CLIENT_IS(c, least, rel, e) (state[c] >= least && v[c].suite && rel(c, e))
#define TA_IS(t, least, rel, e) (state[END(t)] >= least && v[END(t)].suite && rel(END(t), e))
#if CLIENTS == 1
#define CLIENTS_THAT(least, rel, e) (CLIENT_IS(0, least, rel, e))
#elif CLIENTS == 2
#define CLIENTS_THAT(least, rel, e) (CLIENT_IS(0, least, rel, e) + CLIENT_IS(1, least, rel, e))
#else
#define CLIENTS_THAT(least, rel, e) \
    (CLIENT_IS(0, least, rel, e) + CLIENT_IS(1, least, rel, e) + CLIENT_IS(2, least, rel, e))
#endif
#if TAS == 1
#define TAS_THAT(least, rel, e) (TA_IS(0, least, rel, e))
#elif TAS == 2
#define TAS_THAT(least, rel, e) (TA_IS(0, least, rel, e) + TA_IS(1, least, rel, e))
#else
#define TAS_THAT(least, rel, e) \
    (TA_IS(0, least, rel, e) + TA_IS(1, least, rel, e) + TA_IS(2, least, rel, e))
#endif

/* Whether the intruder can compute Z of an end: one exponent is its own, or the suite is broken. */
#define KNOWS_Z(e) (v[e].pk_c == INTRUDER || v[e].pk_s == INTRUDER || v[e].suite == BROKEN)
/* ... or will once everything that is kept has leaked. */
#define KNOWS_Z_LATER(e) (KNOWS_Z(e) || (weak == W_STATIC && v[e].pk_s >= ATOM_TA(0)))

/* What authenticates at the receiver: an honest end has sent it, or the intruder computes it. */
#define HEARS_FIN_S(c) (KNOWS_Z(c) || weak == W_FIN_S || TAS_THAT(HALF_OPEN, SAME_TH2, c) > 0)
#define HEARS_FIN_C(e) (KNOWS_Z(e) || weak == W_FIN_C || CLIENTS_THAT(WAIT_ACK, SAME_TH3, e) > 0)
#define HEARS_ACK(c) (KNOWS_Z(c) || weak == W_ACK || TAS_THAT(ESTABLISHED, SAME_TH3, c) > 0)
#define HEARS_CLOSE(e) (KNOWS_Z(e) || weak == W_DESTROY || CLIENTS_THAT(CLOSING, SAME_TH3, e) > 0)
/* CLIENT_KEY is a signature over th2 by a client that shows its key, in another FINISH perhaps. */
#define SIGNED_TH2(c, e) (v[c].client_key && (weak == W_CLIENT_KEY || SAME_TH2(c, e)))
#define HEARS_CLIENT_KEY(e) (CLIENTS_THAT(WAIT_ACK, SIGNED_TH2, e) > 0)

/* ------------------------------------------------------------------------------ properties --- */
#define SECRECY 1
#define FORWARD_SECRECY 2
#define AGREEMENT 3         /* at the client */
#define CLIENT_AGREEMENT 4  /* at the enclave */
#define SEPARATION 5
#define DOWNGRADE 6
#define RELAY 7
#define DESTROYED 8
#define MUST(property, holds) assert((look && look != property) || (holds))

#define ON_D1(c) (v[c].device != D2)
#define HONEST_CLIENT(e) (IS_CLIENT(v[e].pk_c))
#define PEER_IS_OLD(c) \
    (v[c].pk_s >= ATOM_TA(0) && old[v[c].pk_s - (v[c].pk_s >= ATOM_TA(0) -> ATOM_TA(0) : v[c].pk_s)])

inline client_accepted(c)
{
    if
    :: ON_D1(c) ->
        MUST(SEPARATION, v[c].device == D1 && v[c].origin == TA && v[c].purpose == CHANNEL &&
             v[c].measurement == LISTED && !v[c].debug && v[c].of_uuid == v[c].uuid);
        MUST(SECRECY, v[c].suite == BROKEN || !KNOWS_Z(c));
        MUST(FORWARD_SECRECY, v[c].suite == BROKEN || !KNOWS_Z_LATER(c));
        MUST(DOWNGRADE, v[c].suite != BROKEN || PEER_IS_OLD(c));
        MUST(AGREEMENT, TAS_THAT(HALF_OPEN, AGREE_TH1, c) == 1);
        MUST(AGREEMENT, v[c].suite == BROKEN || TAS_THAT(HALF_OPEN, AGREE_TH2, c) == 1)
    :: else -> assert(weak != W_REACH_D2)
    fi
}

inline client_opened(c)
{
    MUST(AGREEMENT, !ON_D1(c) || v[c].suite == BROKEN || TAS_THAT(ESTABLISHED, AGREE_TH3, c) == 1);
    assert(weak != W_REACH_RETRY || v[c].suite != BROKEN || TAS_THAT(ESTABLISHED, AGREE_TH3, c) == 0)
}

inline enclave_established(e)
{
    if
    :: HONEST_CLIENT(e) && v[e].suite != BROKEN ->
        MUST(SECRECY, !KNOWS_Z(e));
        MUST(FORWARD_SECRECY, !KNOWS_Z_LATER(e));
        MUST(CLIENT_AGREEMENT, CLIENTS_THAT(WAIT_ACK, AGREE_TH3, e) == 1)
    :: else
    fi;
    MUST(CLIENT_AGREEMENT, !v[e].client_key || CLIENTS_THAT(WAIT_ACK, AGREE_TH3, e) == 1);
    assert(weak != W_REACH_KEY || !v[e].client_key)
}

inline enclave_closed(e)
{
    MUST(DESTROYED, !HONEST_CLIENT(e) || v[e].suite == BROKEN ||
         CLIENTS_THAT(CLOSING, AGREE_TH3, e) == 1);
    assert(weak != W_REACH_CLOSED || CLIENTS_THAT(CLOSING, AGREE_TH3, e) == 0)
}

/* Each pair with the same keys. An honest enclave is on D1, listed, and not in debug. */
#define SAME_KEYS(c, t) \
    (state[c] >= WAIT_ACK && state[END(t)] >= ESTABLISHED && v[c].suite && v[END(t)].suite && \
     SAME_TH3(c, END(t)))
inline no_relay()
{
    i = 0;
    do
    :: i < CLIENTS * TAS ->
        MUST(RELAY, !SAME_KEYS(i / TAS, i % TAS) ||
             (v[i / TAS].device == D1 && v[i / TAS].of_uuid == runs[i % TAS] &&
              v[i / TAS].measurement == LISTED && AGREE_TH1(i / TAS, END(i % TAS))));
        i++
    :: else -> break
    od;
    i = 0
}

/* ---------------------------------------------------------------------------- the intruder --- */

/* Its own, or one of lo .. hi - 1 that has been on the network. */
inline any_atom(x, lo, hi)
{
    x = hi - 1;
    do
    :: x >= lo -> x--
    :: x >= lo && known[x] -> break
    :: x < lo -> x = INTRUDER; break
    od
}

/*
 * In two parts, since most is refused after the first. Where the share is no client's, no client can
 * agree with the rest, so that one list of each first suite will do. A nonce of an enclave would do no
 * more for nonce_c than the intruder's own.
 */
inline make_HELLO(e)
{
    any_atom(v[e].pk_c, 2, ATOMS);
    if
    :: v[e].uuid = U1
    :: v[e].uuid = U2
    fi;
    if
    :: v[e].suites = OFFER_S
    :: RETRY -> v[e].suites = OFFER_BS
    :: RETRY && IS_CLIENT(v[e].pk_c) -> v[e].suites = OFFER_SB
    fi;
    if
    :: v[e].retried = 0
    :: RETRY && IS_CLIENT(v[e].pk_c) -> v[e].retried = STRONG
    fi;
    v[e].suite = (v[e].suites == OFFER_BS -> BROKEN : STRONG)
}
#define make_nonce_c(e) any_atom(v[e].nonce_c, 2, ATOM_TA(0))

/* Where the share is no enclave's, no enclave can agree with the rest. */
inline make_R(c)
{
    v[c].suite = (v[c].suites == OFFER_BS -> BROKEN : STRONG); /* another is refused */
    any_atom(v[c].pk_s, 2, ATOMS);
    if
    :: v[c].pk_s >= ATOM_TA(0) ->
        any_atom(v[c].session_id, ATOM_TA(0), ATOMS);
        any_atom(v[c].nonce_s, ATOM_TA(0), ATOMS)
    :: else -> v[c].session_id = INTRUDER; v[c].nonce_s = INTRUDER
    fi
}

/*
 * Whose user_data it is: that of an enclave's session, which is in its report for all to see, or what
 * this client expects, computed by the intruder (INTRUDER).
 */
#define make_user_data any_atom(data, ATOM_TA(0), ATOMS)

/* Who signs it, and into which body. */
inline make_body(c)
{
    v[c].device = D1; v[c].origin = TA; v[c].purpose = CHANNEL; v[c].measurement = LISTED;
    if
    :: v[c].of_uuid = U1
    :: v[c].of_uuid = U2
    fi;
    if
    :: data != INTRUDER && v[c].of_uuid == runs[data - (data != INTRUDER -> ATOM_TA(0) : data)] ->
        skip                        /* that enclave's report, as it is */
    :: v[c].origin = REE            /* the host asked the device; none makes these for a channel */
    :: v[c].origin = REE; v[c].purpose = APP
    :: v[c].purpose = APP           /* an honest enclave signed it for its host */
    :: v[c].measurement = UNLISTED  /* the intruder's own enclave */
    :: v[c].debug = 1               /* an honest image that it debugs */
    :: !KNOWS_Z(c) || v[c].pk_s == INTRUDER -> v[c].device = D2 /* else it may as well use its own share */
    :: v[c].device = FAKE
    fi;
    if
    :: v[c].signature = 0
    :: v[c].pk_s != INTRUDER -> v[c].signature = 1
    fi
}

#define CAN_COMPUTE_DATA(c) (KNOWS_Z(c) || weak == W_NONCE_ONLY || weak == W_BINDER)
#define RIGHT_DATA(c) \
    (weak == W_USER_DATA || (data == INTRUDER && CAN_COMPUTE_DATA(c)) || \
     (data != INTRUDER && SAME_DATA(c, END(data - (data != INTRUDER -> ATOM_TA(0) : data)))))

/* ------------------------------------------------------------------------------ honest ends --- */
#define CLIENT_ACCEPTS(c) \
    ((v[c].device != FAKE || weak == W_CHAIN) && \
     (v[c].origin == TA || weak == W_ORIGIN) && (v[c].purpose == CHANNEL || weak == W_PURPOSE) && \
     (v[c].of_uuid == v[c].uuid || weak == W_UUID || weak == W_UUID_CLIENT) && \
     (v[c].measurement == LISTED || weak == W_MEASUREMENT) && (!v[c].debug || weak == W_DEBUG) && \
     HEARS_FIN_S(c))

#define ENCLAVE_TAKES(e, t) \
    ((v[e].uuid == runs[t] || weak == W_UUID || weak == W_UUID_ENCLAVE) && \
     (v[e].suite == BROKEN || !old[t]) && (!v[e].retried || old[t] || weak == W_RETRIED))

inline refuse(e)
{
    state[e] = REFUSED;
    v[e].suites = 0; v[e].retried = 0; v[e].uuid = 0; v[e].nonce_c = 0; v[e].pk_c = 0;
    v[e].suite = 0; v[e].session_id = 0; v[e].nonce_s = 0; v[e].pk_s = 0;
    v[e].device = 0; v[e].origin = 0; v[e].purpose = 0; v[e].debug = 0; v[e].of_uuid = 0;
    v[e].measurement = 0; v[e].signature = 0; v[e].client_key = 0
}

inline send_HELLO(c, again)
{
    v[c].nonce_c = ATOM_CLIENT(c, again); v[c].pk_c = ATOM_CLIENT(c, again);
    known[ATOM_CLIENT(c, again)] = true
}

proctype client(byte c)
{
    byte data, i;

    atomic {
        if
        :: v[c].uuid = U1
        :: c > 0 -> v[c].uuid = U2
        fi;
        if
        :: v[c].suites = OFFER_S
        :: RETRY -> v[c].suites = OFFER_SB
        fi;
        send_HELLO(c, 0);
        state[c] = WAIT_RSP
    };
again:
    if
    :: atomic { /* ERROR RETRY, signed by nobody: once, another suite of the list */
           v[c].suites == OFFER_SB && !v[c].retried ->
           v[c].suites = OFFER_BS; v[c].retried = STRONG;
           send_HELLO(c, 1)
       };
       goto again
    :: atomic { /* HELLO_RSP; no evidence helps without a right fin_s */
           make_R(c);
           if
           :: KNOWS_Z(c) || weak == W_FIN_S || TAS_THAT(HALF_OPEN, SAME_TH1, c) > 0
           :: else -> refuse(c); goto done
           fi;
           make_user_data;
           if
           :: RIGHT_DATA(c)
           :: else -> data = 0; refuse(c); goto done
           fi;
           make_body(c);
           if
           :: CLIENT_ACCEPTS(c) -> data = 0
           :: else -> data = 0; refuse(c); goto done
           fi;
           if
           :: v[c].client_key = 0
           :: v[c].client_key = 1
           fi;
           d_step { state[c] = WAIT_ACK; client_accepted(c); no_relay() } /* FINISH is out */
       }
    fi;
    /* With the intruder's share, no other end can tell how far this one is. */
    d_step { v[c].pk_s >= ATOM_TA(0) && HEARS_ACK(c) -> state[c] = OPEN; client_opened(c) };
    state[c] = CLOSING; /* DESTROY is out */
done:
    skip
}

/* The enclave's evidence, and what the host may make of it where it passes through (W_SPLIT). */
inline attest(e, t)
{
    v[e].device = D1; v[e].origin = TA; v[e].purpose = CHANNEL; v[e].of_uuid = runs[t];
    v[e].measurement = LISTED;
    if
    :: true
    :: weak == W_SPLIT || weak == W_SPLIT_PART || weak == W_SPLIT_WHOLE -> v[e].device = D2
    :: weak == W_SPLIT || weak == W_SPLIT_PART || weak == W_SPLIT_WHOLE -> v[e].measurement = UNLISTED
    :: weak == W_SPLIT || weak == W_SPLIT_PART || weak == W_SPLIT_WHOLE -> v[e].origin = REE
    fi
}
#define BODY_IS_OURS(e, t) \
    (weak == W_SPLIT || (v[e].origin == TA && v[e].purpose == CHANNEL && v[e].of_uuid == runs[t] && \
                         !v[e].debug && (weak == W_SPLIT_PART || \
                                         (v[e].device == D1 && v[e].measurement == LISTED))))

proctype enclave(byte t)
{
    byte e = END(t), i;

    atomic { /* HELLO; sessions are fresh, so that they may as well begin in order */
        t == 0 || state[e - 1] != 0 ->
        if
        :: runs[t] = U1
        :: runs[t] = U2
        fi;
        if
        :: old[t] = false
        :: RETRY -> old[t] = true
        fi;
        make_HELLO(e);
        if
        :: ENCLAVE_TAKES(e, t)
        :: else -> runs[t] = 0; old[t] = false; refuse(e); goto done
        fi;
        make_nonce_c(e);
        attest(e, t);
        if
        :: BODY_IS_OURS(e, t)
        :: else -> runs[t] = 0; old[t] = false; refuse(e); goto done
        fi;
        v[e].session_id = ATOM_TA(t); v[e].nonce_s = ATOM_TA(t);
        v[e].pk_s = (weak == W_STATIC -> ATOM_TA(0) : ATOM_TA(t));
        known[ATOM_TA(t)] = true;
        state[e] = HALF_OPEN /* HELLO_RSP is out */
    };
    atomic { /* FINISH */
        if
        :: HONEST_CLIENT(e) && HEARS_FIN_C(e) /* one whose F is empty; of the intruder's nobody can tell */
        :: HEARS_CLIENT_KEY(e) ->
            v[e].client_key = 1;
            if
            :: HEARS_FIN_C(e)
            :: else -> goto done
            fi
        fi;
        d_step { state[e] = ESTABLISHED; enclave_established(e); no_relay() } /* FINISH_RSP is out */
    };
    d_step { HEARS_CLOSE(e) -> state[e] = CLOSED; enclave_closed(e) }; /* DESTROY */
done:
    skip
}

init
{
    byte k;

    atomic {
        c_code {
            const char *chosen_weak = getenv("WEAK");
            const char *chosen_look = getenv("LOOK");
            now.weak = chosen_weak != NULL ? atoi(chosen_weak) : 0;
            now.look = chosen_look != NULL ? atoi(chosen_look) : 0;
        };
        known[INTRUDER] = true;
        for (k : 0 .. CLIENTS - 1) { run client(k) }
        for (k : 0 .. TAS - 1) { run enclave(k) }
    }
}
