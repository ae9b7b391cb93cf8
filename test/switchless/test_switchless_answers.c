/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The host's half of switchless calls in one process: an enclave that answers what it likes, and
 * when, to calls and batches, or asks for quick ocalls; and results that are asked for wrongly.
 *
 *   hostile enclave ──▸ tasks, slots ──▸ task_wait.c, task_frame.c, batch.c, ocall_workers.c
 */
#include "inside.h"
#include "ocall_workers.h"
#include "secgear_image.h"
#include "secgear_switchless_batch.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

extern const cc_enclave_image_t cc_enclave_image;

/* ---------------------------------------------------------------------------- hostile enclave */

enum { QUICK_OCALLS = 1000, ENDED_EARLY = 10, LONG_LOOKS = 200 };

static atomic_uint running, ran;
static atomic_bool returned, overtaken; /* the call; and while an ocall of it ran */

static cc_enclave_result_t ocall_slow(const uint8_t *in, size_t in_size, uint8_t *out, size_t size)
{
    (void)in, (void)in_size, (void)out, (void)size;
    atomic_fetch_add(&running, 1);
    for (int i = 0; i < 20; i++)
        sched_yield();
    atomic_fetch_add(&ran, 1);
    atomic_fetch_sub(&running, 1);
    return CC_SUCCESS;
}

static const ocall_enclave_table_t slow_table = {.num = 1, .ocalls = {ocall_slow}};

/* Gives a call that does not wait for it the time to return. */
static cc_enclave_result_t ocall_long(const uint8_t *in, size_t in_size, uint8_t *out, size_t size)
{
    const struct timespec moment = {.tv_nsec = 100000};

    (void)in, (void)in_size, (void)out, (void)size;
    atomic_fetch_add(&running, 1);
    for (int i = 0; i < LONG_LOOKS && !atomic_load(&returned); i++)
        nanosleep(&moment, NULL);
    if (atomic_load(&returned))
        atomic_store(&overtaken, true);
    atomic_fetch_sub(&running, 1);
    return CC_SUCCESS;
}

static const ocall_enclave_table_t long_table = {.num = 1, .ocalls = {ocall_long}};

/* One call on the slot where the test is the enclave; did an ocall of it still run at its end? */
static void *puppet_call_main(void *arg)
{
    struct call_buffers none = {NULL, 0, NULL, 0};
    cc_enclave_result_t rc = harness_call(0, &none, (const ocall_enclave_table_t *)arg);

    rc = rc == CC_SUCCESS && atomic_load(&running) == 0 ? CC_SUCCESS : CC_FAIL;
    atomic_store(&returned, true);
    return (void *)(uintptr_t)rc;
}

static void puppet_begin(void)
{
    const struct switchless_config config = {.uworkers = 2,
                                             .tworkers = 1,
                                             .pool = POOL,
                                             .params = 16,
                                             .fallback = 20000,
                                             .sleep = 20000,
                                             .policy = 1};

    harness_switchless(&config);
    harness_start(&cc_enclave_image);
    harness_puppet();
}

static void puppet_await(struct window_slot *slot, uint32_t state)
{
    while ((atomic_load(&slot->word) & SLOT_STATE_MASK) != state)
        sched_yield();
}

static void puppet_write(struct window_slot *slot, uint32_t word)
{
    slot->flags = 0;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->function = 0;
    slot->in_size = slot->out_size = 0;
    slot->status = 0;
    atomic_exchange(&slot->word, word);
}

static void puppet_say(struct window_slot *slot, uint32_t word)
{
    puppet_write(slot, word);
    futex_wake(&slot->word, INT32_MAX);
}

/* For workers: the caller sleeps on. */
static void puppet_ask_workers(struct window_slot *slot)
{
    struct instance *instance = harness_instance();
    struct board_bell *bell = &board_of(instance->window, &instance->layout)->ocalls;

    puppet_write(slot, SLOT_OCALL | SLOT_QUICK);
    atomic_fetch_add(&bell->bell, 1);
    futex_wake(&bell->bell, INT32_MAX);
}

static void puppet_start(pthread_t *thread, const ocall_enclave_table_t *ocalls)
{
    atomic_store(&returned, false);
    ck_assert_int_eq(pthread_create(thread, NULL, puppet_call_main, (void *)(uintptr_t)ocalls), 0);
    puppet_await(harness_slot(HARNESS_TCS), SLOT_ECALL);
}

