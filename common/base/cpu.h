/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cpu.h - where this thread runs, as calls and boards say it.
 *
 * Layer: common/base. Threads: any.
 */
#ifndef CC_BASE_CPU_H
#define CC_BASE_CPU_H

#include <sched.h>
#include <stdint.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

/* Our CPU plus 1; 0: who knows. Where the kernel keeps it up to date for each thread, it is looked
 * up there, as sched_getcpu() does. */
static inline uint32_t cpu_here(void)
{
#ifdef RSEQ_SIG
    const struct rseq *rseq =
        (const struct rseq *)((const char *)__builtin_thread_pointer() + __rseq_offset);
    uint32_t cpu =
        __rseq_size > 0 ? *(const volatile uint32_t *)&rseq->cpu_id : (uint32_t)sched_getcpu();
#else
    uint32_t cpu = (uint32_t)sched_getcpu();
#endif

    return cpu < UINT16_MAX ? cpu + 1 : 0;
}

#endif
