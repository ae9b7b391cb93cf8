/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * worker.c - threads that serve switchless calls: they look at the tasks' lines, claim what they
 * find, run it as any ecall is run (dispatch.c), and sleep when there was nothing for a while.
 *
 * At most one of them looks for tasks while there are none: whoever was woken last. The others
 * sleep, and are woken by a caller whose call nobody takes. What may be run, and by whom, is
 * decided by claims in this file; nothing that the host writes moves them, or the bounds that tasks
 * are looked for in. The order of the steps is that of wire/board.h.
 *
 * Layer: libsecgear_trts. Threads: one struct worker each; claims are shared by all.
 */
#include "runtime.h"
#include "base/cpu.h"
#include "base/pace.h"
#include "secgear_edge_switchless.h"
#include "values.h"
#include "wire/board.h"
#include "wire/trts_internal.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    YIELD_PAUSES = 512, /* power of two; 5 to 10 us */
    WAIT_PAUSES = 2000, /* for the answer to an ocall, before sleeping */
    SAME_CPU_MAX = 8,   /* calls from this CPU until the worker moves away */
    FAR_EVERY = 4,      /* power of two: looks in vain, of which one is at tasks elsewhere */
    FAR_TASKS = 4,      /* at so many of them */
    STREAK_MAX = 64,    /* calls where they were expected, until others are looked at as well: one
                           by one, as many would cost several times as much */
    TIGHT_LOOKS = 64,   /* before it pauses between them: a pause is as long as half a call */
    ROW_TURNS = 200,  /* with calls in a row, until it looks whether some more were written; ... */
    ROW_LOOKS = 8,    /* ... and so often in vain, until the row is over */
    NAP_NS = 1000000, /* after which whatever was written before is there to be seen */
};

struct claim {
    _Atomic uint32_t held;
    uint8_t apart[60];
};

struct worker {
    struct tcs tcs;
    uint32_t id;    /* from 1 */
    uint32_t at;    /* the task that it served last */
    uint32_t step;  /* to the one that is expected next: 0, or 1 for calls in a row */
    uint32_t far;   /* of the others, the one to look at next */
    uint32_t looks; /* in vain */
    uint32_t streak;
    uint32_t cpu;       /* plus 1: where it ran when it last looked */
    uint32_t same;      /* calls from that CPU, one after the other */
    uint32_t quiet;     /* turns until it looks for the next call, as its last caller advised */
    bool beside_caller; /* its last caller needs this CPU */
};

/* Constant once threads run, but for the claims and the seeker. */
static struct {
    uint8_t *slots; /* the tasks' lines, and ... */
    uint8_t *marks; /* ... what workers say of them: see task_slot(), task_mark() */
    size_t arenas;  /* the first one's offset, of our half */
    struct values_forms forms;
    struct board_bell *bell;
    struct switchless_config config;
    struct claim *claims;
    struct worker *workers;
    cpu_set_t allowed;
    int cpus; /* that there are; with one, nobody waits by spinning */
    cc_edge_shared_t shared;
    _Alignas(
        64) _Atomic uint32_t seeker; /* id of the worker that may look while there is nothing */
} pool;

/* Wherever the host's first thread was bound to when it started the device says nothing. */
static void cores_free(void)
{
    cpu_set_t every;

    memset(&every, 0xff, sizeof every);
    sched_setaffinity(0, sizeof every, &every);
}

/* Cores that do not exist are ignored, as are those that this process may not use. */
static void cores_bind(void)
{
    cpu_set_t wanted;

    CPU_ZERO(&wanted);
    for (unsigned i = 0; i < CPU_SETSIZE; i++)
        if (switchless_has_core(&pool.config, i))
            CPU_SET(i, &wanted);
    if (CPU_COUNT(&wanted) == 0 || sched_setaffinity(0, sizeof wanted, &wanted) != 0)
        cores_free();
}

static void cores_note(void)
{
    cpu_set_t before, every;

    CPU_ZERO(&before);
    CPU_ZERO(&every);
    CPU_ZERO(&pool.allowed);
    sched_getaffinity(0, sizeof before, &before);
    cores_free();
    sched_getaffinity(0, sizeof every, &every);
    cores_bind();
    sched_getaffinity(0, sizeof pool.allowed, &pool.allowed);
    sched_setaffinity(0, sizeof before, &before);
    pool.cpus = CPU_COUNT(&every);
}