static void puppet_join(pthread_t thread)
{
    void *rc;

    pthread_join(thread, &rc);
    ck_assert_ptr_null(rc);
}

START_TEST(quick_ocall_is_run_once_whoever_takes_it)
{
    struct window_slot *slot = harness_slot(HARNESS_TCS);
    pthread_t thread;

    puppet_start(&thread, &slow_table);
    for (int i = 0; i < QUICK_OCALLS; i++) {
        puppet_say(slot, SLOT_OCALL | SLOT_QUICK | (i % 3 == 0 ? SLOT_WAITED : 0));
        puppet_await(slot, SLOT_OCALL_DONE);
    }
    puppet_say(slot, SLOT_ECALL_DONE);
    puppet_join(thread);
    ck_assert_uint_eq(atomic_load(&ran), QUICK_OCALLS);
}
END_TEST

/* Whoever comes late for one finds it answered, or somebody at it. */
START_TEST(ocall_is_claimed_by_one_and_while_it_stands)
{
    struct window_slot *slot = harness_slot(HARNESS_TCS);
    struct slot_host *host = &harness_instance()->slots[HARNESS_TCS];
    struct call one = {.instance = harness_instance(), .slot = slot, .host = host}, other = one;

    puppet_write(slot, SLOT_OCALL_DONE);
    ck_assert(!ocall_claim_shared(&one));
    ck_assert(!atomic_load(&host->serving));
    puppet_write(slot, SLOT_OCALL);
    ck_assert(ocall_claim_shared(&one));
    ck_assert(!ocall_claim_shared(&other));
    ocall_let_shared(&one);
    puppet_write(slot, SLOT_IDLE);
}
END_TEST

/* The enclave says that the call is done while an ocall of it runs. */
START_TEST(call_ends_after_its_ocalls_whatever_the_enclave_says)
{
    struct window_slot *slot = harness_slot(HARNESS_TCS);
    pthread_t thread;

    SKIP_RACES();
    for (int i = 0; i < ENDED_EARLY; i++) {
        puppet_start(&thread, &slow_table); /* so that there are workers */
        puppet_say(slot, SLOT_OCALL | SLOT_QUICK);
        puppet_await(slot, SLOT_OCALL_DONE);
        puppet_say(slot, SLOT_ECALL_DONE);
        puppet_join(thread);
        puppet_start(&thread, &long_table);
        puppet_ask_workers(slot);
        while (atomic_load(&running) == 0 && slot_state_of(atomic_load(&slot->word)) == SLOT_OCALL)
            sched_yield();
        while (!atomic_load(&returned)) { /* what a worker answers stands over it */
            puppet_say(slot, SLOT_ECALL_DONE);
            sched_yield();
        }
        puppet_join(thread);
        ck_assert(!atomic_load(&overtaken));
    }
}
END_TEST

/* ------------------------------------------------------------------------------------ results */

