/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Switchless calls with both sides in one process, where sanitizers see them: callers and workers
 * over one window; then a host that writes what it likes where it can, against the workers.
 *
 *   hostile host ──▸ tasks, marks, board ──▸ worker.c ──▸ dispatch.c ──▸ switchless_t.c
 */
#include "inside.h"
#include "base/barrier.h"
#include "gp_ocall.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS = 4, FORGED = POOL - 1, SPOILT_FROM = 40 };

/* ------------------------------------------------------------------------------- honest calls */

static atomic_uint wrong;

static bool call_one(uint64_t n)
{
    uint8_t bytes[3000];
    uint64_t sum = 0;
    int twice = 0, task = -1;
    cc_enclave_result_t rc;

    switch (n % 8) {
    case 0:
        return s_ask(&enclave, &twice, (int)(n % 1000)) == CC_SUCCESS &&
               twice == (int)(n % 1000) * 2;
    case 1:
        memset(bytes, 1, sizeof bytes);
        return s_invert(&enclave, &sum, bytes, sizeof bytes) == CC_SUCCESS && bytes[2999] == 0xfe;
    case 2:
    case 3:
        if (s_fill_async(&enclave, &task, bytes, sizeof bytes, (uint8_t)n) != CC_SUCCESS)
            return false;
        while ((rc = cc_sl_get_async_result(&enclave, task, NULL)) ==
               CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
            sched_yield();
        return rc == CC_SUCCESS && bytes[0] == (uint8_t)n && bytes[2999] == (uint8_t)n;
    default:
        return s_add(&enclave, &sum, n, 5) == CC_SUCCESS && sum == n + 5;
    }
}

static void *caller_main(void *arg)
{
    size_t count = count_of(COUNT_CALLS_EACH);

    for (uint64_t n = (uintptr_t)arg; n < count && atomic_load(&wrong) == 0; n++)
        if (!call_one(n))
            atomic_fetch_add(&wrong, 1);
    return NULL;
}

static void callers_run(void)
{
    pthread_t threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, caller_main, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&wrong), 0);
}

START_TEST(callers_and_workers_share_no_more_than_they_should)
{
    callers_run();
}
END_TEST

/* A task's arena is smaller than that of an ordinary call: what does not fit goes elsewhere. */
START_TEST(large_ocall_of_a_worker_stays_out_of_other_calls_arenas)
{
    static const size_t SIZES[] = {WINDOW_TASK_ARENA_HALF - 64, WINDOW_TASK_ARENA_HALF + 64,
                                   WINDOW_ARENA_HALF - 64, WINDOW_ARENA_HALF + 64};
    uint8_t *arenas = (uint8_t *)harness_instance()->window + harness_layout()->task_arenas;

    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        size_t touched = 0;
        uint8_t last = 0;

        memset(arenas, 0x5a, (size_t)POOL * WINDOW_TASK_ARENA_SIZE);
        ck_assert_int_eq(s_ask_much(&enclave, &last, SIZES[i], 7), CC_SUCCESS);
        ck_assert_uint_eq(last, 8);
        for (size_t task = 0; task < POOL; task++) {
            const uint8_t *arena = arenas + task * WINDOW_TASK_ARENA_SIZE;
            size_t at = 0;

            while (at < WINDOW_TASK_ARENA_SIZE && arena[at] == 0x5a)
                at++;
            touched += at < WINDOW_TASK_ARENA_SIZE;
        }
        ck_assert_msg(touched <= 1, "%zu bytes: the arenas of %zu tasks were written to", SIZES[i],
                      touched);
    }
}
END_TEST

/* Who is about to sleep over one ocall must not sleep over the next one (test/model/ocalls.pml). */
START_TEST(quick_ocalls_in_a_row_differ_in_their_word)
{
    uint64_t sum = 0;

    ck_assert_int_eq(ordinary_quick(&enclave, &sum, 2), CC_SUCCESS);
    ck_assert_uint_eq(sum, 1);
    ck_assert(quick_words[0] & SLOT_QUICK);
    ck_assert(quick_words[1] & SLOT_QUICK);
    ck_assert_uint_ne(quick_words[0], quick_words[1]);
}
END_TEST

