/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "futex_pingpong.h"
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t *word;
static pid_t peer;

/* In its fastest form: without libc's function around the call. */
static inline void futex(int operation, uint32_t value)
{
#if defined(__x86_64__)
    register const void *timeout __asm__("r10") = NULL;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_futex), "D"(word), "S"((long)operation), "d"((long)value),
                       "r"(timeout)
                     : "rcx", "r11", "memory");
    (void)result;
#else
    syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
#endif
}

static inline void say(uint32_t value)
{
    atomic_exchange(word, value);
    futex(FUTEX_WAKE, 1);
}

static inline void await(uint32_t value)
{
    uint32_t seen;

    while ((seen = atomic_load(word)) != value)
        futex(FUTEX_WAIT, seen);
}

bool pingpong_start(int cpu)
{
    cpu_set_t set;

    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (word == MAP_FAILED)
        return false;
    peer = fork();
    if (peer < 0)
        return false;
    if (peer > 0)
        return true;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((size_t)cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    for (;;) {
        await(1);
        say(2);
    }
}

double pingpong_ns(unsigned rounds)
{
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < rounds; i++) {
        say(1);
        await(2);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           rounds;
}

void pingpong_stop(void)
{
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    munmap((void *)word, 4096);
}