static cc_enclave_result_t fetch(cc_enclave_t *from, int task, void *retval)
{
    cc_enclave_result_t rc;

    while ((rc = cc_sl_get_async_result(from, task, retval)) ==
           CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        sched_yield();
    return rc;
}

/* The sum of two, of values or of what a buffer holds. */
static cc_enclave_result_t sum_async(bool values, int *task, uint8_t a, uint8_t b)
{
    const uint8_t bytes[] = {a, b};

    return values ? s_add_async(&enclave, task, NULL, a, b)
                  : s_sum_async(&enclave, task, NULL, bytes, sizeof bytes);
}

START_TEST(result_is_fetched_once_by_its_own_number)
{
    bool values = _i != 0;
    uint64_t sum = 0;
    int first, second, others[POOL - 1];

    if (values)
        engine_takes_values();
    ck_assert_int_eq(sum_async(values, &first, 1, 2), CC_SUCCESS);
    ck_assert_int_eq(fetch(&enclave, first, &sum), CC_SUCCESS);
    ck_assert_uint_eq(sum, 3);
    ck_assert_int_eq(fetch(&enclave, first, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    for (int i = 0; i < POOL - 1; i++) /* so that its place has another call, too */
        ck_assert_int_eq(sum_async(values, &others[i], 3, 4), CC_SUCCESS);
    ck_assert_int_eq(sum_async(values, &second, 3, 4), CC_SUCCESS);
    ck_assert_int_eq(fetch(&enclave, first, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    ck_assert_int_eq(fetch(&enclave, second, &sum), CC_SUCCESS);
    ck_assert_uint_eq(sum, 7);
}
END_TEST

static int kept[POOL];
static atomic_int kept_step;

/* Asks for as many as there are, and lives on; fetches them if that is wanted. */
static void *keeper_main(void *arg)
{
    for (int i = 0; i < POOL; i++)
        ck_assert_int_eq(s_add_async(&enclave, &kept[i], NULL, 1, (uint64_t)i), CC_SUCCESS);
    for (int i = 0; arg != NULL && i < POOL; i++)
        ck_assert_int_eq(fetch(&enclave, kept[i], NULL), CC_SUCCESS);
    atomic_store(&kept_step, 1);
    while (atomic_load(&kept_step) == 1)
        sched_yield();
    return NULL;
}

static pthread_t keeper_start(void *fetches)
{
    pthread_t keeper;

    engine_takes_values();
    atomic_store(&kept_step, 0);
    ck_assert_int_eq(pthread_create(&keeper, NULL, keeper_main, fetches), 0);
    while (atomic_load(&kept_step) == 0)
        sched_yield();
    return keeper;
}

static void keeper_end(pthread_t keeper)
{
    atomic_store(&kept_step, 2);
    pthread_join(keeper, NULL);
}

START_TEST(result_of_a_task_that_another_thread_keeps_is_fetched_once)
{
    pthread_t keeper = keeper_start(NULL);
    uint64_t sum = 0;

    for (int i = 0; i < POOL; i++) {
        ck_assert_int_eq(fetch(&enclave, kept[i], &sum), CC_SUCCESS);
        ck_assert_uint_eq(sum, 1 + (uint64_t)i);
        ck_assert_int_eq(fetch(&enclave, kept[i], &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    }
    keeper_end(keeper);
}
END_TEST

START_TEST(idle_task_that_another_thread_keeps_is_had)
{
    pthread_t keeper = keeper_start(&kept);
    uint64_t sum = 0;

    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_SUCCESS);
    ck_assert_uint_eq(sum, 3);
    keeper_end(keeper);
}
END_TEST

static cc_sl_batch_t *batch_new(void)
{
    cc_sl_batch_t *batch = NULL;

    ck_assert_int_eq(cc_sl_batch_create(&enclave, &batch), CC_SUCCESS);
    return batch;
}

START_TEST(batch_is_submitted_once_and_each_result_fetched_once)
{
    cc_sl_batch_t *batch = batch_new();
    cc_enclave_t *to = cc_sl_batch_context(batch);
    uint64_t sum = 0;
    int task, more;

    ck_assert_int_eq(s_add_async(to, &task, &sum, 1, 2), CC_SUCCESS);
    ck_assert_int_eq(fetch(to, task, &sum), CC_ERROR_BAD_STATE);
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_SUCCESS);
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_ERROR_BAD_STATE);
    ck_assert_int_eq(s_add_async(to, &more, &sum, 1, 2), CC_ERROR_BAD_STATE);
    ck_assert_int_eq(cc_sl_batch_wait(batch), CC_SUCCESS);
    ck_assert_int_eq(fetch(to, task + 1, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    ck_assert_int_eq(fetch(to, task, &sum), CC_SUCCESS);
    ck_assert_uint_eq(sum, 3);
    ck_assert_int_eq(fetch(to, task, &sum), CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    cc_sl_batch_destroy(batch);
}
END_TEST

START_TEST(batch_takes_no_more_than_it_says)
{
    cc_sl_batch_t *batch = batch_new();
    int task;

    for (int i = 0; i < CC_SL_BATCH_CALLS_MAX; i++)
        ck_assert_int_eq(s_nothing_async(cc_sl_batch_context(batch), &task), CC_SUCCESS);
    ck_assert_int_eq(s_nothing_async(cc_sl_batch_context(batch), &task),
                     CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    cc_sl_batch_destroy(batch);
}
END_TEST

/* ------------------------------------------------------------------------------ forged answers */

/* Workers that look at no task, and seem to be awake: the test answers in their stead. */
static void start_alone(void)
{
    start();
    while (atomic_load(&bell()->awake) != 0) /* all of them sleep */
        sched_yield();
    atomic_store(&bell()->limit, 0);
    atomic_store(&bell()->awake, 1);
}

/* The task of a call that was just submitted: the only one. */
static struct window_slot *task_there(void)
{
    for (uint32_t i = 0; i < POOL; i++)
        if (slot_state_of(atomic_load(&task_at(i)->word)) == SLOT_ECALL)
            return task_at(i);
    ck_abort_msg("no task");
}

static void answer(struct window_slot *slot, uint32_t number_more)
{
    uint32_t number = (atomic_load(&slot->word) >> SLOT_NUMBER_SHIFT) + number_more;

    atomic_store(&slot->word, board_word(number, SLOT_ECALL_DONE));
}

START_TEST(answer_with_another_number_is_none)
{
    struct window_slot *slot;
    uint64_t forged = 999, sum = 0;
    uint32_t asked;
    int task;

    ck_assert_int_eq(s_add_async(&enclave, &task, &sum, 1, 2), CC_SUCCESS);
    slot = task_there();
    asked = atomic_load(&slot->word);
    memcpy(slot->payload, &forged, sizeof forged);
    slot->out_size = sizeof forged;
    answer(slot, 1);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, &sum),
                     CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
    atomic_store(&slot->word, asked);
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, &sum), CC_SUCCESS);
    ck_assert_uint_eq(sum, forged);
}
END_TEST

static struct {
    struct board *board;
    int task;
    _Atomic int step; /* 1: a call is just being handed over; 2: its result was asked for */
    cc_enclave_result_t rc;
} between;

static void nothing_fetch(void)
{
    struct window_slot *slot = task_there();

    slot->status = CC_SUCCESS;
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, between.task, NULL), CC_SUCCESS);
}

/* All tasks are the caller's in the end, if it may keep any. */
static void nothing_made(void)
{
    ck_assert_int_eq(s_nothing_async(&enclave, &between.task), CC_SUCCESS);
    nothing_fetch();
}

static void *fetch_main(void *arg)
{
    while (atomic_load(&between.step) != 1)
        sched_yield();
    between.rc = cc_sl_get_async_result(&enclave, between.task, NULL);
    atomic_store(&between.step, 2);
    return arg;
}

/* Where a call stands there for workers, and who asks looks whether one is awake: that page is
 * closed to it. */
static void wait_there(int signal)
{
    (void)signal;
    mprotect(between.board, WINDOW_BOARD_SIZE, PROT_READ | PROT_WRITE);
    atomic_store(&between.step, 1);
    while (atomic_load(&between.step) != 2)
        sched_yield();
}

/* Whoever its function told may ask for the result before the call that asked for it returns. */
START_TEST(call_that_stands_there_for_workers_has_a_task_already)
{
    struct sigaction closed = {.sa_handler = wait_there};
    pthread_t thread;

    engine_takes_values();
    for (int i = 0; i < POOL; i++)
        nothing_made();
    ck_assert_int_eq(pthread_create(&thread, NULL, fetch_main, NULL), 0);
    between.board = board_of(harness_instance()->window, harness_layout());
    sigaction(SIGSEGV, &closed, NULL);
    ck_assert_int_eq(mprotect(between.board, WINDOW_BOARD_SIZE, PROT_NONE), 0);
    ck_assert_int_eq(s_nothing_async(&enclave, &between.task), CC_SUCCESS);
    pthread_join(thread, NULL);
    ck_assert_int_eq(between.rc, CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
    nothing_fetch();
}
END_TEST

START_TEST(answer_goes_where_room_was_made_and_no_further)
{
    struct {
        uint8_t bytes[3000];
        uint8_t behind[5000];
    } out;
    struct window_slot *slot;
    struct slot_frame frame;
    uint8_t *place;
    int task;

    memset(&out, 0x11, sizeof out);
    ck_assert_int_eq(s_fill_async(&enclave, &task, out.bytes, sizeof out.bytes, 7), CC_SUCCESS);
    slot = task_there();
    memcpy(&frame, slot->payload, sizeof frame);
    place = (uint8_t *)harness_instance()->window + frame.offset;
    memset(place, 0x22, sizeof out);
    frame.offset = 0; /* where the host looks, the host knows */
    frame.out_size = sizeof out;
    frame_encode(slot, &frame);
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, NULL), CC_SUCCESS);
    ck_assert(out.bytes[0] == 0x22 && out.bytes[2999] == 0x22);
    for (size_t i = 0; i < sizeof out.behind; i++)
        ck_assert_uint_eq(out.behind[i], 0x11);
}
END_TEST

START_TEST(number_goes_where_its_type_has_room_and_no_further)
{
    struct window_slot *slot;
    uint8_t room[16];
    int task;

    engine_takes_values();
    memset(room, 0x11, sizeof room);
    ck_assert_int_eq(s_minus_async(&enclave, &task, NULL, 1), CC_SUCCESS);
    slot = task_there();
    memset(slot->payload, 0x22, sizeof slot->payload);
    slot->out_size = sizeof slot->payload;
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, room), CC_SUCCESS);
    ck_assert_uint_eq(room[0], 0x22);
    for (size_t i = 1; i < sizeof room; i++)
        ck_assert_uint_eq(room[i], 0x11);
}
END_TEST

