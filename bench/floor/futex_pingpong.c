/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "futex_pingpong.h"
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORD_ROOM = 64, SHARED_SIZE = 4096 + PINGPONG_BYTES_MAX };

/* In its fastest form: without libc's function around the call. */
static inline void futex(_Atomic uint32_t *word, int operation, uint32_t value)
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

static inline void say(_Atomic uint32_t *word, uint32_t value)
{
    atomic_exchange(word, value);
    futex(word, FUTEX_WAKE, 1);
}

static inline void await(_Atomic uint32_t *word, uint32_t value)
{
    uint32_t seen;

    while ((seen = atomic_load(word)) != value)
        futex(word, FUTEX_WAIT, seen);
}

/* Takes what came, gives as much back. */
static __attribute__((noreturn)) void peer_main(_Atomic uint32_t *word, uint8_t *shared,
                                                size_t size)
{
    static uint8_t own[PINGPONG_BYTES_MAX];

    for (;;) {
        await(word, 1);
        if (size > 0) {
            memcpy(own, shared, size);
            __asm__ volatile("" : : "r"(own) : "memory");
            memcpy(shared, own, size);
        }
        say(word, 2);
    }
}

static __attribute__((noreturn)) void peer_start(const struct pingpong *p, int cpu,
                                                 bool (*confine)(void))
{
    cpu_set_t set;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((size_t)cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    if (confine != NULL && !confine()) {
        say(p->word, UINT32_MAX);
        _exit(1);
    }
    say(p->word, 2);
    peer_main(p->word, p->shared, p->size);
}

bool pingpong_start(struct pingpong *p, int cpu, size_t size, bool (*confine)(void))
{
    uint32_t said;

    p->size = size;
    p->word = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p->word == MAP_FAILED) {
        p->word = NULL;
        return false;
    }
    p->shared = (uint8_t *)p->word + WORD_ROOM;
    p->peer = fork();
    if (p->peer == 0)
        peer_start(p, cpu, confine);
    while (p->peer > 0 && (said = atomic_load(p->word)) != 2) {
        if (said == UINT32_MAX)
            return false;
        futex(p->word, FUTEX_WAIT, said);
    }
    return p->peer > 0;
}

double pingpong_ns(struct pingpong *p, unsigned rounds, uint8_t *bytes)
{
    _Atomic uint32_t *word = p->word;
    uint8_t *shared = p->shared;
    size_t size = p->size;
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < rounds; i++) {
        if (size > 0)
            memcpy(shared, bytes, size);
        say(word, 1);
        await(word, 2);
        if (size > 0)
            memcpy(bytes, shared, size);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           rounds;
}

void pingpong_stop(struct pingpong *p)
{
    if (p->word == NULL)
        return;
    if (p->peer > 0) {
        kill(p->peer, SIGKILL);
        waitpid(p->peer, NULL, 0);
    }
    munmap((void *)p->word, SHARED_SIZE);
    p->word = NULL;
}
