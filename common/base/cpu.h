/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cpu.h - where this thread runs, as calls and boards say it.
 *
 * Layer: common/base. Threads: any.
 */
#ifndef CC_BASE_CPU_H
#define CC_BASE_CPU_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

/* Where the kernel keeps it up to date for this thread, as sched_getcpu() finds it; or NULL. */
static inline const volatile uint32_t *cpu_place(void)
{
#ifdef RSEQ_SIG
    const struct rseq *rseq =
        (const struct rseq *)((const char *)__builtin_thread_pointer() + __rseq_offset);

    return __rseq_size > 0 ? &rseq->cpu_id : NULL;
#else
    return NULL;
#endif
}

/* Our CPU plus 1; 0: who knows, which either way of asking says as -1. */
static inline uint32_t cpu_here(void)
{
    const volatile uint32_t *place = cpu_place();

    return (place != NULL ? *place : (uint32_t)sched_getcpu()) + 1;
}

#endif
