/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * values.h - what a random call carries, and the check that it arrived. Both sides of a call derive
 * every value from (round, function, parameter), so neither has to tell the other what to expect.
 *
 * The caller makes arguments, calls, and checks what returned; the callee checks what arrived and
 * fills what goes back. The same code on host and enclave. Layer: test. Threads: one.
 */
#ifndef ROUNDTRIP_VALUES_H
#define ROUNDTRIP_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the bytes of a value or buffer are made and compared. */
enum form {
    FORM_RAW, /* any bytes */
    FORM_BOOL,
    FORM_FLOAT,
    FORM_DOUBLE,
    FORM_LONG_DOUBLE,
    FORM_ENUM,
    FORM_POINT,
    FORM_GAP,
    FORM_NEST,
    FORM_PACKET,
    FORM_STRING,
    FORM_WSTRING,
    FORM_DEEP,
    FORM_DEEP2,
    FORM_TREE, /* whose members have members */
};

enum { WAY_IN = 1, WAY_OUT = 2 };
enum round_kind { ROUND_PLAIN, ROUND_ZERO, ROUND_NULL, ROUND_LARGE, ROUND_MIXED, ROUNDS = 7 };
enum { PARAM_RETURN = 100, PARAM_ERRNO };

/* Which parameter of which function. */
struct spot {
    uint32_t function, param;
};

/* A buffer on its way; the caller's. */
struct arg {
    void *data; /* NULL when this round sends none */
    size_t size;
    enum form form;
    unsigned way;
    struct spot spot;
};

extern uint32_t rt_round, rt_failed, rt_called;

void rt_fail(struct spot spot, const char *what, uint64_t expected, uint64_t found);
uint64_t rt_mix(struct spot spot, uint64_t what);

/* A value that size= or count= names: at most limit; a multiple of step unless that is 0. */
uint64_t rt_amount(struct spot spot, uint64_t limit, uint64_t step);

void rt_value_make(void *value, size_t size, enum form form, struct spot spot);
void rt_value_check(const void *value, size_t size, enum form form, struct spot spot);

/* Of a buffer whose size the parameters give; of a text, whose size is the value's. */
void rt_arg_make(struct arg *arg, size_t size);
void rt_arg_check(struct arg *arg); /* after the call */
void rt_arg_drop(struct arg *arg);
void rt_arrived(void *data, struct arg expected); /* in the callee: check, then fill what is out */
uint64_t rt_number(struct spot spot);             /* of a pointer that nobody follows */

/* Where a parameter has a number instead of an address. */
void rt_number_check(const volatile void *pointer, struct spot spot);

#endif
