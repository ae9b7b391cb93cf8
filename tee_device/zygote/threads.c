/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "threads.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct task {
    void *(*run)(void *);
    void *arg;
};

static trts_thread_fn libc_create;
static trts_watch_thread_fn first_of_all;
static uint32_t bound;
static _Atomic uint32_t running;

bool threads_prepare(void)
{
    libc_create = (trts_thread_fn)(uintptr_t)dlsym(RTLD_NEXT, "pthread_create");
    return libc_create != NULL;
}

bool threads_bound(uint32_t most, size_t stack_size)
{
    pthread_attr_t attributes;
    bool good = pthread_attr_init(&attributes) == 0 &&
                pthread_attr_setstacksize(&attributes, stack_size) == 0 &&
                pthread_setattr_default_np(&attributes) == 0;

    bound = most;
    return good;
}

void threads_watch(trts_watch_thread_fn first)
{
    first_of_all = first;
}

trts_thread_fn threads_uncounted(void)
{
    return libc_create;
}

static bool place_take(void)
{
    uint32_t count = atomic_load(&running);

    do {
        if (count >= bound)
            return false;
    } while (!atomic_compare_exchange_weak(&running, &count, count + 1));
    return true;
}

/* What first_of_all() took for this thread. */
static void watch_stack_give(void)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    stack_t stack;

    if (sigaltstack(&none, &stack) == 0 && !(stack.ss_flags & SS_DISABLE))
        munmap(stack.ss_sp, stack.ss_size);
}

static void place_give(void *nothing)
{
    (void)nothing;
    atomic_fetch_sub(&running, 1);
}

static void task_end(void *nothing)
{
    if (first_of_all != NULL)
        watch_stack_give();
    place_give(nothing);
}

/* However it ends: by returning, pthread_exit() or being cancelled. */
static void *task_main(void *arg)
{
    struct task task = *(struct task *)arg;
    void *result;

    free(arg);
    if (first_of_all != NULL)
        first_of_all();
    pthread_cleanup_push(task_end, NULL);
    result = task.run(task.arg);
    pthread_cleanup_pop(1);
    return result;
}

__attribute__((visibility("default"))) int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    struct task *task;
    int failed;

    if (!place_take()) {
        fprintf(stderr,
                "enclave: pthread_create: all %u threads of its own are running; raise TCSNum "
                "(Enclave.config.xml) or tcsNum (manifest.txt)\n",
                bound);
        return EAGAIN;
    }
    task = malloc(sizeof *task);
    failed = task == NULL ? EAGAIN : 0;
    if (failed == 0) {
        *task = (struct task){run, arg};
        failed = libc_create(thread, attributes, task_main, task);
    }
    if (failed != 0) {
        free(task);
        place_give(NULL);
    }
    return failed;
}
