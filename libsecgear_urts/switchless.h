/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * switchless.h - calls that are handed to a worker of the enclave over shared memory: the tasks of
 * an enclave, who holds them, and what is needed to bring a result back.
 *
 * A task is a slot (wire/window.h) that any worker may serve. Who calls takes one, preferably the
 * one that its thread had before, so that nobody else's cache lines move. All that is kept here is
 * the host's own memory.
 *
 * Layer: libsecgear_urts. Threads: any; a task belongs to whoever took it.
 */
#ifndef URTS_SWITCHLESS_H
#define URTS_SWITCHLESS_H

#include "call.h"
#include "wire/board.h"
#include "wire/switchless.h"

/* TASK_HELD and TASK_FETCHED keep the enclave: its destroy waits for them. TASK_KEPT is as free,
 * but for one thread alone (keeper.h). */
enum task_holder {
    TASK_ABSENT,
    TASK_FREE,
    TASK_HELD,
    TASK_ASYNC,
    TASK_FETCHED,
    TASK_BATCH,
    TASK_KEPT
};

/* Of an asynchronous call, until its result is fetched. */
struct task_result {
    const ocall_enclave_table_t *ocalls;
    struct call_frame frame;
    uint16_t retval_size;
    uint16_t out_count;
    struct {
        void *data;
        size_t size;
    } outs[SWITCHLESS_PARAMS_MAX];
};

/* Never released, like its instance's place: whoever comes too late finds a word to look at. */
struct task {
    /* The number of its call << 3 | enum task_holder; its holder's, but for whoever takes it. */
    _Alignas(64) _Atomic uint32_t holder;
    uint32_t looks;           /* at an asynchronous call, while no worker had taken it */
    _Atomic uintptr_t keeper; /* 0: nobody; see keeper.h */
    struct slot_host slot;
    /* Of an asynchronous call, all in this line if its result is a number (of at most eight bytes,
     * in the answer's line); else the rest is among switchless.results. */
    const ocall_enclave_table_t *ocalls;
    uint16_t number_size;
    bool is_number;
};
_Static_assert(sizeof(struct task) == 64, "one line, that each call writes to");

/* Takes a task for a call of that description, which is all that keeps the enclave from then on;
 * waits: for its caller waits for it, and may have it made the ordinary way instead. */
cc_enclave_result_t task_begin(cc_enclave_t *enclave, const sl_ecall_func_info_t *info, bool waits,
                               struct call *call) __attribute__((warn_unused_result));
/* A task that was left as `from`, TASK_FETCHED now; false: it is not there, or no longer so. */
bool task_regain(cc_enclave_t *enclave, uint32_t index, uint32_t number, enum task_holder from,
                 struct call *call) __attribute__((warn_unused_result));
void task_put(const struct call *call, enum task_holder holder);
/* The next call that nobody waits for begins behind this one. */
void task_pass_on(const struct call *call);

struct switchless {
    struct switchless_config config;
    struct board_bell *bell;
    struct task_result *results;   /* for each task */
    pthread_mutex_t robbing;       /* see keeper.c */
    struct ocall_workers *workers; /* NULL: none may be started */
};

/* switchless_config.c: a cc_sl_config_t, copied, checked and completed. */
cc_enclave_result_t switchless_configure(const void *desc, struct switchless_config *ret_config)
    __attribute__((warn_unused_result));

/* For an instance whose window is mapped; false: no memory. */
bool switchless_open(struct instance *instance, const struct switchless_config *config);
/* Takes the tasks away that nobody holds; whether there are none left. */
bool switchless_close(struct instance *instance);
void switchless_free(struct instance *instance); /* closed */
static inline uint32_t switchless_pool(const struct switchless *switchless)
{
    return switchless != NULL ? switchless->config.pool : 0;
}

/* task_frame.c: the frames of secgear_edge.h, from the list of arguments. */
struct task_shape {
    size_t in_size;
    size_t out_size;
    uint32_t in_place; /* bit n: argument n lies in shared memory, and its address travels */
};
/* Where shared memory lies. */
struct task_area {
    uintptr_t begin;
    uintptr_t end;
};
struct task_area task_area_of(const struct instance *instance);
cc_enclave_result_t task_measure(struct task_area area, const sl_ecall_func_info_t *info,
                                 struct task_shape *ret_shape);
/* The in frame, shape->in_size bytes. */
void task_frame_write(uint8_t *place, const sl_ecall_func_info_t *info,
                      const struct task_shape *shape);
