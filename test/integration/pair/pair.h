/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pair.h - what host and enclaves of this test agree on.
 * Layer: test. Threads: any.
 */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#define PAIR_SERVER "5e22e200-0000-4000-8000-000000000001"
#define PAIR_DEBUG "5e22e200-0000-4000-8000-000000000004"

/* What the calling enclave shows of itself. */
enum pair_how {
    PAIR_NOTHING,
    PAIR_ENCLAVE, /* as the library does it */
    PAIR_APP,     /* a report that any of its functions may ask for */
    PAIR_GIVEN,   /* bytes that its host brings */
};

enum { PAIR_WHY_ROOM = 256, PAIR_REPLY_ROOM = 64 };

#endif
