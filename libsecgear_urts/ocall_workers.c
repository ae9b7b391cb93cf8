/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "ocall_workers.h"
#include "base/barrier.h"
#include "base/futex.h"
#include "base/pace.h"
#include "keeper.h"
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    YIELD_PAUSES = 512,
    TIGHT_LOOKS = 64, /* before it pauses between them: a pause is as long as half an ocall */
    CLOSE_LOOK_NS = 100000,
    KEEP_FROM = 16,   /* ocalls of one slot in a row, from which on it is kept */
    PLACE_EVERY = 64, /* power of two: ocalls until it looks where it runs, if none was late */
};

/*
 * Who may serve what stands in a slot: nobody yet; somebody does; or it is the next one's of the
 * worker whose address stands there, who takes it without a locked instruction, as threads take
 * tasks that they keep (keeper.h): it says where it is, looks, and writes. Whoever else wants it
 * marks it, has all threads pass a fence, and has it unless that worker is there
 * (test/model/serving.pml). One who only marked it is no hindrance to the worker's next look.
 */
enum { SERVING_NOBODY = 0, SERVING = 1, SERVING_WANTED = 1 /* added to an address */ };

struct ocall_worker {
    struct ocall_workers *all;
    uint32_t number; /* from 1 */
    uint32_t quiet;  /* turns until it looks again, as the last one who asked advised */
    uint32_t served;
    _Atomic bool busy;            /* serving one */
    struct slot_host *_Atomic at; /* whose next ocall it is about to take */
    struct slot_host *last;       /* it served one of that slot, ... */
    uint32_t row;                 /* ... and so many before, one after the other ... */
    bool kept;                    /* ... until it lost what it kept */
    struct call call;             /* whose ocall it served last */
    pthread_t thread;
};

struct ocall_workers {
    struct instance *instance;
    struct board_bell *bell;
    uint32_t sleep; /* pauses */
    uint32_t most;
    long cpus; /* with one, nobody waits by spinning */
    bool keeps;
    pthread_mutex_t lock; /* of count, threads */
    uint32_t count;
    _Atomic uint32_t seeker;   /* number from 1 of the one that may look while there is nothing */
    _Atomic uint32_t keep_off; /* plus 1: where the caller ran that had the first one started */
    _Atomic bool stop;
    struct ocall_worker each[];
};

struct ocall_workers *ocall_workers_new(struct instance *instance, uint32_t most)
{
    struct ocall_workers *w = calloc(1, sizeof *w + most * sizeof w->each[0]);

