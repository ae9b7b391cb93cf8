/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * top.h - what `secgear top` knows about a moment: devices, enclaves and programs that are traced,
 * from /proc and from the traces; two moments make rates.
 *
 * Nothing is asked of an enclave or of the program that made it, so that being watched costs them
 * nothing: calls and latency are known of programs under `secgear trace` only, and as one sum of a
 * device that serves, which counts them anyway.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_TOP_H
#define TOOLS_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TOP_PROCESSES_MAX = 256, TOP_NAME_ROOM = 64 };

enum top_kind { TOP_DEVICE, TOP_ENCLAVE, TOP_PROGRAM };

struct top_process {
    enum top_kind kind;
    uint32_t pid;
    uint32_t uid;
    char name[TOP_NAME_ROOM]; /* of a program; how a device serves */
    uint64_t started;         /* ticks since boot: with pid it names a process */
    uint64_t cpu_ticks;
    uint64_t memory_size;
    uint64_t threads;
    /* of a program that is traced */
    uint64_t enclaves, calls;
    uint64_t p50_ns, p99_ns; /* of all calls so far */
    /* against the moment before */
    bool rates_known;
    double cpu_percent, calls_per_s;
};

struct top_moment {
    uint64_t ns;
    struct top_process list[TOP_PROCESSES_MAX];
    size_t count;
    size_t left_off; /* that did not fit */
    bool served;     /* a device that serves answered: */
    uint64_t served_enclaves, served_calls, served_memory;
    bool served_rate_known;
    double served_calls_per_s;
};

/* The present; before: an earlier one, or NULL. */
void top_look(const struct top_moment *before, struct top_moment *ret_now);

/* As many lines as fit; lines 0: all. */
void top_text_print(const struct top_moment *now, unsigned lines, FILE *to);
int top_json_print(const struct top_moment *now); /* 0: done */

#endif
