/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "one_line.h"
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM = 2000, TASKS = 64, TASK_SIZE = 144, CONFIG_SIZE = 160, PAYLOAD = 56 };

struct line {
    _Atomic uint64_t state; /* odd: a request */
    uint8_t payload[PAYLOAD];
};

struct task {
    _Atomic uint32_t status; /* 1 submitted, 3 done */
    uint16_t function, size;
    uint64_t result;
    uint64_t params[16];
};

/* As the reference lays it out, all in shared memory: configuration, signals, tasks. */
struct bitmap {
    uint8_t config[CONFIG_SIZE];
    _Atomic uint64_t signals;
    struct task tasks[TASKS];
};
_Static_assert(sizeof(struct task) == TASK_SIZE, "tasks are packed");

static struct line *line;
static uint8_t *shared;
static struct bitmap *bitmap;
static _Atomic uint64_t bitmap_free;
static pid_t line_peer, bitmap_peer;

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static double elapsed_ns(const struct timespec *start)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start->tv_sec) * 1e9 + (double)(end.tv_nsec - start->tv_nsec);
}

static bool peer_fork(pid_t *peer, int cpu)
{
    cpu_set_t set;

    *peer = fork();
    if (*peer != 0)
        return *peer > 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
    return true;
}

/* It spins only while it is measured: beside it nothing else could be. */
static void peer_stop(pid_t peer)
{
    int status;

    kill(peer, SIGSTOP);
    while (waitpid(peer, &status, WUNTRACED) == peer && !WIFSTOPPED(status))
        ;
}

static void peer_go(pid_t peer)
{
    kill(peer, SIGCONT);
}

static void peer_end(pid_t *peer)
{
    if (*peer > 0) {
        kill(*peer, SIGKILL);
        waitpid(*peer, NULL, 0);
    }
    *peer = 0;
}

static __attribute__((noreturn)) void line_serve(size_t size)
{
    static uint8_t own[ONE_LINE_BYTES_MAX];
    uint8_t payload[PAYLOAD];

    for (;;) {
        uint64_t state = atomic_load_explicit(&line->state, memory_order_acquire);

        if (!(state & 1)) {
            relax();
            continue;
        }
        memcpy(payload, line->payload, sizeof payload);
        if (size > 0)
            memcpy(own, shared, size);
        __asm__ volatile("" : : "r"(own), "r"(payload) : "memory");
        memcpy(line->payload, payload, 8);
        atomic_store_explicit(&line->state, state + 1, memory_order_release);
    }
}

bool one_line_start(int cpu, size_t size)
{
    line = mmap(NULL, 4096 + ONE_LINE_BYTES_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    if (line == MAP_FAILED)
        return false;
    shared = (uint8_t *)line + 4096;
    if (!peer_fork(&line_peer, cpu))
        return false;
    if (line_peer == 0)
        line_serve(size);
    peer_stop(line_peer);
    return true;
}

static inline void line_ask(void)
{
    uint64_t state = atomic_load_explicit(&line->state, memory_order_relaxed);

    memset(line->payload, 7, sizeof line->payload);
    atomic_store_explicit(&line->state, state + 1, memory_order_release);
    while (atomic_load_explicit(&line->state, memory_order_acquire) != state + 2)
        relax();
}

double one_line_ns(unsigned rounds)
{
    struct timespec start;
    double ns;

    peer_go(line_peer);
    for (unsigned i = 0; i < WARM; i++)
        line_ask();
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < rounds; i++)
        line_ask();
    ns = elapsed_ns(&start) / rounds;
    peer_stop(line_peer);
    return ns;
}

double one_line_hand_ns(unsigned rounds, const uint8_t *bytes, size_t size)
{
    struct timespec start;
    double ns;

    peer_go(line_peer);
    for (unsigned i = 0; i < WARM; i++)
        line_ask();
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < rounds; i++) {
        memcpy(shared, bytes, size);
        line_ask();
    }
    ns = elapsed_ns(&start) / rounds;
    peer_stop(line_peer);
    return ns;
}

void one_line_stop(void)
{
    peer_end(&line_peer);
    if (line != NULL)
        munmap(line, 4096 + ONE_LINE_BYTES_MAX);
    line = NULL;
}

static __attribute__((noreturn)) void bitmap_serve(void)
{
    for (;;) {
        uint64_t bits = atomic_load_explicit(&bitmap->signals, memory_order_acquire);
        struct task *task;
        unsigned index;

        if (bits == 0)
            continue; /* a busy worker of the reference does not pause, nor does its caller */
        index = (unsigned)__builtin_ctzll(bits);
        if (!(atomic_fetch_and(&bitmap->signals, ~(UINT64_C(1) << index)) >> index & 1))
            continue;
        task = &bitmap->tasks[index];
        atomic_store_explicit(&task->status, 2, memory_order_relaxed);
        task->result = task->params[0];
        atomic_store_explicit(&task->status, 3, memory_order_release);
    }
}

bool bitmap_start(int cpu)
{
    bitmap = mmap(NULL, sizeof *bitmap, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bitmap == MAP_FAILED)
        return false;
    atomic_store(&bitmap_free, UINT64_MAX);
    if (!peer_fork(&bitmap_peer, cpu))
        return false;
    if (bitmap_peer == 0)
        bitmap_serve();
    peer_stop(bitmap_peer);
    return true;
}

static inline void bitmap_ask(uint64_t param)
{
    unsigned index = (unsigned)__builtin_ctzll(atomic_load(&bitmap_free));
    struct task *task = &bitmap->tasks[index];

    atomic_fetch_and(&bitmap_free, ~(UINT64_C(1) << index));
    task->function = 1;
    task->size = 0;
    task->params[0] = param;
    atomic_store_explicit(&task->status, 1, memory_order_relaxed);
    atomic_fetch_or(&bitmap->signals, UINT64_C(1) << index);
    while (atomic_load_explicit(&task->status, memory_order_acquire) != 3)
        ;
    atomic_fetch_or(&bitmap_free, UINT64_C(1) << index);
}

double bitmap_ns(unsigned rounds)
{
    struct timespec start;
    double ns;

    peer_go(bitmap_peer);
    for (unsigned i = 0; i < WARM; i++)
        bitmap_ask(i);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < rounds; i++)
        bitmap_ask(i);
    ns = elapsed_ns(&start) / rounds;
    peer_stop(bitmap_peer);
    return ns;
}

void bitmap_stop(void)
{
    peer_end(&bitmap_peer);
    if (bitmap != NULL)
        munmap(bitmap, sizeof *bitmap);
    bitmap = NULL;
}
