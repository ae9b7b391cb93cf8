/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The boundary in one process (harness): the enclave runtime against a hostile host, the host
 * runtime against a hostile enclave, and what honest ones may expect.
 */
#include "gp_ocall.h"
#include "harness.h"
#include "memory_check.h"
#include "runtime.h"
#include "support.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ECHO, REFUSE, PRIVATE, OVERSTATE, CALL_HOST, NESTING, MEMORY, LENDER, WHERE, ECALLS };

static cc_enclave_result_t echo(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                uint8_t *shared, size_t *written)
{
    ck_assert_ptr_null(shared);
    *written = in_size < out_size ? in_size : out_size;
    if (*written > 0)
        memcpy(out, in, *written);
    return CC_SUCCESS;
}

static cc_enclave_result_t refuse(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                  uint8_t *shared, size_t *written)
{
    (void)in, (void)in_size, (void)shared;
    memset(out, 0xaa, out_size);
    *written = out_size;
    return CC_ERROR_TIMER;
}

static cc_enclave_result_t overstate(const uint8_t *in, size_t in_size, uint8_t *out,
                                     size_t out_size, uint8_t *shared, size_t *written)
{
    (void)in, (void)in_size, (void)out, (void)shared;
    *written = out_size + 1;
    return CC_SUCCESS;
}

/* in: u32 size of the ocall each way. */
static cc_enclave_result_t call_host(const uint8_t *in, size_t in_size, uint8_t *out,
                                     size_t out_size, uint8_t *shared, size_t *written)
{
    static _Thread_local uint8_t room[1 << 20];
    uint32_t size = 0;
    cc_enclave_result_t rc;

    (void)shared;
    *written = out_size;
    memcpy(&size, in, in_size < sizeof size ? in_size : sizeof size);
    memset(room, 0x5a, size);
    rc = cc_ocall_enclave(0, room, size, room, size);
    if (out_size > 0 && size > 0)
        out[0] = room[size - 1];
    return rc;
}

static cc_enclave_result_t memory(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                  uint8_t *shared, size_t *written)
{
    (void)in, (void)in_size, (void)shared;
    uint8_t *window = harness_instance()->window;
    size_t size = harness_layout()->size;
    bool good = cc_enclave_memory_out_enclave(window, size) &&
                !cc_enclave_memory_in_enclave(window, 1) &&
                cc_enclave_memory_in_enclave(out, out_size) &&
                !cc_enclave_memory_out_enclave(out, out_size) &&
                !cc_enclave_memory_out_enclave(window - 1, 2) && /* straddles: neither */
                !cc_enclave_memory_in_enclave(window - 1, 2) &&
                !cc_enclave_memory_out_enclave(window + size - 1, 2) &&
                !cc_enclave_memory_out_enclave(window + 1, SIZE_MAX) &&
                !cc_enclave_memory_in_enclave(window + 1, SIZE_MAX) &&
                cc_enclave_memory_in_enclave(NULL, 0) && cc_enclave_memory_out_enclave(NULL, 0) &&
                !cc_enclave_memory_in_enclave(NULL, 1) && !cc_enclave_memory_in_enclave(out, 0);

    out[0] = good;
    *written = 1;
    return CC_SUCCESS;
}

/* What lender() lends. */
static struct {
    bool far;
    size_t from, at, size;
    uint32_t count;
} lend;

/* Lends a part of its in frame, or of something else, as out; fills the rest with 0x11. */
static cc_enclave_result_t lender(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                  uint8_t *shared, size_t *written)
{
    cc_lent_list_t *list = (cc_lent_list_t *)(void *)shared;

    (void)in_size;
    ck_assert_ptr_nonnull(list);
    memset(out, 0x11, out_size);
    list->count = lend.count;
    list->each[0] =
        (cc_lent_t){(uint8_t *)(uintptr_t)(lend.far ? (const uint8_t *)list : in) + lend.from,
                    lend.at, lend.size};
    *written = out_size;
    return CC_SUCCESS;
}