START_TEST(answer_with_a_code_that_there_is_not_becomes_one)
{
    struct window_slot *slot;
    uint64_t sum = 5;
    int task;

    if (_i != 0)
        engine_takes_values();
    ck_assert_int_eq(s_add_async(&enclave, &task, NULL, 1, 2), CC_SUCCESS);
    slot = task_there();
    slot->status = 0xdeadbeef;
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, &sum), CC_ERROR_UNEXPECTED);
    ck_assert_uint_eq(sum, 5);
}
END_TEST

START_TEST(batch_s_answers_have_codes_that_there_are)
{
    static const uint32_t codes[4] = {CC_SUCCESS, 0xdeadbeef, CC_ERROR_ECALL_NOT_ALLOWED, 0};
    cc_sl_batch_t *batch = batch_new();
    cc_enclave_t *to = cc_sl_batch_context(batch);
    struct window_slot *slot;
    struct slot_frame frame;
    uint8_t *place;
    uint64_t sum[3];
    int task[3];

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(s_add_async(to, &task[i], &sum[i], 1, 2), CC_SUCCESS);
    ck_assert_int_eq(cc_sl_batch_submit(batch), CC_SUCCESS);
    slot = task_there();
    memcpy(&frame, slot->payload, sizeof frame);
    place = (uint8_t *)harness_instance()->window + frame.offset;
    memset(place, 0x33, 64);
    memcpy(place, codes, sizeof codes);
    frame.out_size = UINT64_MAX;
    frame_encode(slot, &frame);
    answer(slot, 0);
    ck_assert_int_eq(cc_sl_batch_wait(batch), CC_SUCCESS);
    memset(place, 0x44, 64); /* too late */
    ck_assert_int_eq(cc_sl_get_async_result(to, task[0], &sum[0]), CC_SUCCESS);
    ck_assert_uint_eq(sum[0], UINT64_C(0x3333333333333333));
    ck_assert_int_eq(cc_sl_get_async_result(to, task[1], &sum[1]), CC_ERROR_UNEXPECTED);
    ck_assert_int_eq(cc_sl_get_async_result(to, task[2], &sum[2]), CC_ERROR_ECALL_NOT_ALLOWED);
    cc_sl_batch_destroy(batch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/answers");
    TCase *results = tcase_of(suite, "results"), *forged = tcase_of(suite, "forged");
    TCase *puppet = tcase_of(suite, "enclave");

    tcase_add_checked_fixture(results, start, NULL);
    tcase_add_loop_test(results, result_is_fetched_once_by_its_own_number, 0, 2);
    tcase_add_test(results, result_of_a_task_that_another_thread_keeps_is_fetched_once);
    tcase_add_test(results, idle_task_that_another_thread_keeps_is_had);
    tcase_add_test(results, batch_is_submitted_once_and_each_result_fetched_once);
    tcase_add_test(results, batch_takes_no_more_than_it_says);
    tcase_add_checked_fixture(forged, start_alone, NULL);
    tcase_add_test(forged, answer_with_another_number_is_none);
    tcase_add_test(forged, call_that_stands_there_for_workers_has_a_task_already);
    tcase_add_test(forged, answer_goes_where_room_was_made_and_no_further);
    tcase_add_test(forged, number_goes_where_its_type_has_room_and_no_further);
    tcase_add_loop_test(forged, answer_with_a_code_that_there_is_not_becomes_one, 0, 2);
    tcase_add_test(forged, batch_s_answers_have_codes_that_there_are);
    tcase_add_checked_fixture(puppet, puppet_begin, NULL);
    tcase_add_test(puppet, quick_ocall_is_run_once_whoever_takes_it);
    tcase_add_test(puppet, ocall_is_claimed_by_one_and_while_it_stands);
    tcase_add_test(puppet, call_ends_after_its_ocalls_whatever_the_enclave_says);
    return suite_main(suite);
}
