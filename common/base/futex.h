/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * futex.h - sleeping on a word that two processes share, and waking who sleeps there.
 *
 * Inline down to the system call: after a context switch the processor has forgotten where to
 * return to, so each function on the stack above it costs a misprediction on the call path. Errors
 * are of no use to callers, who look at the word again in any case.
 *
 * Layer: common/base. Threads: any.
 */
#ifndef CC_BASE_FUTEX_H
#define CC_BASE_FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
static inline void futex_call(const _Atomic uint32_t *word, int operation, uint32_t value)
{
    register const void *timeout __asm__("r10") = NULL;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_futex), "D"(word), "S"((long)operation), "d"((long)value),
                       "r"(timeout)
                     : "rcx", "r11", "memory");
    (void)result;
}
#elif defined(__aarch64__)
static inline void futex_call(const _Atomic uint32_t *word, int operation, uint32_t value)
{
    register long number __asm__("x8") = SYS_futex;
    register const void *where __asm__("x0") = word;
    register long what __asm__("x1") = operation;
    register long with __asm__("x2") = (long)value;
    register const void *timeout __asm__("x3") = NULL;

    __asm__ volatile("svc #0"
                     : "+r"(where)
                     : "r"(number), "r"(what), "r"(with), "r"(timeout)
                     : "memory", "cc");
}
#else
static inline void futex_call(const _Atomic uint32_t *word, int operation, uint32_t value)
{
    syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}
#endif

/* Sleeps unless the word is no longer `seen`; may return at any time for no reason. */
static inline void futex_wait(const _Atomic uint32_t *word, uint32_t seen)
{
    futex_call(word, FUTEX_WAIT, seen);
}

static inline void futex_wake(const _Atomic uint32_t *word, uint32_t count)
{
    futex_call(word, FUTEX_WAKE, count);
}

#endif
