/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "tasks.h"
#include "base/detail.h"
#include "ocall_workers.h"
#include <sched.h>
#include <stdlib.h>

enum { TAKE_TRIES = 64 };

uint32_t switchless_task_of(int task_id)
{
    return (uint32_t)task_id & TASK_INDEX_MASK;
}

static bool tasks_make(struct instance *instance)
{
    size_t size = WINDOW_TASKS_MAX * sizeof(struct task);
    struct task *tasks = atomic_load(&instance->tasks);

    if (tasks != NULL)
        return true;
    tasks = aligned_alloc(_Alignof(struct task), size);
    if (tasks == NULL)
        return false;
    memset(tasks, 0, size); /* TASK_ABSENT */
    atomic_store(&instance->tasks, tasks);
    return true;
}

bool switchless_open(struct instance *instance, const struct switchless_config *config)
{
    struct switchless *s = calloc(1, sizeof *s);
    struct task_result *results = calloc(config->pool, sizeof *results);

    if (s == NULL || results == NULL || !tasks_make(instance)) {
        free(s);
        free(results);
        return false;
    }
    (void)keepers_prepare(); /* if not, each task is claimed each time */
    pthread_mutex_init(&s->robbing, NULL);
    s->config = *config;
    s->bell = &board_of(instance->window, &instance->layout)->tasks;
    s->results = results;
    instance->switchless = s;
    if (config->uworkers > 0)
        s->workers = ocall_workers_new(instance, config->uworkers); /* none: ordinary ocalls */
    for (uint32_t i = 0; i < config->pool; i++) {
        struct task *task = &instance->tasks[i];
        uint32_t number = atomic_load(&task->holder) >> HOLDER_BITS;

        task->slot.arena_used = 0;
        atomic_store(&task->holder, holder_word(number, TASK_FREE));
    }
    return true;
}

/* Whoever takes one now sees afterwards that the enclave is closing, and gives it back. */
static bool task_close(struct task *task)
{
    uint32_t seen = atomic_load(&task->holder);

    for (;;) {
        uint32_t holder = seen & HOLDER_MASK;

        if (holder == TASK_HELD || holder == TASK_FETCHED || atomic_load(&task->keeper) != 0)
            return false;
        if (holder == TASK_ABSENT ||
            atomic_compare_exchange_weak(&task->holder, &seen,
                                         holder_word(seen >> HOLDER_BITS, TASK_ABSENT)))
            return true;
    }
}

bool switchless_close(struct instance *instance)
{
    bool every = true;

    if (instance->switchless != NULL)
        keepers_end(instance);
    for (uint32_t i = 0; i < switchless_pool(instance->switchless); i++)
        every = task_close(&instance->tasks[i]) && every;
    return every;
}

void switchless_free(struct instance *instance)
{
    if (instance->switchless == NULL)
        return;
    while (!switchless_close(instance)) /* by somebody who is about to give it back */
        sched_yield();
    ocall_workers_free(instance->switchless->workers);
    pthread_mutex_destroy(&instance->switchless->robbing);
    free(instance->switchless->results);
    free(instance->switchless);
    instance->switchless = NULL;
}

void task_put(const struct call *call, enum task_holder holder)
{
    holder_set(&call->instance->tasks[call->index], holder);
}

static cc_enclave_result_t info_check(const struct instance *instance,
                                      const sl_ecall_func_info_t *info)
{
    if (instance->switchless == NULL)
        return detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                           "host: the enclave was created without the switchless feature");
    if (info == NULL || info->args == NULL ||
        (info->argc > 0 && ((const cc_sl_args_t *)info->args)->list == NULL))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: a switchless call without arguments");
    if (info->argc > instance->switchless->config.params)
        return detail_fail(CC_ERROR_SWITCHLESS_INVALID_ARG_NUM,
                           "host: a function of %u parameters, num_max_params is %u", info->argc,
                           instance->switchless->config.params);
    return CC_SUCCESS;
}

static cc_enclave_result_t call_check(struct instance *instance, const sl_ecall_func_info_t *info,
                                      bool waits)
{
    cc_enclave_result_t rc = info_check(instance, info);

    if (rc != CC_SUCCESS)
        return rc;
    if (atomic_load(&instance->dead))
        return call_dead(instance);
    if (waits && call_is_inside(instance)) /* what an ocall may call, ordinary calls know */
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    return CC_SUCCESS;
}