/* out: an address on the stack of the thread that serves. */
static cc_enclave_result_t where(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size,
                                 uint8_t *shared, size_t *written)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    (void)in, (void)in_size, (void)out_size, (void)shared;
    memcpy(out, &here, sizeof here);
    *written = sizeof here;
    return CC_SUCCESS;
}

static const cc_ecall_func_t ecalls[ECALLS] = {
    [ECHO] = echo,           [REFUSE] = refuse,       [PRIVATE] = echo,
    [OVERSTATE] = overstate, [CALL_HOST] = call_host, [NESTING] = call_host,
    [MEMORY] = memory,       [LENDER] = lender,       [WHERE] = where,
};
static const uint8_t flags[ECALLS] = {
    CC_ECALL_PUBLIC,
    CC_ECALL_PUBLIC,
    0,
    CC_ECALL_PUBLIC,
    CC_ECALL_PUBLIC,
    CC_ECALL_PUBLIC,
    CC_ECALL_PUBLIC,
    CC_ECALL_PUBLIC | CC_ECALL_LENDS,
    CC_ECALL_PUBLIC,
};
/* While the one ocall runs: PRIVATE and NESTING, nothing else. */
static const uint8_t allow[ECALLS] = {[PRIVATE] = 1, [NESTING] = 1};
static const cc_enclave_image_t image = {
    CC_ENCLAVE_IMAGE_VERSION, sizeof(cc_enclave_image_t), ECALLS, ecalls, flags, 1, allow, NULL,
};

static void start(void)
{
    harness_start(&image);
}

static cc_enclave_result_t call(uint32_t function, const void *in, size_t in_size, void *out,
                                size_t out_size)
{
    struct call_buffers buffers = {in, in_size, out, out_size};

    return harness_call(function, &buffers, NULL);
}

static const size_t echo_sizes[] = {0,    1,     47,        48,      49,     4095,
                                    4096, 65536, 2 * 65536, 1 << 20, 3 << 20};

START_TEST(call_returns_what_it_sent_at_each_size)
{
    size_t size = echo_sizes[_i];
    uint8_t *in = malloc(size + 1), *out = calloc(1, size + 1);

    for (size_t i = 0; i < size; i++)
        in[i] = (uint8_t)(i * 7);
    out[size] = 0xee;
    ck_assert_int_eq(call(ECHO, in, size, out, size), CC_SUCCESS);
    ck_assert(size == 0 || memcmp(in, out, size) == 0);
    ck_assert_uint_eq(out[size], 0xee);
    free(in);
    free(out);
}
END_TEST

START_TEST(function_may_lend_a_part_of_its_in_frame_and_nothing_else)
{
    static const struct {
        bool far;
        size_t from, at, size;
        uint32_t count;
        cc_enclave_result_t rc;
    } CASES[] = {
        {false, 0, 0, 100, 1, CC_SUCCESS},
        {false, 20, 10, 80, 1, CC_SUCCESS},
        {false, 0, 0, 0, 0, CC_SUCCESS},
        {false, 21, 10, 80, 1, CC_ERROR_OVERFLOW}, /* behind the in frame */
        {false, SIZE_MAX, 10, 8, 1, CC_ERROR_OVERFLOW},
        {true, 0, 10, 80, 1, CC_ERROR_OVERFLOW},  /* other memory of the enclave */
        {false, 0, 21, 80, 1, CC_ERROR_OVERFLOW}, /* behind the out frame */
        {false, 0, SIZE_MAX, 80, 1, CC_ERROR_OVERFLOW},
        {false, 0, 0, SIZE_MAX, 1, CC_ERROR_OVERFLOW},
        {false, 0, 0, 100, CC_LENT_MAX + 1, CC_ERROR_OVERFLOW},
    };
    uint8_t in[100], out[100];

    memset(in, 0x22, sizeof in);
    memset(out, 0x33, sizeof out);
    lend.far = CASES[_i].far;
    lend.from = CASES[_i].from;
    lend.at = CASES[_i].at;
    lend.size = CASES[_i].size;
    lend.count = CASES[_i].count;
    ck_assert_int_eq(call(LENDER, in, sizeof in, out, sizeof out), CASES[_i].rc);
    for (size_t i = 0; i < sizeof out; i++)
        ck_assert_uint_eq(out[i], CASES[_i].rc != CC_SUCCESS                ? 0x33
                                  : lend.count == 0                         ? 0x11
                                  : i >= lend.at && i < lend.at + lend.size ? 0x22
                                                                            : 0x11);
}
END_TEST

