/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * spawn.h - the floor of making an enclave: posix_spawn of a program that ends at once, linked
 * statically (static_exit.c). Layer: bench. Threads: no state.
 */
#ifndef BENCH_SPAWN_H
#define BENCH_SPAWN_H

#include <sys/types.h>

/* output: its standard output; -1: ours. Negative: it could not be started. */
pid_t spawn_program(const char *const argv[], int output);

#endif