/* Whatever stands beside them in the enclave's memory. */
START_TEST(ocall_of_values_carries_no_more_than_its_values)
{
    int made = 0;

    quick_rest = 1;
    ck_assert_int_eq(ordinary_quick_careless(&enclave, &made), CC_SUCCESS);
    ck_assert_int_eq(made, 1);
    ck_assert_uint_eq(quick_rest, 0);
}
END_TEST

/* ------------------------------------------------------------------------------- hostile host */

static void bell_ring(void)
{
    atomic_fetch_add(&bell()->bell, 1);
    futex_wake(&bell()->bell, 1);
}

/* Puts this request into a task, as the runtime would not; what the enclave says to it. */
static uint32_t forge(const struct window_slot *forged)
{
    static uint32_t number;
    struct window_slot *slot = task_at(FORGED);

    atomic_store(&bell()->limit, POOL);
    memcpy((uint8_t *)slot + sizeof slot->word, (const uint8_t *)forged + sizeof slot->word,
           sizeof *slot - sizeof slot->word);
    number++;
    atomic_exchange(&slot->word, board_word(number, SLOT_ECALL));
    bell_ring();
    while (atomic_load(&slot->word) != board_word(number, SLOT_ECALL_DONE))
        sched_yield();
    return slot->status;
}

/* Numbers of functions, as the EDL has them. */
enum {
    F_ADD = 0,
    F_NOTHING = 1,
    F_SUM = 2,
    F_ASK = 11,
    F_ALONE = 16,
    F_ORDINARY = 19,
    F_PRIVATE = 21
};

