/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * counts.h - how often tests repeat what only shows when repeated: once small, for `make check`,
 * and once large, for `make stress` (SECGEAR_STRESS=1 in the environment). The one table of it.
 * Layer: test. Threads: any.
 */
#ifndef TEST_COUNTS_H
#define TEST_COUNTS_H

#include <stddef.h>

/*        name              check   stress */
#define COUNTS(X)                                                                                  \
    X(COUNT_BITS_APART, 37, 1)                 /* of evidence, where one is flipped */             \
    X(COUNT_COLLATERAL_BITS_APART, 997, 1)     /* the same of certificates and lists */            \
    X(COUNT_CALLS_EACH, 300, 200000)           /* by each of 8 threads, in one process */          \
    X(COUNT_CHANNEL_RECORDS, 100000, 10000000) /* in random order, over many epochs */             \
    X(COUNT_FLOOD_HELLOS, 5000, 1000000)                                                           \
    X(COUNT_SESSIONS_AT_ONCE, 400, 5000) /* by 8 threads */                                        \
    X(COUNT_CHANNEL_ROUNDS, 25, 250)     /* sessions of each client, messages in each */           \
    X(COUNT_FINI_ROUNDS, 30, 2000)       /* fini while callbacks run */                            \
    X(COUNT_GARBAGE_REQUESTS, 3000, 1000000)                                                       \
    X(COUNT_HOSTILE_FRAMES, 10000, 1000000) /* of each kind, test/hostile */                       \
    X(COUNT_REPLAY_NUMBERS, 20000, 10000000)                                                       \
    X(COUNT_SWITCHLESS_CALLS, 1000000, 100000000)                                                  \
    X(COUNT_WITHDRAWN_CALLS, 200000, 10000000)                                                     \
    X(COUNT_SIGNATURES, 60, 2600)      /* random functions, test/roundtrip */                      \
    X(COUNT_KILLED_COUNTERS, 10, 1000) /* devices killed while they count */                       \
    X(COUNT_KILLS, 20, 1000)           /* of host, device, zygote or enclave, at any moment */     \
    X(COUNT_ENCLAVES_AT_ONCE, 40, 1000)

#define COUNT_NAME_(name, check, stress) name,
enum count { COUNTS(COUNT_NAME_) COUNT_COUNT };
#undef COUNT_NAME_

size_t count_of(enum count which);

#endif