    if (w == NULL)
        return NULL;
    w->instance = instance;
    w->bell = &board_of(instance->window, &instance->layout)->ocalls;
    w->sleep = instance->switchless->config.sleep;
    w->most = most;
    w->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    w->keeps = keepers_prepare();
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

/* ------------------------------------------------------------------------------ who serves one */

static bool is_ocall(const struct window_slot *slot)
{
    return slot_said(atomic_load(&slot->word)) == SLOT_OCALL;
}

static bool is_quick(const struct window_slot *slot)
{
    uint32_t word = atomic_load(&slot->word);

    return (word & SLOT_QUICK) && slot_said(word) == SLOT_OCALL;
}

/* One at a time: the mark does not say who made it. */
static bool kept_rob(struct slot_host *host, uintptr_t kept)
{
    const struct ocall_worker *worker = (const struct ocall_worker *)kept; /* NOLINT: as it wrote */
    uintptr_t seen = kept, wanted = kept + SERVING_WANTED;
    bool robs;

    if (!atomic_compare_exchange_strong(&host->serving, &seen, wanted))
        return false;
    barrier_own_pass();
    robs = atomic_load(&worker->at) != host;
    seen = wanted;
    return atomic_compare_exchange_strong(&host->serving, &seen, robs ? SERVING : kept) && robs;
}

static bool serving_take(pthread_mutex_t *robbing, struct slot_host *host)
{
    uintptr_t seen = atomic_load(&host->serving);
    bool robs;

    if (seen == SERVING_NOBODY)
        return atomic_compare_exchange_strong(&host->serving, &seen, SERVING);
    if (seen & (SERVING | SERVING_WANTED))
        return false;
    pthread_mutex_lock(robbing);
    robs = kept_rob(host, seen);
    pthread_mutex_unlock(robbing);
    return robs;
}

/* Of the worker that keeps it. */
static bool kept_take(struct ocall_worker *worker, struct slot_host *host, uintptr_t next)
{
    uintptr_t own = (uintptr_t)worker;
    bool takes;

    if (atomic_load_explicit(&host->serving, memory_order_relaxed) != own)
        return false;
    atomic_store_explicit(&worker->at, host, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    takes = atomic_load_explicit(&host->serving, memory_order_relaxed) == own;
    if (takes)
        atomic_store_explicit(&host->serving, next, memory_order_release);
    atomic_store_explicit(&worker->at, NULL, memory_order_release);
    return takes;
}

/* Behind its answer. */
static void served(struct ocall_worker *worker, struct slot_host *host)
{
    worker->row = worker->last == host ? worker->row + 1 : 0;
    worker->last = host;
    worker->kept = worker->all->keeps && worker->row >= KEEP_FROM;
    if (worker->kept)
        atomic_store_explicit(&host->serving, (uintptr_t)worker, memory_order_release);
    else
        atomic_store(&host->serving, SERVING_NOBODY);
}

static void kept_drop(struct ocall_worker *worker)
{
    if (worker->last != NULL)
        (void)kept_take(worker, worker->last, SERVING_NOBODY);
    worker->last = NULL;
}

/*
 * Only whoever serves it answers it: what stands there once it is ours stays there. Who came late
 * for one looks once more when it has let go: who came for the next one meanwhile found it taken.
 */
static bool claim(pthread_mutex_t *robbing, struct slot_host *host, const struct window_slot *slot,
                  bool (*is)(const struct window_slot *))
{
    do {
        if (!serving_take(robbing, host))
            return false;
        if (is(slot))
            return true;
        atomic_store(&host->serving, SERVING_NOBODY);
    } while (is(slot));
    return false;
}

bool ocall_claim_shared(struct call *call)
{
    if (!claim(&call->instance->switchless->robbing, call->host, call->slot, is_ocall))
        return false;
    call->serving = true;
    if (is_quick(call->slot))
        ocall_workers_want(ocall_workers_of(call));
    return true;
}

void ocall_let_shared(struct call *call)
{
    call->serving = false;
    atomic_store(&call->host->serving, SERVING_NOBODY);
}

void ocalls_open(struct call *call)
{
    if (ocall_workers_of(call) != NULL)
        atomic_store(&call->host->ocalls, call->ocalls);
}

/*
 * Attacker: the enclave, which may end its call while an ocall runs, or ask for one afterwards. A
 * worker that still serves one is waited for; one that comes later finds no functions.
 */
void ocalls_close(struct call *call)
{
    const struct timespec moment = {.tv_nsec = CLOSE_LOOK_NS};

    if (ocall_workers_of(call) == NULL)
        return;
    ocall_let(call);
    while (!serving_take(&call->instance->switchless->robbing, call->host))
        nanosleep(&moment, NULL);
    atomic_store(&call->host->ocalls, NULL);
    atomic_store(&call->host->serving, SERVING_NOBODY);
}

/* ------------------------------------------------------------------------------------- workers */

/* Made anew for another slot only: to clear so much takes as long as a tenth of an ocall. */
static struct call *call_about(struct ocall_worker *worker, uint32_t index)
{
    struct instance *instance = worker->all->instance;
    struct slot_host *host = &instance->slots[index];

    if (worker->call.host != host)
        worker->call = (struct call){
            .instance = instance,
            .index = index,
            .slot = window_slot_at(instance->window, &instance->layout, index),
            .host = host,
            .apart = true,
        };
    worker->call.ocalls = atomic_load(&host->ocalls);
    return &worker->call;
}

static void slot_serve(struct ocall_worker *worker, uint32_t index)
{
    struct call *call = call_about(worker, index);
    struct window_slot *slot = call->slot;
    struct slot_host *host = call->host;

    worker->quiet = pace_advised(*(volatile uint32_t *)&slot->status);
    atomic_store_explicit(&worker->busy, true, memory_order_relaxed);
    call_serve(call);
    /* The caller sleeps on this word as well. */
    if (atomic_exchange(&slot->word, SLOT_OCALL_DONE) & SLOT_WAITED)
        futex_wake(&slot->word, INT_MAX);
    atomic_store_explicit(&worker->busy, false, memory_order_relaxed);
    served(worker, host);
}

static bool worker_claim(struct ocall_worker *worker, struct slot_host *host,
                         const struct window_slot *slot)
{
    if (!kept_take(worker, host, SERVING)) {
        if (worker->kept)
            worker->last = NULL;
        return claim(&worker->all->instance->switchless->robbing, host, slot, is_quick);
    }
    if (is_quick(slot))
        return true;
    atomic_store(&host->serving, SERVING_NOBODY);
    return false;
}

/* One look at each slot that has a call. */
static bool slots_look(struct ocall_worker *worker, bool first)
{
    struct instance *instance = worker->all->instance;

    for (uint32_t at = 0; at < instance->layout.tcs_count; at += 64) {
        uint32_t rest = instance->layout.tcs_count - at;
        uint64_t here = rest < 64 ? (UINT64_C(1) << rest) - 1 : UINT64_MAX;
        uint64_t taken = ~atomic_load(&instance->free_slots[at / 64]) & here;

        for (; taken != 0; taken &= taken - 1) {
            uint32_t index = at + (uint32_t)__builtin_ctzll(taken);
            struct window_slot *slot = window_slot_at(instance->window, &instance->layout, index);

            if (worker->last == &instance->slots[index]) {
                if (first)
                    pace_fetch_first(worker->quiet, slot);
                else
                    pace_fetch(worker->quiet, slot);
            }
            if (is_quick(slot) && worker_claim(worker, &instance->slots[index], slot)) {
                slot_serve(worker, index);
                return true;
            }
        }
    }
    return false;
}

/*
 * Away from the CPU that the enclave needs: it asks where we are, and beside us it does not spin.
 * As long as it says nothing, it runs where its caller does.
 * Attacker: the enclave, which may have us move for nothing.
 */
static void place_note(struct ocall_workers *w)
{
    uint32_t off = atomic_exchange(&w->keep_off, 0), here;
    uint32_t beside = atomic_load_explicit(&w->bell->beside, memory_order_relaxed);
    cpu_set_t every;

    if (beside != 0) {
        atomic_store_explicit(&w->bell->beside, 0, memory_order_relaxed);
        off = beside;
    }
    if (off != 0) { /* wherever the caller that started us was bound to */
        memset(&every, 0xff, sizeof every);
        CPU_CLR(off - 1, &every);
        sched_setaffinity(0, sizeof every, &every); /* only speed: a refusal changes nothing */
    }
    here = cpu_here();
    if (atomic_load_explicit(&w->bell->cpu, memory_order_relaxed) != here)
        atomic_store_explicit(&w->bell->cpu, here, memory_order_relaxed);
}

static void seek(struct ocall_worker *worker)
{
    struct ocall_workers *w = worker->all;
    uint32_t pauses = 0;

    atomic_store(&w->seeker, worker->number);
    place_note(w);
    while (!atomic_load(&w->stop)) {
        if (slots_look(worker, pauses == 0)) {
            pauses = 0;
            if (atomic_load_explicit(&w->seeker, memory_order_relaxed) != worker->number)
                atomic_store(&w->seeker, worker->number);
            if (++worker->served % PLACE_EVERY == 0)
                place_note(w);
            pace_rest(worker->quiet);
            continue;
        }
        if (atomic_load(&w->seeker) != worker->number || pauses++ >= w->sleep)
            return;
        if (pauses >= TIGHT_LOOKS)
            cpu_relax();
        else
            pace_space(worker->quiet);
        if (pauses % YIELD_PAUSES == 0) {
            sched_yield();
            place_note(w);
        }
    }
}

static void *worker_main(void *arg)
{
    struct ocall_worker *worker = arg;
    struct ocall_workers *w = worker->all;

    while (!atomic_load(&w->stop)) {
        uint32_t seen;

        atomic_fetch_add(&w->bell->awake, 1);
        seek(worker);
        kept_drop(worker);
        seen = atomic_load(&w->bell->bell);
        atomic_fetch_sub(&w->bell->awake, 1);
        if (!slots_look(worker, true) && !atomic_load(&w->stop))
            futex_wait(&w->bell->bell, seen);
    }
    return NULL;
}

/* With the lock held. */
static void worker_start(struct ocall_workers *w)
{
    struct ocall_worker *worker = &w->each[w->count];
    sigset_t every, old;

    worker->all = w;
    worker->number = w->count + 1;
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, &old); /* signals are the application's */
    if (pthread_create(&worker->thread, NULL, worker_main, worker) == 0)
        w->count++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* With the lock held. */
static bool all_busy(const struct ocall_workers *w)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (!atomic_load_explicit(&w->each[i].busy, memory_order_relaxed))
            return false;
    return true;
}

/* Without one more, ocalls are as they always are: nothing fails. */
void ocall_workers_want(struct ocall_workers *w)
{
    if (pthread_mutex_trylock(&w->lock) != 0) /* somebody else is about to */
        return;
    if (w->count == 0)
        atomic_store(&w->keep_off, cpu_here());
    if (w->cpus > 1 && w->count < w->most && all_busy(w) && !atomic_load(&w->stop))
        worker_start(w);
    pthread_mutex_unlock(&w->lock);
}

void ocall_workers_free(struct ocall_workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->stop, true);
    pthread_mutex_unlock(&w->lock);
    atomic_fetch_add(&w->bell->bell, 1);
    futex_wake(&w->bell->bell, INT_MAX);
    for (uint32_t i = 0; i < w->count; i++)
        pthread_join(w->each[i].thread, NULL);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