static cc_enclave_result_t call_lent(const cc_lent_list_t *in_lent, const cc_lent_list_t *out_lent,
                                     uint8_t *in, uint8_t *out, size_t size)
{
    cc_enclave_t enclave = {.used_flag = true, .private_data = instance_handle(harness_instance())};
    cc_lent_call_t lent = {in, size, out, size, in_lent, out_lent, NULL};

    return call_enclave_lent(&enclave, ECHO, &lent);
}

START_TEST(call_takes_and_fills_what_the_application_lends)
{
    uint8_t in[600], out[600], from[200], to[300];
    cc_lent_list_t in_lent = {1, {{from, 16, sizeof from}}}, out_lent = {1, {{to, 100, sizeof to}}};

    memset(in, 1, sizeof in);
    memset(from, 2, sizeof from);
    memset(out, 3, sizeof out);
    memset(to, 4, sizeof to);
    ck_assert_int_eq(call_lent(&in_lent, &out_lent, in, out, sizeof in), CC_SUCCESS);
    for (size_t i = 0; i < sizeof out; i++) {
        uint8_t sent = i >= 16 && i < 216 ? 2 : 1;

        ck_assert_uint_eq(i >= 100 && i < 400 ? to[i - 100] : out[i], sent);
        ck_assert(i < 100 || i >= 400 || out[i] == 3); /* its place in the frame is not touched */
    }
}
END_TEST

