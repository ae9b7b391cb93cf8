/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * one_line.h - two processes on two CPUs that spin: what switchless calls stand on. Everything that
 * is exchanged lies in one cache line, or in the bytes beside it.
 * Layer: bench/floor. Threads: one.
 */
#ifndef FLOOR_ONE_LINE_H
#define FLOOR_ONE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONE_LINE_BYTES_MAX = 1 << 20 };

/* The peer on CPU `cpu`; with size, it copies that many bytes in before it answers. */
bool one_line_start(int cpu, size_t size);
double one_line_ns(unsigned rounds); /* one request of 56 bytes and its answer */
double one_line_hand_ns(unsigned rounds, const uint8_t *bytes, size_t size); /* one way */
void one_line_stop(void);

/* The pool that secGear has: a bitmap of free tasks, a bitmap of signals, tasks packed at 144 bytes
 * behind them. One peer that spins. */
bool bitmap_start(int cpu);
double bitmap_ns(unsigned rounds);
void bitmap_stop(void);

#endif
