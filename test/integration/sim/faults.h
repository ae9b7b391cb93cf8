/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * faults.h - ways in which an enclave crashes, each in a function whose name the report must show.
 * Layer: test, included by enclave.c. Threads: any.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAULT_FUNCTION __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))
#ifdef __clang__
#undef FAULT_FUNCTION
#define FAULT_FUNCTION __attribute__((noinline, disable_tail_calls))
#endif

static volatile int fault_zero;
static volatile uintptr_t fault_address = 16;

FAULT_FUNCTION static int fault_null(void)
{
    *(volatile int *)fault_address = 1;
    return 1;
}

FAULT_FUNCTION static int fault_divide(void)
{
#ifdef __x86_64__
    return 7 / fault_zero;
#else
    return fault_null(); /* this machine divides by zero without a fault */
#endif
}

FAULT_FUNCTION static int fault_illegal(void)
{
#ifdef __x86_64__
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
    return 1;
}

FAULT_FUNCTION static int fault_abort(void)
{
    abort();
}

FAULT_FUNCTION static int fault_call(void)
{
    return (int)syscall(SYS_ptrace, 0, 0, 0, 0) + 1;
}

FAULT_FUNCTION static int fault_stack(int depth)
{
    volatile char room[4096];

    room[0] = (char)depth;
    return depth > 1 << 24 ? 0 : fault_stack(depth + 1) + room[0];
}

FAULT_FUNCTION static int fault_nowhere(void)
{
    int (*volatile nowhere)(void) = (int (*)(void))(uintptr_t)fault_address;

    return nowhere() + 1;
}

/* Where the image's file has no bytes: mapped while files still may be. Descriptor 3: the image. */
static const volatile char *fault_behind;

__attribute__((constructor)) static void fault_prepare(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 1 << 30);

    fault_behind = page != MAP_FAILED ? page : NULL;
}

FAULT_FUNCTION static int fault_bus(void)
{
    return fault_behind != NULL ? fault_behind[8] : fault_null();
}

FAULT_FUNCTION static void *fault_thread_main(void *arg)
{
    fault_null();
    return arg;
}

FAULT_FUNCTION static int fault_thread(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, fault_thread_main, NULL) == 0)
        pthread_join(thread, NULL);
    return 1;
}

/* What tools find: each is planted, and named by the tool as the comment says. */

/* heap-buffer-overflow */
FAULT_FUNCTION static int mistake_heap(void)
{
    volatile char *volatile room = malloc(24);

    if (room != NULL)
        room[24] = 1;
    free((void *)room);
    return 1;
}

/* signed integer overflow */
FAULT_FUNCTION static int mistake_signed(void)
{
    volatile int most = 0x7fffffff, sum = most + 1;

    return sum != 0;
}

/* Conditional jump or move depends on uninitialised value(s) */
FAULT_FUNCTION static int mistake_unset(void)
{
    int *volatile room = malloc(sizeof *room);
    int answer = 1;

    if (room != NULL && *room == 77) { /* a jump, here: compilers would choose without one */
        __asm__ volatile("");
        answer = 2;
    }
    free(room);
    return answer;
}

/* definitely lost */
FAULT_FUNCTION static int mistake_leak(void)
{
    void *volatile room = malloc(1234);

    room = NULL;
    return room == NULL;
}

#endif