void task_write(struct call *call, const sl_ecall_func_info_t *info, const struct task_shape *shape,
                const struct call_frame *frame);
void task_note(const sl_ecall_func_info_t *info, const struct task_shape *shape,
               struct task_result *result);
/* Attacker: the enclave. From an answer of so many bytes; what is missing reads as zero. */
void task_results(const struct task_result *result, const uint8_t *answer, size_t size,
                  void *retval);
cc_enclave_result_t task_read(struct call *call, const struct call_frame *frame,
                              const struct task_result *result, void *retval);

/* Workers look no further than at tasks that were used; before the task's word says anything. */
static inline void task_show(struct board_bell *bell, uint32_t index)
{
    uint32_t seen = atomic_load_explicit(&bell->limit, memory_order_relaxed);

    while (seen <= index && !atomic_compare_exchange_weak(&bell->limit, &seen, index + 1))
        ;
}

/*
 * task_wait.c: hands it to the workers. TASK_STAYS: who waits by task_await() wakes one when it
 * grows impatient, so need not make sure now that one is awake. TASK_POLLS: nobody will ever sleep
 * on it, nor withdraw it. TASK_RETURNS: nobody will withdraw it, but task_attend() may sleep.
 */
enum task_manner { TASK_STAYS, TASK_POLLS, TASK_RETURNS };
void task_submit(struct call *call, enum task_manner manner);
/* The first half of it with TASK_STAYS, without a struct call. */
void task_hand_over(struct window_slot *slot, uint32_t number);
/* The other half: wakes a worker, if need be. Nobody has a fence before it asks who is awake:
 * workers look twice before they sleep. */
void workers_ring(struct board_bell *bell) __attribute__((cold));
static inline void workers_wake(struct board_bell *bell)
{
    if (atomic_load_explicit(&bell->awake, memory_order_relaxed) == 0)
        workers_ring(bell);
}

/* Whether it was done within a moment: if not, task_await() says what there is. TASK_HEARD_DUE: it
 * was, and task_pace_renew() is due. */
enum task_soon { TASK_UNHEARD, TASK_HEARD, TASK_HEARD_DUE };
enum task_soon task_hear_soon(const struct switchless *switchless, struct window_slot *slot,
                              uint32_t number, uint32_t here);
void task_pace_renew(void);
/* Wakes one more worker if nobody has taken it. */
void task_escalate(struct call *call);
/* The same now and then, for who only looks; the count begins at 0. */
void task_look_in_vain(struct call *call, uint32_t *looks);
/* Without waiting: SLOT_ECALL_DONE, SLOT_OCALL, SLOT_DEAD; SLOT_IDLE: nothing yet. */
enum slot_state task_look(struct call *call);
/* SLOT_ECALL_DONE, SLOT_OCALL, SLOT_DEAD; SLOT_IDLE: it was withdrawn before anybody began. Mostly
 * behind task_hear_soon(), which waits for as long as it is best not to look. */
enum slot_state task_await(struct call *call);
/* The same for a task that is not withdrawn; wakes more workers while nobody has taken it. */
enum slot_state task_attend(struct call *call);
/* For slot_publish() and slot_wait(): what follows on a slot whose call runs. */
void task_publish(struct call *call, enum slot_state state);
enum slot_state task_wait(struct call *call);

uint32_t switchless_task_of(int task_id); /* which task an id stands for */

/* The engine's entries. */
cc_enclave_result_t switchless_call(cc_enclave_t *enclave, void *retval,
                                    sl_ecall_func_info_t *info);
cc_enclave_result_t switchless_values(cc_enclave_t *enclave, cc_sl_values_t *values);
cc_enclave_result_t switchless_submit(cc_enclave_t *enclave, int *task_id,
                                      sl_ecall_func_info_t *info);
cc_enclave_result_t switchless_values_submit(cc_enclave_t *enclave, int *task_id,
                                             cc_sl_values_t *values);
cc_enclave_result_t switchless_fetch(cc_enclave_t *enclave, int task_id, void *retval);
/* The same, of a traced enclave: on success *ret_within_ns is what the enclave says. */
cc_enclave_result_t switchless_call_timed(cc_enclave_t *enclave, void *retval,
                                          sl_ecall_func_info_t *info, uint64_t *ret_within_ns);
cc_enclave_result_t switchless_fetch_timed(cc_enclave_t *enclave, int task_id, void *retval,
                                           uint64_t *ret_within_ns);

#endif