START_TEST(call_refuses_to_lend_what_lies_outside_its_frames)
{
    static uint8_t in[600], out[600], part[600];
    static const cc_lent_list_t NONE = {.count = 0};
    const cc_lent_list_t BAD[] = {
        {1, {{part, 500, 101}}},
        {1, {{part, SIZE_MAX, 2}}},
        {1, {{part, 0, SIZE_MAX}}},
        {1, {{NULL, 0, 10}}},
        {2, {{part, 0, 50}, {part, 49, 50}}},
        {CC_LENT_MAX + 1, {{part, 0, 1}}},
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        ck_assert_int_eq(call_lent(&BAD[i], &NONE, in, out, sizeof in), CC_ERROR_BAD_PARAMETERS);
        ck_assert_int_eq(call_lent(&NONE, &BAD[i], in, out, sizeof in), CC_ERROR_BAD_PARAMETERS);
    }
    ck_assert_int_eq(call_lent(&NONE, NULL, in, out, sizeof in), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(call_lent(&NONE, &NONE, in, out, sizeof in), CC_SUCCESS);
}
END_TEST

START_TEST(call_larger_than_the_window_fails_and_the_next_one_works)
{
    size_t size = HARNESS_HEAP_SIZE + 1;
    uint8_t *in = calloc(1, size), out[4];

    ck_assert_int_eq(call(ECHO, in, size, NULL, 0), CC_ERROR_OUT_OF_MEMORY);
    ck_assert_int_eq(call(ECHO, "abc", 4, out, 4), CC_SUCCESS);
    ck_assert_str_eq((char *)out, "abc");
    free(in);
}
END_TEST

START_TEST(call_leaves_output_alone_when_the_function_fails)
{
    uint8_t out[100];

    memset(out, 7, sizeof out);
    ck_assert_int_eq(call(REFUSE, NULL, 0, out, sizeof out), CC_ERROR_TIMER);
    for (size_t i = 0; i < sizeof out; i++)
        ck_assert_uint_eq(out[i], 7);
    /* and nothing of it went out */
    ck_assert_uint_ne(((uint8_t *)harness_instance()->window)[harness_layout()->arenas], 0xaa);
}
END_TEST

START_TEST(call_zeroes_what_the_function_did_not_write)
{
    static const size_t rooms[] = {40, 4000, 100000};
    uint8_t *out = malloc(rooms[_i]);

    /* what an earlier call left in the window must not come back */
    memset(out, 9, rooms[_i]);
    ck_assert_int_eq(call(ECHO, out, rooms[_i], out, rooms[_i]), CC_SUCCESS);
    ck_assert_int_eq(call(ECHO, "abc", 3, out, rooms[_i]), CC_SUCCESS);
    ck_assert_mem_eq(out, "abc", 3);
    for (size_t i = 3; i < rooms[_i]; i++)
        ck_assert_uint_eq(out[i], 0);
    free(out);
}
END_TEST

START_TEST(call_refuses_a_function_that_is_not_there_private_or_overstates)
{
    uint8_t out[4];

    ck_assert_int_eq(call(ECALLS, NULL, 0, NULL, 0), CC_ERROR_INVALID_CMD);
    ck_assert_int_eq(call(UINT16_MAX, NULL, 0, NULL, 0), CC_ERROR_INVALID_CMD);
    ck_assert_int_eq(call(UINT16_MAX + 1, NULL, 0, NULL, 0), CC_ERROR_INVALID_CMD);
    ck_assert_int_eq(call(PRIVATE, NULL, 0, NULL, 0), CC_ERROR_ECALL_NOT_ALLOWED);
    ck_assert_int_eq(call(OVERSTATE, NULL, 0, out, sizeof out), CC_ERROR_OVERFLOW);
}
END_TEST

START_TEST(memory_checks_tell_window_from_enclave)
{
    uint8_t good = 0;

    ck_assert_int_eq(call(MEMORY, NULL, 0, &good, 1), CC_SUCCESS);
    ck_assert_uint_eq(good, 1);
}
END_TEST

/* What a host may write into a slot: offset, in, out, flags, inline sizes. */
static const struct {
    uint64_t offset, in_size, out_size;
    uint8_t flags, inline_in, inline_out, kind;
    uint32_t status;
} forged[] = {
    {0, 64, 64, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS},    /* over the control page */
    {4096, 64, 64, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS}, /* over the slots */
    {8192, UINT64_MAX, 0, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS},
    {8192, 0, UINT64_MAX - 8, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS},
    {UINT64_MAX - 15, 16, 16, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS},
    {8200, 16, 16, 1, 0, 0, 0, CC_ERROR_BAD_PARAMETERS}, /* not aligned */
    {0, 0, 0, 0, 49, 0, 0, CC_ERROR_BAD_PARAMETERS},     /* inline beyond the line */
    {0, 0, 0, 0, 0, 255, 0, CC_ERROR_BAD_PARAMETERS},
    {0, 0, 0, 0, 4, 4, SLOT_KIND_SERVICE, CC_ERROR_INVALID_CMD}, /* services are the host's */
    {0, 0, 0, 0, 4, 4, 77, CC_ERROR_INVALID_CMD},
};

START_TEST(dispatcher_refuses_a_forged_slot)
{
    struct window_slot slot;
    struct slot_frame frame = {forged[_i].offset, forged[_i].in_size, forged[_i].out_size};

    memset((void *)&slot, 0, sizeof slot);
    memcpy(slot.payload, &frame, sizeof frame);
    slot.function = ECHO;
    slot.kind = forged[_i].kind;
    slot.flags = forged[_i].flags;
    slot.in_size = forged[_i].inline_in;
    slot.out_size = forged[_i].inline_out;
    ck_assert_uint_eq(harness_forge(0, &slot), forged[_i].status);
    ck_assert_int_eq(call(ECHO, NULL, 0, NULL, 0), CC_SUCCESS); /* the others go on */
}
END_TEST

/* The host's side of the one ocall. */
static struct {
    size_t in_size, out_size;
    unsigned depth;
    cc_enclave_result_t inner[3];
} seen;

static cc_enclave_result_t host_answers(const uint8_t *in, size_t in_size, uint8_t *out,
                                        size_t out_size)
{
    seen.in_size = in_size;
    seen.out_size = out_size;
    for (size_t i = 0; i < in_size; i++)
        ck_assert_uint_eq(in[i], 0x5a);
    for (size_t i = 0; i < out_size; i++)
        ck_assert_uint_eq(out[i], 0); /* nothing of us goes in by accident */
    if (out_size > 0)
        memset(out, 0x77, out_size);
    return CC_SUCCESS;
}

static const struct {
    uint64_t num;
    cc_ocall_func_t ocalls[1];
} answering = {1, {host_answers}};

START_TEST(ocall_carries_each_size_both_ways)
{
    uint32_t size = (uint32_t)(echo_sizes[_i] <= 1 << 20 ? echo_sizes[_i] : 1 << 20);
    uint8_t out[1] = {0};
    struct call_buffers buffers = {&size, sizeof size, out, sizeof out};

    ck_assert_int_eq(
        harness_call(CALL_HOST, &buffers, (const ocall_enclave_table_t *)(const void *)&answering),
        CC_SUCCESS);
    ck_assert_uint_eq(seen.in_size, size);
    ck_assert_uint_eq(seen.out_size, size);
    ck_assert_uint_eq(out[0], size > 0 ? 0x77 : 0);
}
END_TEST

START_TEST(ocall_without_a_table_is_refused)
{
    uint32_t size = 4;

    ck_assert_int_eq(call(CALL_HOST, &size, sizeof size, NULL, 0), CC_ERROR_OCALL_NOT_ALLOWED);
    ck_assert_int_eq(cc_ocall_enclave(0, NULL, 0, NULL, 0), CC_ERROR_OCALL_NOT_ALLOWED);
}
END_TEST

static cc_enclave_result_t host_nests(const uint8_t *in, size_t in_size, uint8_t *out,
                                      size_t out_size)
{
    uint32_t size = 64;
    struct call_buffers none = {NULL, 0, NULL, 0}, nest = {&size, sizeof size, NULL, 0};
    static const struct {
        uint64_t num;
        cc_ocall_func_t ocalls[1];
    } again = {1, {host_nests}};

    (void)in, (void)in_size, (void)out, (void)out_size;
    if (seen.depth++ == 0) {
        seen.inner[0] = harness_call(PRIVATE, &none, NULL);
        seen.inner[1] = harness_call(ECHO, &none, NULL);
    }
    seen.inner[2] =
        harness_call(NESTING, &nest, (const ocall_enclave_table_t *)(const void *)&again);
    return CC_SUCCESS;
}

START_TEST(nested_ecalls_obey_the_allow_list_and_the_depth_limit)
{
    static const struct {
        uint64_t num;
        cc_ocall_func_t ocalls[1];
    } nesting = {1, {host_nests}};
    uint32_t size = 64;
    struct call_buffers buffers = {&size, sizeof size, NULL, 0};

    ck_assert_int_eq(
        harness_call(CALL_HOST, &buffers, (const ocall_enclave_table_t *)(const void *)&nesting),
        CC_SUCCESS);
    ck_assert_int_eq(seen.inner[0], CC_SUCCESS);                 /* private, but allowed here */
    ck_assert_int_eq(seen.inner[1], CC_ERROR_ECALL_NOT_ALLOWED); /* public, but not allowed here */
    ck_assert_uint_eq(seen.depth, WINDOW_DEPTH_MAX);
    ck_assert_int_eq(call(ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
}
END_TEST

enum { CALLERS = 8 };

static void *caller_main(void *arg)
{
    uint8_t in[200], out[200];

    for (size_t i = 0, count = count_of(COUNT_CALLS_EACH); i < count; i++) {
        size_t size = i % sizeof in;

        memset(in, (int)(uintptr_t)arg, sizeof in);
        memset(out, 0, sizeof out);
        if (call(ECHO, in, size, out, size) != CC_SUCCESS || memcmp(in, out, size) != 0)
            return (void *)1;
    }
    return NULL;
}

START_TEST(more_callers_than_slots_all_get_their_own_answer)
{
    pthread_t threads[CALLERS];

    for (size_t i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, caller_main, (void *)(i + 1)), 0);
    for (size_t i = 0; i < CALLERS; i++) {
        void *wrong = NULL;

        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
}
END_TEST

static void *second_main(void *arg)
{
    return (void *)(uintptr_t)call(ECHO, arg, 4, NULL, 0);
}

/* Attacker: arguments that do not fit, on the first slot. Each thread starts the next one. */
START_TEST(call_that_fails_before_it_is_made_leaves_nobody_behind_it_waiting)
{
    struct instance *instance = harness_instance();
    pthread_t second;
    uint32_t first;
    void *rc;

    ck_assert_int_eq(slot_take(instance, &first), CC_SUCCESS);
    ck_assert_int_eq(pthread_create(&second, NULL, second_main, "abc"), 0);
    while (atomic_load(&harness_slot(1)->word) != SLOT_ECALL)
        sched_yield();
    slot_give(instance, first);
    ck_assert_int_eq(call(ECHO, &first, (size_t)HARNESS_HEAP_SIZE * 2, NULL, 0),
                     CC_ERROR_OUT_OF_MEMORY);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "raise sharedSize"));
    ck_assert_int_eq(pthread_join(second, &rc), 0);
    ck_assert_uint_eq((uintptr_t)rc, CC_SUCCESS);
}
END_TEST

/* Attacker: calls within calls, until the frames of one, 12 KiB, reach over the end of its stack
 * into what lies there: the stack of another thread. */
START_TEST(below_each_stack_is_more_room_than_a_call_has_frames)
{
    size_t from, to, guard_from = 0, guard_to = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    uintptr_t here = 0;
    char access[8];

    ck_assert_ptr_nonnull(maps);
    ck_assert_int_eq(call(WHERE, NULL, 0, &here, sizeof here), CC_SUCCESS);
    while (fscanf(maps, "%zx-%zx %7s%*[^\n]", &from, &to, access) == 3 && to <= here)
        if (access[0] == '-') {
            guard_from = from;
            guard_to = to;
        }
    fclose(maps);
    ck_assert_uint_eq(guard_to, from);
    ck_assert_uint_ge(guard_to - guard_from, 4 * CALL_STACK_ROOM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runtimes/dispatch");
    TCase *tcase = tcase_of(suite, "dispatch");
    int sizes = sizeof echo_sizes / sizeof echo_sizes[0];

    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_loop_test(tcase, call_returns_what_it_sent_at_each_size, 0, sizes);
    tcase_add_loop_test(tcase, function_may_lend_a_part_of_its_in_frame_and_nothing_else, 0, 10);
    tcase_add_test(tcase, call_takes_and_fills_what_the_application_lends);
    tcase_add_test(tcase, call_refuses_to_lend_what_lies_outside_its_frames);
    tcase_add_test(tcase, call_larger_than_the_window_fails_and_the_next_one_works);
    tcase_add_test(tcase, call_leaves_output_alone_when_the_function_fails);
    tcase_add_loop_test(tcase, call_zeroes_what_the_function_did_not_write, 0, 3);
    tcase_add_test(tcase, call_refuses_a_function_that_is_not_there_private_or_overstates);
    tcase_add_test(tcase, memory_checks_tell_window_from_enclave);
    tcase_add_loop_test(tcase, dispatcher_refuses_a_forged_slot, 0,
                        sizeof forged / sizeof forged[0]);
    tcase_add_loop_test(tcase, ocall_carries_each_size_both_ways, 0, sizes);
    tcase_add_test(tcase, ocall_without_a_table_is_refused);
    tcase_add_test(tcase, nested_ecalls_obey_the_allow_list_and_the_depth_limit);
    tcase_add_test(tcase, call_that_fails_before_it_is_made_leaves_nobody_behind_it_waiting);
    tcase_add_test(tcase, below_each_stack_is_more_room_than_a_call_has_frames);
    tcase_add_test(tcase, more_callers_than_slots_all_get_their_own_answer);
    return suite_main(suite);
}
