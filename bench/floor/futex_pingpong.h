/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * futex_pingpong.h - the floor of an ordinary ecall: two processes hand one word to and fro with
 * FUTEX_WAKE and FUTEX_WAIT over shared memory, and bytes with it: the sender copies them into the
 * shared memory, the receiver out of it, one copy each, both ways; nothing else.
 * Layer: bench.
 */
#ifndef BENCH_FUTEX_PINGPONG_H
#define BENCH_FUTEX_PINGPONG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PINGPONG_BYTES_MAX = 65536 };

struct pingpong {
    _Atomic uint32_t *word; /* NULL: not started */
    uint8_t *shared;        /* bytes on their way, behind the word */
    size_t size;            /* of what goes along */
    pid_t peer;
};

/* cpu: both sides are bound to it; -1: unbound. size: bytes that go along, or 0. confine: what the
 * other process does to itself first; NULL: nothing. False: it could not. */
bool pingpong_start(struct pingpong *p, int cpu, size_t size, bool (*confine)(void));
/* Nanoseconds for one round trip. */
double pingpong_ns(struct pingpong *p, unsigned rounds, uint8_t *bytes);
void pingpong_stop(struct pingpong *p);

#endif
