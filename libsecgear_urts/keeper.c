/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "keeper.h"
#include "base/barrier.h"
#include "tasks.h"
#include <pthread.h>
#include <stdlib.h>

enum { ABSTAINS = 1024 }; /* tasks that it does not keep after others took some from it */

_Thread_local struct lane lane __attribute__((tls_model("initial-exec")));

static struct {
    pthread_once_t once;
    pthread_key_t key;
    bool works;
    struct keeper
        *_Atomic all; /* it only grows, and needs no lock that a fork could leave locked */
} keepers = {.once = PTHREAD_ONCE_INIT};

/* Its thread ends. What it keeps, the next one has that gets its record. */
static void keeper_leave(void *leaving)
{
    struct keeper *keeper = leaving;

    lane = (struct lane){0};
    atomic_store(&keeper->at, NULL);
    atomic_store(&keeper->taken, false);
}

static void keepers_begin(void)
{
    keepers.works = barrier_own_join() && pthread_key_create(&keepers.key, keeper_leave) == 0;
}

bool keepers_prepare(void)
{
    pthread_once(&keepers.once, keepers_begin);
    return keepers.works;
}

static struct keeper *keeper_find(void)
{
    struct keeper *keeper;
    bool taken = false;

    for (keeper = atomic_load(&keepers.all); keeper != NULL; keeper = keeper->next, taken = false)
        if (atomic_compare_exchange_strong(&keeper->taken, &taken, true))
            return keeper;
    keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return NULL;
    atomic_init(&keeper->taken, true);
    keeper->next = atomic_load(&keepers.all);
    while (!atomic_compare_exchange_weak(&keepers.all, &keeper->next, keeper))
        ;
    return keeper;
}

static bool keeper_have(void)
{
    struct keeper *keeper = lane.keeper != NULL ? lane.keeper : keeper_find();

    if (keeper == NULL)
        return false;
    if (lane.keeper == NULL && pthread_setspecific(keepers.key, keeper) != 0) {
        atomic_store(&keeper->taken, false);
        return false;
    }
    lane.keeper = keeper;
    return true;
}

static bool keeper_abstains(struct keeper *keeper)
{
    uint32_t losses = atomic_load_explicit(&keeper->losses, memory_order_relaxed);

    if (losses != keeper->losses_seen) {
        keeper->losses_seen = losses;
        keeper->abstains = ABSTAINS;
    }
    if (keeper->abstains == 0)
        return false;
    keeper->abstains--;
    return true;
}

void task_keep(struct instance *instance, const cc_enclave_t *enclave, struct task *task)
{
    uintptr_t nobody = 0;

    if (!keepers.works || !keeper_have() || keeper_abstains(lane.keeper))
        return;
    atomic_compare_exchange_strong(&task->keeper, &nobody, (uintptr_t)lane.keeper);
    lane.handle = (uint64_t)(uintptr_t)enclave->private_data;
    lane.instance = instance;
    lane.tasks = atomic_load(&instance->tasks);
    lane.slots = window_task_at(instance->window, &instance->layout, 0);
    lane.bell = instance->switchless->bell;
    lane.cpu = cpu_place();
    lane.params = instance->switchless->config.params;
    lane.pool = instance->switchless->config.pool;
}

void task_unkeep(struct task *task, uint32_t number)
{
    uint32_t seen = holder_word(number, TASK_KEPT);

    atomic_compare_exchange_strong(&task->holder, &seen, holder_word(number, TASK_FREE));
}

/* ------------------------------------------------------------------------------------- others */

static bool is_kept_idle(const struct task *task)
{
    return (atomic_load(&task->holder) & HOLDER_MASK) == TASK_KEPT;
}

static bool task_want(struct task *task, uintptr_t whose, bool every)
{
    uintptr_t keeper = atomic_load(&task->keeper);

    if (keeper == 0 || !(every || (whose != 0 ? keeper == whose : is_kept_idle(task))))
        return false;
    return atomic_compare_exchange_strong(&task->keeper, &keeper, keeper | KEEPER_WANTED);
}

/* All threads have passed a fence since it was marked. */
static void task_rob(struct task *task)
{
    uintptr_t wanted = atomic_load(&task->keeper);
    struct keeper *keeper = (struct keeper *)(wanted - KEEPER_WANTED); /* NOLINT: as marked */
    uint32_t seen;

    if (atomic_load(&keeper->at) == task) {
        atomic_store(&task->keeper, wanted - KEEPER_WANTED);
        return;
    }
    atomic_fetch_add(&keeper->losses, 1);
    seen = atomic_load(&task->holder); /* free first: once it is nobody's, it may be kept again */
    if ((seen & HOLDER_MASK) == TASK_KEPT)
        atomic_compare_exchange_strong(&task->holder, &seen,
                                       holder_word(seen >> HOLDER_BITS, TASK_FREE));
    atomic_store(&task->keeper, 0);
}

static bool tasks_rob(struct instance *instance, uintptr_t whose, bool every)
{
    struct task *tasks = atomic_load(&instance->tasks);
    uint32_t pool = instance->switchless->config.pool, wanted = 0;

    pthread_mutex_lock(&instance->switchless->robbing); /* a mark does not say who made it */
    for (uint32_t i = 0; i < pool; i++)
        wanted += task_want(&tasks[i], whose, every);
    if (wanted > 0)
        barrier_own_pass();
    for (uint32_t i = 0; wanted > 0 && i < pool; i++)
        if (atomic_load(&tasks[i].keeper) & KEEPER_WANTED)
            task_rob(&tasks[i]);
    pthread_mutex_unlock(&instance->switchless->robbing);
    return wanted > 0;
}

bool keepers_rob(struct instance *instance, uintptr_t whose)
{
    return tasks_rob(instance, whose, false);
}

void keepers_end(struct instance *instance)
{
    (void)tasks_rob(instance, 0, true);
}