static cc_enclave_result_t pool_full(const struct instance *instance, bool waits)
{
    if (!waits && instance->switchless->config.rollback)
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    return detail_fail(CC_ERROR_SWITCHLESS_TASK_POOL_FULL,
                       "host: every task of the switchless pool is in use (fetch results, or raise "
                       "sl_call_pool_size_qwords)");
}

static bool is_idle(const struct task *task)
{
    uint32_t holder = atomic_load(&task->holder) & HOLDER_MASK;

    return holder == TASK_FREE || holder == TASK_KEPT;
}

/* *ret_idle: there was one, which somebody else was faster to take, or keeps. */
static bool task_find(struct instance *instance, uint32_t *ret_index, bool *ret_idle)
{
    *ret_idle = false;
    for (uint32_t n = 0; n < instance->switchless->config.pool; n++) {
        *ret_idle = *ret_idle || is_idle(&instance->tasks[n]);
        if (task_claim(&instance->tasks[n])) {
            *ret_index = n;
            return true;
        }
    }
    return false;
}

/* The pool is full when there was none twice: behind a look's back, others give some back and take
 * others. */
static bool task_take(struct instance *instance, struct call *call, uint32_t *ret_hint)
{
    unsigned vain = 0;

    for (unsigned tries = 0; vain < 2 && tries < TAKE_TRIES; tries++) {
        bool idle, robbed;

        if (task_find(instance, ret_hint, &idle)) {
            call_over(call, instance, *ret_hint);
            return true;
        }
        robbed = keepers_rob(instance, 0);
        vain = idle || robbed ? 0 : vain + 1;
    }
    return false;
}

/* Inside of the instance, where the call begins whose task of before is not free, or that fails. */
static __attribute__((cold, noinline)) cc_enclave_result_t
task_begin_slowly(cc_enclave_t *enclave, const sl_ecall_func_info_t *info, bool waits,
                  struct call *call)
{
    struct instance *instance;
    cc_enclave_result_t rc = instance_enter(enclave, &instance);

    if (rc != CC_SUCCESS)
        return rc;
    rc = call_check(instance, info, waits);
    if (rc == CC_SUCCESS && !task_take(instance, call, waits ? &lane.had_last : &lane.next))
        rc = pool_full(instance, waits);
    if (rc == CC_SUCCESS)
        task_keep(instance, enclave, &instance->tasks[call->index]);
    instance_leave(instance); /* a task keeps the enclave as well */
    return rc;
}

/*
 * Takes a task, which is all that keeps the enclave: whoever destroys it bars new calls first, and
 * then looks at each task; we take one first, and then look whether new calls are barred.
 */
cc_enclave_result_t task_begin(cc_enclave_t *enclave, const sl_ecall_func_info_t *info, bool waits,
                               struct call *call)
{
    uint32_t index = waits ? lane.had_last : lane.next;
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);
    struct task *tasks = instance != NULL ? atomic_load(&instance->tasks) : NULL;
    cc_enclave_result_t rc;

    if (tasks == NULL || !task_claim(&tasks[index]))
        return task_begin_slowly(enclave, info, waits, call);
    if (!instance_is_still(instance, use)) {
        task_leave(&tasks[index]);
        return task_begin_slowly(enclave, info, waits, call);
    }
    call_over(call, instance, index);
    rc = call_check(instance, info, waits);
    if (rc != CC_SUCCESS)
        task_give(call);
    else if (!task_is_ours(&tasks[index]))
        task_keep(instance, enclave, &tasks[index]);
    return rc;
}

void task_pass_on(const struct call *call)
{
    task_pass(call->instance->switchless->config.pool, call->index, call->slot);
}

cc_enclave_result_t task_fill(struct call *call, const sl_ecall_func_info_t *info,
                              struct task_shape *ret_shape, struct call_frame *ret_frame)
{
    cc_enclave_result_t rc = task_measure(task_area_of(call->instance), info, ret_shape);

    if (rc == CC_SUCCESS)
        rc = call_frame_take(call, ret_shape->in_size, ret_shape->out_size, ret_frame);
    if (rc == CC_SUCCESS)
        task_write(call, info, ret_shape, ret_frame);
    return rc;
}