bool workers_prepare(void)
{
    const struct trts_boot *boot = runtime_boot();
    size_t size = boot->switchless.pool * sizeof *pool.claims;

    pool.slots = (uint8_t *)window_task_at(boot->window, &boot->layout, 0);
    pool.marks = (uint8_t *)board_mark_at(boot->window, &boot->layout, 0);
    pool.arenas = boot->layout.task_arenas + WINDOW_TASK_ARENA_HALF;
    pool.forms = values_forms_of(boot);
    pool.config = boot->switchless;
    pool.bell = &board_of(boot->window, &boot->layout)->tasks;
    pool.claims = aligned_alloc(sizeof *pool.claims, size);
    pool.workers = calloc(pool.config.tworkers, sizeof *pool.workers);
    if (pool.claims == NULL || pool.workers == NULL)
        return false;
    for (uint32_t i = 0; i < pool.config.pool; i++)
        atomic_init(&pool.claims[i].held, 0);
    pool.shared.begin = (uintptr_t)boot->window + boot->layout.heap;
    pool.shared.end = (uintptr_t)boot->window + boot->layout.size;
    cores_note();
    return true;
}

const void *workers_shared(void)
{
    return &pool.shared;
}

/* Behind an answer: its caller says that it sleeps before it looks for that. */
static __attribute__((noinline)) void sleeper_wake(struct window_slot *slot)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(board_sleeper_of(slot), memory_order_relaxed) != 0)
        futex_wake(&slot->word, 1);
}

/*
 * The line goes to the host at once, with a plain store: who polls it would have taken it away
 * between the answer and an exchange.
 */
static inline void task_publish(struct tcs *tcs, enum slot_state state)
{
    atomic_store_explicit(&tcs->slot->word, board_word(tcs->number, state), memory_order_release);
    if (!tcs->polled || tcs->depth > 0)
        sleeper_wake(tcs->slot);
}

void worker_publish(struct tcs *tcs, enum slot_state state)
{
    task_publish(tcs, state);
}

static bool task_answered(const struct tcs *tcs, uint32_t word)
{
    enum slot_state state = slot_state_of(word);

    return word >> SLOT_NUMBER_SHIFT == tcs->number &&
           (state == SLOT_ECALL || state == SLOT_OCALL_DONE);
}

/* In an ocall. The host may write anything; only what it may say now ends the wait. */
enum slot_state worker_await(struct tcs *tcs)
{
    _Atomic uint32_t *word = &tcs->slot->word;

    for (unsigned pauses = 0;; pauses++) {
        uint32_t seen = atomic_load_explicit(word, memory_order_acquire);

        if (task_answered(tcs, seen))
            return slot_state_of(seen);
        if (pauses < WAIT_PAUSES) {
            cpu_relax();
            continue;
        }
        if ((seen & SLOT_WAITED) || atomic_compare_exchange_strong(word, &seen, seen | SLOT_WAITED))
            futex_wait(word, seen | SLOT_WAITED);
    }
}

/* Away from its callers' CPU, if it has another one. */
static __attribute__((cold, noinline)) void worker_move(struct worker *worker)
{
    cpu_set_t others = pool.allowed;

    worker->same = 0;
    if (worker->cpu == 0)
        return;
    CPU_CLR(worker->cpu - 1, &others);
    if (CPU_COUNT(&others) > 0)
        sched_setaffinity(0, sizeof others, &others); /* only speed: a refusal changes nothing */
}

static void worker_place(struct worker *worker, uint16_t caller_cpu)
{
    worker->beside_caller = caller_cpu != 0 && caller_cpu == worker->cpu;
    if (!worker->beside_caller)
        worker->same = 0;
    else if (++worker->same >= SAME_CPU_MAX)
        worker_move(worker);
}

static inline struct window_slot *task_slot(uint32_t index)
{
    return (struct window_slot *)(void *)(pool.slots + (size_t)index * WINDOW_SLOT_STRIDE);
}

static inline _Atomic uint32_t *task_mark(uint32_t index)
{
    return (_Atomic uint32_t *)(void *)(pool.marks + (size_t)index * WINDOW_SLOT_STRIDE);
}

/* A caller who waits may withdraw: either it sees the mark, or we see that. One who does not wait
 * does not withdraw; one who does has us pass a fence, if it can (base/barrier.h). */
static inline void mark_take(_Atomic uint32_t *mark, uint32_t number, bool polled)
{
    if (polled || pool.config.barrier != 0)
        atomic_store_explicit(mark, board_mark(number, true), memory_order_relaxed);
    else
        atomic_exchange(mark, board_mark(number, true)); /* and a fence: see wire/board.h */
}

