/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * futex_pingpong.h - the floor of an ordinary ecall: two processes hand one word to and fro with
 * FUTEX_WAKE and FUTEX_WAIT over shared memory, nothing else.
 * Layer: bench.
 */
#ifndef BENCH_FUTEX_PINGPONG_H
#define BENCH_FUTEX_PINGPONG_H

#include <stdbool.h>

/* cpu: both sides are bound to it; -1: unbound. */
bool pingpong_start(int cpu);
double pingpong_ns(unsigned rounds); /* nanoseconds for one round trip */
void pingpong_stop(void);

#endif