/* Behind its numbers lies the enclave's own memory. */
START_TEST(ocall_of_values_has_no_more_than_there_are)
{
    cc_sl_values_t call = {.in_size = sizeof call.in + 1};

    ck_assert_uint_eq(cc_ocall_values_switchless(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(cc_ocall_values_switchless(&call), CC_ERROR_BAD_PARAMETERS);
    call = (cc_sl_values_t){.out_size = sizeof call.out + 1};
    ck_assert_uint_eq(cc_ocall_values_switchless(&call), CC_ERROR_BAD_PARAMETERS);
    call = (cc_sl_values_t){.in_size = sizeof call.in, .out_size = sizeof call.out};
    ck_assert_uint_eq(cc_ocall_values_switchless(&call), CC_ERROR_OCALL_NOT_ALLOWED);
}
END_TEST

START_TEST(workers_run_what_was_written_for_workers_and_nothing_else)
{
    struct window_slot line = {.function = F_NOTHING};
    struct slot_frame frames[] = {
        {0, 16, 8},
        {harness_layout()->tasks, 16, 8},
        {harness_layout()->marks, 16, 8},
        {harness_layout()->size, 16, 8},
        {harness_layout()->task_arenas + 8, 16, 8},
        {harness_layout()->task_arenas, SIZE_MAX, 8},
        {harness_layout()->task_arenas, 16, SIZE_MAX - 15},
    };

    ck_assert_uint_eq(forge(&line), CC_SUCCESS);
    line.function = ecalls_count();
    ck_assert_uint_eq(forge(&line), CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID);
    line.function = UINT16_MAX;
    ck_assert_uint_eq(forge(&line), CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID);
    line.function = F_ORDINARY;
    ck_assert_uint_eq(forge(&line), CC_ERROR_SWITCHLESS_FUNCTION_NOT_EXIST);
    line.function = F_PRIVATE;
    ck_assert_uint_eq(forge(&line), CC_ERROR_ECALL_NOT_ALLOWED);
    line.function = F_NOTHING;
    line.kind = SLOT_KIND_SERVICE;
    ck_assert_uint_eq(forge(&line), CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID);
    line.kind = SLOT_KIND_FUNCTION;
    line.out_size = WINDOW_INLINE_SIZE + 1;
    ck_assert_uint_eq(forge(&line), CC_ERROR_BAD_PARAMETERS);
    line.out_size = 0;
    line.in_size = WINDOW_INLINE_SIZE + 1;
    ck_assert_uint_eq(forge(&line), CC_ERROR_BAD_PARAMETERS);
    line.function = F_ADD; /* the form for values takes its own sizes only, the other one as well */
    line.out_size = 8;
    for (uint8_t size = 0; size <= WINDOW_INLINE_SIZE; size++) {
        line.in_size = size;
        ck_assert_uint_eq(forge(&line), size == 16 ? CC_SUCCESS : CC_ERROR_BAD_PARAMETERS);
    }
    line.in_size = 16;
    for (uint8_t size = 0; size <= WINDOW_INLINE_SIZE; size++) {
        line.out_size = size;
        ck_assert_uint_eq(forge(&line), size == 8 ? CC_SUCCESS : CC_ERROR_BAD_PARAMETERS);
    }
    line.in_size = WINDOW_INLINE_SIZE + 1;
    line.out_size = 0;
    line.status = UINT32_MAX; /* the longest advice */
    frame_encode(&line, &(struct slot_frame){harness_layout()->task_arenas, 16, 8});
    ck_assert_uint_eq(forge(&line), CC_SUCCESS);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        frame_encode(&line, &frames[i]);
        ck_assert_uint_eq(forge(&line), CC_ERROR_BAD_PARAMETERS);
    }
}
END_TEST

/* s_sum(): the flag 2, an address, then its size. */
static uint32_t forge_address(uint64_t address, size_t size)
{
    struct window_slot line = {.function = F_SUM,
                               .in_size = 1 + sizeof address + sizeof size,
                               .out_size = sizeof(uint32_t)};

    line.payload[0] = 2;
    memcpy(line.payload + 1, &address, sizeof address);
    memcpy(line.payload + 1 + sizeof address, &size, sizeof size);
    return forge(&line);
}

START_TEST(addresses_outside_shared_memory_are_refused)
{
    uint64_t begin = (uintptr_t)harness_instance()->window + harness_layout()->heap;
    uint64_t end = (uintptr_t)harness_instance()->window + harness_layout()->size;
    static const uint8_t secret[16];

    ck_assert_uint_eq(forge_address(begin, 16), CC_SUCCESS);
    ck_assert_uint_eq(forge_address(end - 16, 16), CC_SUCCESS);
    ck_assert_uint_eq(forge_address(end - 16, 17), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_address(begin - 1, 16), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_address((uintptr_t)secret, 16), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_address(begin, SIZE_MAX), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_address(UINT64_MAX, 16), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_address(0, 16), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

/* A batch in the arena of the task: its head as given, the rest zero. */
static uint32_t forge_batch(uint16_t count, struct view calls, size_t in_size, size_t out_size)
{
    struct window_slot line = {.kind = SLOT_KIND_BATCH, .function = count};
    struct slot_frame frame = {
        harness_layout()->task_arenas + (size_t)FORGED * WINDOW_TASK_ARENA_SIZE, in_size, out_size};
    uint8_t *arena = (uint8_t *)harness_instance()->window + frame.offset;

    memset(arena, 0, WINDOW_TASK_ARENA_HALF);
    memcpy(arena, calls.data, calls.size < in_size ? calls.size : in_size);
    frame_encode(&line, &frame);
    return forge(&line);
}

static uint32_t code_of(unsigned i)
{
    uint32_t code;

    memcpy(&code,
           (uint8_t *)harness_instance()->window + harness_layout()->task_arenas +
               (size_t)FORGED * WINDOW_TASK_ARENA_SIZE + i * sizeof code,
           sizeof code);
    return code;
}

START_TEST(batches_are_held_to_their_frames_and_to_what_workers_may_run)
{
    static const struct batch_call add = {F_ADD, 16, 8, 0};
    const struct batch_call two[] = {add, add};
    const struct batch_call kinds[] = {
        add, {F_PRIVATE, 0, 0, 0}, {F_ORDINARY, 0, 0, 0}, {UINT32_MAX, 0, 0, 0}, {F_ADD, 15, 8, 0}};
    struct batch_call odd[] = {add, add};

    ck_assert_uint_eq(forge_batch(2, VIEW_OF(two), 64, 40), CC_SUCCESS);
    ck_assert(code_of(0) == CC_SUCCESS && code_of(1) == CC_SUCCESS);
    /* each of its own */
    ck_assert_uint_eq(forge_batch(5, VIEW_OF(kinds), 112, 80), CC_SUCCESS);
    ck_assert_uint_eq(code_of(0), CC_SUCCESS);
    ck_assert_uint_eq(code_of(1), CC_ERROR_ECALL_NOT_ALLOWED);
    ck_assert_uint_eq(code_of(2), CC_ERROR_SWITCHLESS_FUNCTION_NOT_EXIST);
    ck_assert_uint_eq(code_of(3), CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID);
    ck_assert_uint_eq(code_of(4), CC_ERROR_BAD_PARAMETERS); /* its frame, says generated code */
    /* none is run of those whose frames do not fit */
    ck_assert_uint_eq(forge_batch(0, VIEW_OF(two), 64, 40), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(UINT16_MAX, VIEW_OF(two), 64, 40), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(BATCH_CALLS_MAX + 1, VIEW_OF(two), 64, 40),
                      CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(BATCH_CALLS_MAX, VIEW_OF(two), 8224, 2080), CC_SUCCESS);
    ck_assert_uint_eq(forge_batch(BATCH_CALLS_MAX + 1, VIEW_OF(two), 8240, 2096),
                      CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(3, VIEW_OF(two), 64, 40), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(two), 63, 40), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(two), 31, 40), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(two), 64, 39), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(two), 64, 0), CC_ERROR_BAD_PARAMETERS);
    odd[1].in_size = UINT32_MAX;
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(odd), 64, 40), CC_ERROR_BAD_PARAMETERS);
    odd[1] = add;
    odd[0].out_size = UINT32_MAX - 15;
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(odd), 64, 40), CC_ERROR_BAD_PARAMETERS);
    odd[0] = add;
    odd[1].zero = 1;
    ck_assert_uint_eq(forge_batch(2, VIEW_OF(odd), 64, 40), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

/* The same request over and over, while it is being run: one after the other, never two at once. */
START_TEST(task_that_is_replayed_is_run_by_one_worker_at_a_time)
{
    struct window_slot *slot = task_at(FORGED);
    unsigned rounds = 0;

    SKIP_RACES();
    atomic_store(&bell()->limit, POOL);
    slot->function = F_ALONE;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->flags = slot->in_size = 0;
    slot->out_size = sizeof(int);
    while (rounds < 3000) {
        uint32_t seen;
        int alone = 0;

        slot->out_size = sizeof(int);
        atomic_exchange(&slot->word, board_word(1, SLOT_ECALL));
        if (rounds % 16 == 0)
            for (int i = 0; i < 3; i++)
                bell_ring();
        for (int i = 0; i < 2000; i++) {
            seen = atomic_load(&slot->word);
            if (slot_state_of(seen) == SLOT_ECALL_DONE)
                break;
            if (i % 100 == 99)
                atomic_exchange(&slot->word, board_word(1, SLOT_ECALL));
        }
        if (slot_state_of(seen) != SLOT_ECALL_DONE) {
            bell_ring();
            sched_yield();
            continue;
        }
        ck_assert_uint_eq(slot->status, CC_SUCCESS);
        memcpy(&alone, slot->payload, sizeof alone);
        ck_assert_int_eq(alone, 1);
        rounds++;
    }
}
END_TEST

/* By a host that has made it the ordinary way meanwhile. */
START_TEST(call_that_is_withdrawn_is_not_run)
{
    struct window_slot *slot = task_at(0);
    _Atomic uint32_t *mark = board_mark_at(harness_instance()->window, harness_layout(), 0);
    struct window_slot line = {.function = F_NOTHING};

    SKIP_RACES();
    memcpy((uint8_t *)slot + sizeof slot->word, (uint8_t *)&line + sizeof line.word,
           sizeof line - sizeof line.word);
    atomic_store(&bell()->limit, POOL);
    for (uint32_t number = 1; number < 30000; number++) {
        uint32_t asked = board_word(number, SLOT_ECALL), idle = board_word(number, SLOT_IDLE);

        atomic_exchange(&slot->word, asked);
        if (number % 64 == 0)
            bell_ring();
        for (uint32_t i = 0; i < number % 61; i++)
            cpu_relax();
        if (!atomic_compare_exchange_strong(&slot->word, &asked, idle))
            continue;
        barrier_pass();
        while (atomic_load(mark) == board_mark(number, true) && atomic_load(&slot->word) == idle)
            cpu_relax();
        if (atomic_load(&slot->word) != idle)
            continue;
        for (int i = 0; i < 100; i++) /* it was withdrawn: nobody says anything any more */
            ck_assert_uint_eq(atomic_load(&slot->word), idle);
    }
}
END_TEST

static struct {
    _Atomic uint32_t *word;
    uint32_t asked, idle;
    void *marks;
    size_t size;
    _Atomic bool withdrawn;
} between;

/* Where a worker has seen the call and is about to mark it: the page of marks is closed to it. */
static void withdraw_now(int signal)
{
    (void)signal;
    atomic_compare_exchange_strong(between.word, &between.asked, between.idle);
    mprotect(between.marks, between.size, PROT_READ | PROT_WRITE);
    atomic_store(&between.withdrawn, true);
}

/* As above, at the one moment that matters, each time. */
START_TEST(call_withdrawn_between_look_and_mark_is_not_run)
{
    struct sigaction closed = {.sa_handler = withdraw_now};
    struct window_slot *slot, line = {.function = F_NOTHING};
    _Atomic uint32_t *mark;
    const uint32_t number = 7;
    cc_enclave_result_t rc;
    int task;

    start_with(1);
    mark = board_mark_at(harness_instance()->window, harness_layout(), 0);
    slot = task_at(0);
    between.word = &slot->word;
    between.asked = board_word(number, SLOT_ECALL);
    between.idle = board_word(number, SLOT_IDLE);
    between.marks = mark;
    between.size = (size_t)sysconf(_SC_PAGESIZE);
    memcpy((uint8_t *)slot + sizeof slot->word, (uint8_t *)&line + sizeof line.word,
           sizeof line - sizeof line.word);
    /* The only worker: nobody else runs this, however long it takes until there is one. */
    ck_assert_uint_eq(s_hear_faults_async(&enclave, &task), CC_SUCCESS);
    do {
        sched_yield();
        rc = cc_sl_get_async_result(&enclave, task, NULL);
    } while (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
    ck_assert_uint_eq(rc, CC_SUCCESS);
    sigaction(SIGSEGV, &closed, NULL);
    ck_assert_int_eq(mprotect(between.marks, between.size, PROT_NONE), 0);
    atomic_store(&bell()->limit, POOL);
    atomic_exchange(&slot->word, between.asked);
    bell_ring();
    while (!atomic_load(&between.withdrawn))
        sched_yield();
    while (atomic_load(mark) != board_mark(number, false) &&
           atomic_load(&slot->word) == between.idle)
        sched_yield();
    ck_assert_uint_eq(atomic_load(&slot->word), between.idle);
    ck_assert_uint_eq(atomic_load(mark), board_mark(number, false));
}
END_TEST

/* An answer to the ocall of another call, before that of its own. */
START_TEST(worker_takes_the_answer_to_its_own_call_alone)
{
    struct window_slot *slot = task_at(FORGED);
    struct window_slot line = {.function = F_ASK, .in_size = sizeof(int), .out_size = sizeof(int)};
    int doubled = 1234, result;

    memcpy((uint8_t *)slot + sizeof slot->word, (uint8_t *)&line + sizeof line.word,
           sizeof line - sizeof line.word);
    atomic_store(&bell()->limit, POOL);
    atomic_exchange(&slot->word, board_word(7, SLOT_ECALL));
    bell_ring();
    while (slot_state_of(atomic_load(&slot->word)) != SLOT_OCALL)
        sched_yield();
    for (int i = 0; i < 2000; i++) { /* of old, or said too soon */
        atomic_exchange(&slot->word, board_word(i % 2 == 0 ? 6 : 8, SLOT_OCALL_DONE));
        futex_wake(&slot->word, 1);
        sched_yield();
        ck_assert_uint_ne(slot_state_of(atomic_load(&slot->word)), SLOT_ECALL_DONE);
    }
    memcpy(slot->payload, &doubled, sizeof doubled);
    slot->status = CC_SUCCESS;
    atomic_exchange(&slot->word, board_word(7, SLOT_OCALL_DONE));
    futex_wake(&slot->word, 1);
    while (atomic_load(&slot->word) != board_word(7, SLOT_ECALL_DONE))
        sched_yield();
    memcpy(&result, slot->payload, sizeof result);
    ck_assert_int_eq(result, doubled);
}
END_TEST

static atomic_bool spoiling;

/* Everything that the host can write but the tasks of honest callers, at random. */
static void *spoiler_main(void *arg)
{
    struct instance *instance = harness_instance();
    uint32_t seed = 1;

    (void)arg;
    while (atomic_load(&spoiling)) {
        uint32_t index, value;

        seed = seed * 1664525 + 1013904223;
        index = SPOILT_FROM + (seed >> 8) % (POOL - SPOILT_FROM);
        value = seed ^ seed >> 13;
        switch (seed >> 28) {
        case 0:
            atomic_store(&bell()->limit, value);
            break;
        case 1:
            atomic_store(&bell()->cpu, value);
            break;
        case 2:
            atomic_fetch_add(&bell()->bell, value);
            break;
        case 3:
            atomic_store(&bell()->awake, value % 4);
            break;
        case 4:
        case 5:
            atomic_store(board_mark_at(instance->window, &instance->layout, index), value);
            break;
        case 6:
            atomic_store((_Atomic uint64_t *)(void *)task_at(index)->payload, value);
            break;
        case 7:
            atomic_store((_Atomic uint64_t *)(void *)task_at(index) + 1, value);
            break;
        default:
            atomic_store(&task_at(index)->word,
                         seed >> 27 & 1 ? board_word(value, SLOT_ECALL) : value);
        }
        if (seed % 64 == 0)
            sched_yield();
    }
    return NULL;
}

START_TEST(host_that_spoils_what_it_can_harms_its_own_calls_alone)
{
    pthread_t spoiler;
    int result = 0;

    SKIP_RACES();
    for (uint32_t i = SPOILT_FROM; i < POOL; i++)
        atomic_store(&harness_instance()->tasks[i].holder, TASK_HELD);
    atomic_store(&spoiling, true);
    ck_assert_int_eq(pthread_create(&spoiler, NULL, spoiler_main, NULL), 0);
    callers_run();
    atomic_store(&spoiling, false);
    pthread_join(spoiler, NULL);
    ck_assert_int_eq(ordinary(&enclave, &result, 1), CC_SUCCESS);
    ck_assert_int_eq(result, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless/inside");
    TCase *tcase = tcase_of(suite, "honest"), *hostile = tcase_of(suite, "hostile"),
          *withdrawn = tcase_of(suite, "withdrawn");

    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_test(tcase, callers_and_workers_share_no_more_than_they_should);
    tcase_add_test(tcase, large_ocall_of_a_worker_stays_out_of_other_calls_arenas);
    tcase_add_test(tcase, quick_ocalls_in_a_row_differ_in_their_word);
    tcase_add_checked_fixture(hostile, start, NULL);
    tcase_add_test(hostile, ocall_of_values_has_no_more_than_there_are);
    tcase_add_test(hostile, workers_run_what_was_written_for_workers_and_nothing_else);
    tcase_add_test(hostile, addresses_outside_shared_memory_are_refused);
    tcase_add_test(hostile, batches_are_held_to_their_frames_and_to_what_workers_may_run);
    tcase_add_test(hostile, task_that_is_replayed_is_run_by_one_worker_at_a_time);
    tcase_add_test(hostile, call_that_is_withdrawn_is_not_run);
    tcase_add_test(hostile, worker_takes_the_answer_to_its_own_call_alone);
    tcase_add_test(hostile, host_that_spoils_what_it_can_harms_its_own_calls_alone);
    tcase_add_test(hostile, ocall_of_values_carries_no_more_than_its_values);
    tcase_add_test(withdrawn, call_withdrawn_between_look_and_mark_is_not_run);
    return suite_main(suite);
}