/* Apart, for its frame on the stack is large. */
static __attribute__((flatten, noinline)) void task_serve_generally(struct tcs *tcs)
{
    ecall_serve(tcs);
}

/* A locked instruction takes as long as a tenth of a call; who is the only one has nobody to keep
 * away. */
static inline bool claim_take(const struct worker *worker, uint32_t index)
{
    _Atomic uint32_t *held = &pool.claims[index].held;
    uint32_t none = 0;

    if (pool.config.tworkers == 1)
        return true;
    return atomic_compare_exchange_strong_explicit(held, &none, worker->id, memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline void claim_give(uint32_t index)
{
    if (pool.config.tworkers > 1)
        atomic_store_explicit(&pool.claims[index].held, 0, memory_order_release);
}

/* What the worker has taken, from a copy of its line. */
static inline void task_run(struct worker *worker, uint32_t index, struct window_slot *slot,
                            uint32_t number)
{
    struct tcs *tcs = &worker->tcs;
    const cc_values_func_t *f;
    struct window_slot request;

    line_fetch(slot); /* for the answer */
    slot_load_head(slot, &request);
    tcs->slot = slot;
    tcs->arena = pool.arenas + (size_t)index * WINDOW_TASK_ARENA_SIZE;
    tcs->number = number;
    f = values_find(&pool.forms, &request);
    if (f != NULL) {
        values_run(tcs, f, &request);
        task_publish(tcs, SLOT_ECALL_DONE);
        if (f->in_size > 0)
            wipe_few(request.payload, sizeof request.payload);
    } else {
        task_serve_generally(tcs);
    }
    worker->quiet = pace_advised(request.status);
    worker_place(worker, request.cpu);
}

/*
 * Attacker: the host, who may change the word at any time: then a call is run that it asked for,
 * or none. The claim keeps other workers away from line and arena until the answer stands.
 */
static inline bool task_serve(struct worker *worker, uint32_t index, uint32_t seen)
{
    struct window_slot *slot = task_slot(index);
    _Atomic uint32_t *mark = task_mark(index);
    uint32_t number = seen >> SLOT_NUMBER_SHIFT, again;

    if (!claim_take(worker, index))
        return false;
    worker->tcs.polled = seen & SLOT_POLLED;
    mark_take(mark, number, worker->tcs.polled);
    again = atomic_load(&slot->word);
    if (slot_state_of(again) == SLOT_ECALL && again >> SLOT_NUMBER_SHIFT == number) {
        task_run(worker, index, slot, number);
    } else {
        atomic_store(mark, board_mark(number, false));
        worker->quiet = 0;
    }
    claim_give(index);
    return true;
}

/* How many tasks there are to look at: as the host says, and never more than there are. */
static uint32_t tasks_limit(void)
{
    uint32_t limit = atomic_load_explicit(&pool.bell->limit, memory_order_relaxed);

    return limit < pool.config.pool ? limit : pool.config.pool;
}

/* Whether there was a call, which is done now. */
static inline bool task_look(struct worker *worker, uint32_t index)
{
    uint32_t seen = atomic_load_explicit(&task_slot(index)->word, memory_order_acquire);

    return slot_state_of(seen) == SLOT_ECALL && task_serve(worker, index, seen);
}

/* The next call is expected behind that one, or there again. */
static void worker_expect(struct worker *worker, uint32_t index)
{
    if (index == worker->at + 1)
        worker->step = 1;
    else if (index == worker->at)
        worker->step = 0;
    worker->at = index;
}

/*
 * One look at each of so many tasks, behind those that it looked at before. Who filled one in may
 * fill in the next ones: calls are expected there, unless there are some where they were expected.
 */
static __attribute__((noinline, flatten)) bool tasks_look(struct worker *worker, uint32_t limit,
                                                          uint32_t count, bool astray)
{
    for (uint32_t n = 0; n < count; n++) {
        uint32_t index = worker->far < limit ? worker->far : 0;

        worker->far = index + 1;
        if (task_look(worker, index)) {
            if (!astray)
                worker_expect(worker, index);
            return true;
        }
    }
    return false;
}

/*
 * Who called calls again, over the same task, or over the next one if it waits for no answer: there
 * a worker looks; elsewhere now and then, for a look at a line takes it away from who fills it in.
 */
static bool task_expect(struct worker *worker, bool first)
{
    uint32_t limit = tasks_limit();
    uint32_t index = worker->at + worker->step;
    uint32_t far = limit < FAR_TASKS ? limit : FAR_TASKS;

    if (index >= limit)
        index = 0;
    if (worker->step == 0) {
        if (first)
            pace_fetch_first(worker->quiet, task_slot(index));
        else
            pace_fetch(worker->quiet, task_slot(index));
    }
    if (limit > 0 && task_look(worker, index)) {
        worker_expect(worker, index);
        if (++worker->streak >= STREAK_MAX) {
            worker->streak = 0;
            tasks_look(worker, limit, far, true);
        }
        return true;
    }
    worker->streak = 0;
    return ++worker->looks % FAR_EVERY == 0 && tasks_look(worker, limit, far, false);
}

static bool tasks_look_all(struct worker *worker)
{
    uint32_t limit = tasks_limit();

    return tasks_look(worker, limit, limit, false);
}

static bool worker_is_seeker(const struct worker *worker)
{
    return atomic_load_explicit(&pool.seeker, memory_order_relaxed) == worker->id;
}

/* The host asks this of the one that looks for tasks: beside it, nobody waits by spinning. */
static __attribute__((noinline)) void worker_note_cpu(struct worker *worker)
{
    uint32_t cpu = cpu_here();

    worker->cpu = cpu;
    if (worker_is_seeker(worker) &&
        atomic_load_explicit(&pool.bell->cpu, memory_order_relaxed) != cpu)
        atomic_store_explicit(&pool.bell->cpu, cpu, memory_order_relaxed);
}

static bool worker_may_wait(const struct worker *worker, uint32_t pauses)
{
    if (!worker_is_seeker(worker) || worker->beside_caller || pool.cpus < 2)
        return false;
    return pool.config.policy == 0 || pauses < pool.config.sleep;
}

/*
 * Until there was nothing for long enough, or another one has taken over looking. What calls have
 * to pass is in here, in one piece.
 */
static __attribute__((noinline, flatten)) void worker_seek(struct worker *worker)
{
    uint32_t pauses = 0;

    atomic_store_explicit(&pool.seeker, worker->id, memory_order_relaxed);
    worker_note_cpu(worker);
    while (tasks_look_all(worker))
        ;
    for (;;) {
        if (task_expect(worker, pauses == 0)) {
            pauses = 0;
            pace_rest(worker->quiet);
            continue;
        }
        if (!worker_may_wait(worker, pauses))
            return;
        if (worker->step != 0 && pauses < ROW_LOOKS)
            pace_wait(ROW_TURNS); /* or it would look at the line that is being written */
        else if (pauses >= TIGHT_LOOKS)
            cpu_relax();
        else
            pace_space(worker->quiet);
        pauses++;
        if (pauses % YIELD_PAUSES == 0) {
            sched_yield();
            worker_note_cpu(worker);
        }
    }
}

/* Whether the bell rang: true as well for any other reason to look again. */
static bool worker_nap(uint32_t seen)
{
    const struct timespec moment = {.tv_nsec = NAP_NS};

    return syscall(SYS_futex, &pool.bell->bell, FUTEX_WAIT, seen, &moment, NULL, 0) == 0 ||
           errno != ETIMEDOUT;
}

/*
 * Says that it sleeps, looks once more, sleeps; and looks once more after a while that no store
 * waits for: who calls has no fence between handing it over and looking who is awake.
 */
static void worker_sleep(struct worker *worker)
{
    uint32_t seen = atomic_load(&pool.bell->bell);

    if (worker_is_seeker(worker))
        atomic_store_explicit(&pool.bell->cpu, 0, memory_order_relaxed);
    atomic_fetch_sub(&pool.bell->awake, 1);
    if (!tasks_look_all(worker) && !worker_nap(seen) && !tasks_look_all(worker))
        futex_wait(&pool.bell->bell, seen);
    worker->beside_caller = false;
    atomic_fetch_add(&pool.bell->awake, 1);
}

void *worker_main(void *arg)
{
    struct worker *worker = &pool.workers[(uintptr_t)arg];

    worker->id = (uint32_t)(uintptr_t)arg + 1;
    worker->tcs = (struct tcs){
        .arena_size = WINDOW_TASK_ARENA_HALF, .ocall = OCALL_NONE, .cpu = -1, .task = true};
    tcs_adopt(&worker->tcs);
    if (crash_is_watched())
        secgear_trts_watch_thread();
    seed_await();
    cores_bind();
    atomic_fetch_add(&pool.bell->awake, 1);
    for (;;) {
        worker_seek(worker);
        worker_sleep(worker);
    }
    return NULL;
}
