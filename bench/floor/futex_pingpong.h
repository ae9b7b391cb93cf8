/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * futex_pingpong.h - the floor of an ordinary ecall: two processes hand one word to and fro with
 * FUTEX_WAKE and FUTEX_WAIT over shared memory, and bytes with it: the sender copies them into the
 * shared memory, the receiver out of it, one copy each, both ways; nothing else.
 * Layer: bench.
 */
#ifndef BENCH_FUTEX_PINGPONG_H
#define BENCH_FUTEX_PINGPONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PINGPONG_BYTES_MAX = 65536 };

/* cpu: both sides are bound to it; -1: unbound. size: bytes that go along, or 0. */
bool pingpong_start(int cpu, size_t size);
/* Nanoseconds for one round trip of the size that was said at the start. */
double pingpong_ns(unsigned rounds, uint8_t *bytes, size_t size);
void pingpong_stop(void);

#endif
