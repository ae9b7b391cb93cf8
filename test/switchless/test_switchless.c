/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Switchless calls and shared memory as an application sees them: configuration and its codes, what
 * arguments carry, what happens when workers are missing, and results that are fetched later.
 */
#include "rig.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------ configuration */

static cc_enclave_result_t create_config(void)
{
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};
    cc_enclave_result_t rc = create_with(&features, 1, &enclave);
    uint64_t sum = 0;

    if (rc == CC_SUCCESS && config.num_max_params >= 2) {
        CALL_OK(s_add(&enclave, &sum, 40, 2));
        ck_assert_uint_eq(sum, 42);
    }
    if (rc == CC_SUCCESS) {
        CALL_OK(s_nothing(&enclave));
        CALL_OK(cc_enclave_destroy(&enclave));
    }
    return rc;
}

START_TEST(each_field_at_its_limit_is_taken)
{
    config.num_uworkers = config.num_tworkers = 0; /* defaults */
    config.sl_call_pool_size_qwords = 0;
    ck_assert_int_eq(create_config(), CC_SUCCESS);
    config.num_uworkers = 512;
    config.num_tworkers = 1;
    config.sl_call_pool_size_qwords = 8;
    config.num_max_params = 16;
    config.retries_before_fallback = config.retries_before_sleep = UINT32_MAX;
    config.workers_policy = WORKERS_POLICY_BUSY;
    config.rollback_to_common = 77;
    memset(&config.tworkers_cores, 0xff, sizeof config.tworkers_cores);
    ck_assert_int_eq(create_config(), CC_SUCCESS);
}
END_TEST

START_TEST(each_field_past_its_limit_is_refused)
{
    static const struct {
        size_t offset;
        uint32_t value;
    } bad[] = {
        {offsetof(cc_sl_config_t, num_uworkers), 513},
        {offsetof(cc_sl_config_t, num_tworkers), 513},
        {offsetof(cc_sl_config_t, num_tworkers), UINT32_MAX},
        {offsetof(cc_sl_config_t, sl_call_pool_size_qwords), 9},
        {offsetof(cc_sl_config_t, num_max_params), 17},
        {offsetof(cc_sl_config_t, workers_policy), 2},
        {offsetof(cc_sl_config_t, workers_policy), UINT32_MAX},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cc_sl_config_t kept = config;

        memcpy((uint8_t *)&config + bad[i].offset, &bad[i].value, sizeof bad[i].value);
        ck_assert_int_eq(create_config(), CC_ERROR_BAD_PARAMETERS);
        ck_assert_str_ne(cc_enclave_error_detail(), "");
        ck_assert(!enclave.used_flag);
        config = kept;
    }
}
END_TEST

START_TEST(names_of_the_documentation_are_the_same_members)
{
    cc_sl_config_t c;

    memset(&c, 0, sizeof c);
    c.switchless_calls_pool_size = 3;
    c.parameter_num = 4;
    CPU_SET(5, &c.num_cores);
    ck_assert_uint_eq(c.sl_call_pool_size_qwords, 3);
    ck_assert_uint_eq(c.num_max_params, 4);
    ck_assert(CPU_ISSET(5, &c.tworkers_cores));
    ck_assert_uint_eq(sizeof c, 160);
    c = (cc_sl_config_t)CC_USWITCHLESS_CONFIG_INITIALIZER;
    ck_assert_uint_eq(c.num_uworkers, 1);
    ck_assert_uint_eq(c.num_tworkers, 1);
    ck_assert_uint_eq(c.sl_call_pool_size_qwords, 1);
    ck_assert_uint_eq(c.num_max_params, 16);
    ck_assert_int_eq(c.workers_policy, WORKERS_POLICY_BUSY);
}
END_TEST

START_TEST(features_that_make_no_sense_have_their_codes)
{
    enclave_features_t twice[] = {{ENCLAVE_FEATURE_SWITCHLESS, &config},
                                  {ENCLAVE_FEATURE_SWITCHLESS, &config}};
    enclave_features_t none = {ENCLAVE_FEATURE_SWITCHLESS, NULL}, unknown = {7, &config},
                       loader = {ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, NULL};

    ck_assert_int_eq(create_with(twice, 2, &enclave), CC_ERROR_SWITCHLESS_REINIT);
    ck_assert_int_eq(create_with(&none, 1, &enclave), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(create_with(&unknown, 1, &enclave), CC_ERROR_FEATURE_FUNC_NOT_EXIST);
    ck_assert_int_eq(create_with(&loader, 1, &enclave), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(create_with(&none, 0, &enclave), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(create_with(NULL, 1, &enclave), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(configuration_is_copied)
{
    uint64_t sum = 0;

    create_switchless();
    memset(&config, 0xff, sizeof config);
    CALL_OK(s_add(&enclave, &sum, 1, 2));
    ck_assert_uint_eq(sum, 3);
}
END_TEST

START_TEST(enclave_that_is_never_called_is_destroyed)
{
    create_switchless();
    CALL_OK(cc_enclave_destroy(&enclave));
}
END_TEST

/* ------------------------------------------------------------------------------ shared memory */

START_TEST(shared_memory_has_one_address_on_both_sides)
{
    struct chain *list;
    uint64_t result = 0;

    config.retries_before_fallback = UINT32_MAX; /* an ordinary call would copy what has a size */
    create_switchless();
    list = cc_malloc_shared_memory(&enclave, 3 * sizeof *list);
    ck_assert_ptr_nonnull(list);
    for (int i = 0; i < 3; i++)
        list[i] = (struct chain){i < 2 ? &list[i + 1] : NULL, 1u << i};
    CALL_OK(s_list(&enclave, &result, list));
    ck_assert_uint_eq(result, 7);
    CALL_OK(s_list(&enclave, &result, &list[1])); /* inside a block */
    ck_assert_uint_eq(result, 6);
    CALL_OK(s_invert(&enclave, &result, (uint8_t *)&list[2].value, 1));
    ck_assert_uint_eq(result, (uintptr_t)&list[2].value);
    ck_assert_uint_eq((uint8_t)list[2].value, 0xfb); /* in place */
    CALL_OK(cc_free_shared_memory(&enclave, list));
}
END_TEST

START_TEST(buffers_outside_shared_memory_are_copied)
{
    uint8_t own[100] = {1, 2, 3};
    uint64_t where = 0;

    create_switchless();
    CALL_OK(s_where(&enclave, &where, own, sizeof own));
    ck_assert_uint_ne(where, (uintptr_t)own);
    ck_assert_uint_ne(where, 0);
    CALL_OK(s_where(&enclave, &where, NULL, 0));
    ck_assert_uint_eq(where, 0);
}
END_TEST

START_TEST(shared_memory_works_without_the_feature)
{
    struct chain *one;
    int result = 0;
    uint64_t sum = 0;

    create_plain();
    one = cc_malloc_shared_memory(&enclave, sizeof *one);
    ck_assert_ptr_nonnull(one);
    ck_assert_ptr_null(one->next); /* zeroed */
    CALL_OK(ordinary(&enclave, &result, 1));
    ck_assert_int_eq(result, 2);
    ck_assert_int_eq(s_list(&enclave, &sum, one), CC_ERROR_SWITCHLESS_DISABLED);
    CALL_OK(cc_free_shared_memory(&enclave, one));
}
END_TEST

START_TEST(shared_memory_refuses_what_it_should)
{
    cc_enclave_t other, never = {0};
    uint8_t *block, *foreign, on_stack;

    create_switchless();
    CALL_OK(create_with(NULL, 0, &other));
    block = cc_malloc_shared_memory(&enclave, 1000);
    foreign = cc_malloc_shared_memory(&other, 1000);
    ck_assert(block != NULL && foreign != NULL);
    ck_assert_ptr_null(cc_malloc_shared_memory(NULL, 10));
    ck_assert_ptr_null(cc_malloc_shared_memory(&never, 10));
    ck_assert_ptr_null(cc_malloc_shared_memory(&enclave, 0));
    ck_assert_ptr_null(cc_malloc_shared_memory(&enclave, SIZE_MAX));
    ck_assert_ptr_null(cc_malloc_shared_memory(&enclave, SIZE_MAX - 63));
    ck_assert_ptr_null(cc_malloc_shared_memory(&enclave, (size_t)1 << 40));
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "sharedSize"));
    ck_assert_int_eq(cc_free_shared_memory(NULL, block), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_free_shared_memory(&never, block), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_free_shared_memory(&enclave, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_free_shared_memory(&enclave, block + 1),
                     CC_ERROR_SHARED_MEMORY_START_ADDR_INVALID);
    ck_assert_int_eq(cc_free_shared_memory(&enclave, foreign), CC_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(cc_free_shared_memory(&enclave, &on_stack),
                     CC_ERROR_SHARED_MEMORY_NOT_REGISTERED);
    ck_assert_int_eq(cc_free_shared_memory(&enclave, block + 4096),
                     CC_ERROR_SHARED_MEMORY_NOT_REGISTERED);
    CALL_OK(cc_free_shared_memory(&enclave, block));
    ck_assert_int_eq(cc_free_shared_memory(&enclave, block), CC_ERROR_SHARED_MEMORY_NOT_REGISTERED);
    CALL_OK(cc_enclave_destroy(&other));
    ck_assert_int_eq(cc_free_shared_memory(&other, foreign), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(shared_memory_is_had_again_after_it_was_given_back)
{
    void *blocks[64];
    size_t count = 0;

    create_plain();
    for (unsigned round = 0; round < 2; round++) {
        size_t got = 0;

        while (got < 64 && (blocks[got] = cc_malloc_shared_memory(&enclave, 1 << 20)) != NULL)
            got++;
        ck_assert(round == 0 || got == count);
        count = got;
        while (got > 0)
            CALL_OK(cc_free_shared_memory(&enclave, blocks[--got]));
    }
    ck_assert_uint_ge(count, 1);
}
END_TEST

/* --------------------------------------------------------------------------- synchronous calls */

START_TEST(values_structs_texts_and_results_travel)
{
    struct large large = {.tail = 21}, back;
    struct pair swapped = {0, 0};
    int32_t sum = 0;
    size_t length = 0;
    int sixteen = 0;

    create_switchless();
    CALL_OK(s_pair(&enclave, &sum, (struct pair){3, 4}, &swapped));
    ck_assert(sum == 7 && swapped.a == 4 && swapped.b == 3);
    CALL_OK(s_large(&enclave, &back, large));
    ck_assert(back.bytes[99] == 1 && back.tail == 42);
    CALL_OK(s_text(&enclave, &length, "twelve bytes"));
    ck_assert_uint_eq(length, 12);
    CALL_OK(s_p16(&enclave, &sixteen, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    ck_assert_int_eq(sixteen, 136);
    CALL_OK(s_add(&enclave, NULL, 1, 2)); /* nobody wants the result */
}
END_TEST

/* The short form of calls, and beside it, for more of them, the list. */
START_TEST(numbers_of_each_kind_travel)
{
    double sum = 0;
    int8_t minus = 0;
    int seven = 0;

    create_switchless();
    for (int i = 0; i < 100; i++) {
        CALL_OK(s_six(&enclave, &sum, -1, 0.5, 'a', -0.25F, UINT16_MAX, LONG_MIN / 64 + i));
        ck_assert_double_eq(sum, -1 + 1 + 3 * 'a' - 1 + 5.0 * UINT16_MAX +
                                     6.0 * (double)(LONG_MIN / 64 + i));
        CALL_OK(s_minus(&enclave, &minus, (int8_t)(i - 50)));
        ck_assert_int_eq(minus, 50 - i);
        CALL_OK(s_seven(&enclave, &seven, 1, 1, 1, 1, 1, 1, -1));
        ck_assert_int_eq(seven, 14);
    }
}
END_TEST

static const size_t sizes[] = {0, 1, 15, 16, 32, 47, 48, 49, 4096, 16000, 20000, 65536, 1 << 20};

START_TEST(buffers_of_each_size_travel)
{
    size_t n = sizes[_i];
    uint8_t *p = malloc(n + 1);
    uint64_t result;
    uint32_t sum = 1;

    create_switchless();
    memset(p, 3, n + 1);
    CALL_OK(s_sum(&enclave, &sum, p, n));
    ck_assert_uint_eq(sum, 3 * n);
    CALL_OK(s_invert(&enclave, &result, p, n));
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(p[i], 0xfc);
    CALL_OK(s_fill(&enclave, p, n, 9));
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(p[i], 9);
    ck_assert_uint_eq(p[n], 3);
    free(p);
}
END_TEST

START_TEST(calls_without_the_feature_are_refused)
{
    uint64_t sum;
    int task = 0;

    create_plain();
    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_int_eq(s_add_async(&enclave, &task, &sum, 1, 2), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, 0, NULL), CC_ERROR_SWITCHLESS_DISABLED);
}
END_TEST

START_TEST(calls_of_no_enclave_are_refused)
{
    cc_enclave_t never = {0};
    int task = 0;

    ck_assert_int_eq(s_nothing(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(s_nothing(&never), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(s_nothing_async(&never, &task), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_get_async_result(NULL, 0, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_get_async_result(&never, 0, NULL), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(functions_of_more_parameters_than_agreed_are_refused)
{
    int task = 0, sixteen = 0;
    uint64_t sum = 0;

    config.num_max_params = 2;
    create_switchless();
    CALL_OK(s_add(&enclave, &sum, 1, 2));
    ck_assert_int_eq(s_p16(&enclave, &sixteen, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
                     CC_ERROR_SWITCHLESS_INVALID_ARG_NUM);
    CALL_OK(cc_enclave_destroy(&enclave));
    config.num_max_params = 0; /* none at all */
    create_switchless();
    CALL_OK(s_nothing(&enclave));
    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_SWITCHLESS_INVALID_ARG_NUM);
    ck_assert_int_eq(s_add_async(&enclave, &task, &sum, 1, 2), CC_ERROR_SWITCHLESS_INVALID_ARG_NUM);
}
END_TEST

static int ask_private(int a)
{
    int result = 0;

    return s_private(&enclave, &result, a) == CC_SUCCESS ? result : -1;
}

START_TEST(functions_make_ocalls_and_those_call_in_again)
{
    int result = 0;

    create_switchless();
    CALL_OK(s_ask(&enclave, &result, 21));
    ck_assert_int_eq(result, 42);
    host_double = ask_private; /* allowed in this ocall, and nowhere else */
    CALL_OK(s_ask(&enclave, &result, 3));
    ck_assert_int_eq(result, 300);
    CALL_OK(ordinary_ask(&enclave, &result, 4));
    ck_assert_int_eq(result, 400);
    ck_assert_int_eq(s_private(&enclave, &result, 3), CC_ERROR_ECALL_NOT_ALLOWED);
    CALL_OK(s_ask_deep(&enclave, &result, 3));
    ck_assert_int_eq(result, 4);
}
END_TEST

START_TEST(ordinary_and_switchless_calls_mix)
{
    int result = 0;
    uint64_t sum = 0;

    create_switchless();
    for (int i = 0; i < 1000; i++) {
        CALL_OK(ordinary(&enclave, &result, i));
        CALL_OK(s_add(&enclave, &sum, (uint64_t)i, 1));
        ck_assert(result == i + 1 && sum == (uint64_t)i + 1);
    }
}
END_TEST

/* ------------------------------------------------------------------- workers that are missing */

static void *nap_main(void *arg)
{
    (void)arg;
    return (void *)(intptr_t)s_nap(&enclave, 300);
}

/* The one worker sleeps in a call; the other calls go the ordinary way, and are done before. */
START_TEST(call_that_no_worker_takes_is_made_the_ordinary_way)
{
    int napping = 0;
    uint64_t sum = 0;

    config.num_tworkers = 1;
    config.retries_before_fallback = 1000;
    create_switchless();
    CALL_OK(s_nap_async(&enclave, &napping, 300));
    CALL_OK(s_add(&enclave, &sum, 2, 3));
    ck_assert_uint_eq(sum, 5);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, napping, NULL),
                     CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
    CALL_OK(fetch(napping, NULL));
}
END_TEST

START_TEST(calls_wake_as_many_workers_as_they_need)
{
    pthread_t callers[4];

    config.num_tworkers = 8;
    config.retries_before_fallback = UINT32_MAX; /* a worker or nobody */
    create_switchless();
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, nap_main, NULL), 0);
    CALL_OK(s_nothing(&enclave));
    for (int i = 0; i < 4; i++) {
        void *rc;

        pthread_join(callers[i], &rc);
        ck_assert_ptr_null(rc);
    }
}
END_TEST

START_TEST(pool_that_is_full_says_so)
{
    int tasks[65];
    uint64_t sum = 0;

    create_switchless();
    for (int i = 0; i < 64; i++)
        CALL_OK(s_add_async(&enclave, &tasks[i], NULL, (uint64_t)i, 1));
    ck_assert_int_eq(s_add_async(&enclave, &tasks[64], NULL, 1, 2),
                     CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    CALL_OK(fetch(tasks[7], &sum));
    ck_assert_uint_eq(sum, 8);
    CALL_OK(s_add(&enclave, &sum, 1, 2));
    ck_assert_uint_eq(sum, 3);
    for (int i = 0; i < 64; i++)
        if (i != 7)
            CALL_OK(fetch(tasks[i], &sum));
}
END_TEST

START_TEST(asynchronous_call_is_made_ordinarily_when_the_pool_is_full_and_that_is_wanted)
{
    int tasks[65];
    uint64_t sum = 0;

    config.rollback_to_common = 1;
    create_switchless();
    for (int i = 0; i < 64; i++)
        CALL_OK(s_add_async(&enclave, &tasks[i], NULL, (uint64_t)i, 1));
    CALL_OK(s_add_async(&enclave, &tasks[64], &sum, 1, 2));
    ck_assert_int_eq(tasks[64], -1);
    ck_assert_uint_eq(sum, 3);
    CALL_OK(s_add_async(&enclave, &tasks[64], NULL, 1, 2)); /* nobody wants the result */
    ck_assert_int_eq(s_add(&enclave, &sum, 1, 2), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
}
END_TEST

/* -------------------------------------------------------------------------- asynchronous calls */

START_TEST(results_are_fetched_in_any_order)
{
    uint8_t out[8][3000];
    int tasks[8];
    uint64_t sum = 0;

    create_switchless();
    for (int i = 0; i < 8; i++)
        CALL_OK(s_fill_async(&enclave, &tasks[i], out[i], sizeof out[i], (uint8_t)(i + 1)));
    for (int i = 7; i >= 0; i--) {
        CALL_OK(fetch(tasks[i], NULL));
        ck_assert(out[i][0] == i + 1 && out[i][2999] == i + 1);
    }
    CALL_OK(s_add_async(&enclave, &tasks[0], NULL, 20, 22));
    ck_assert_int_ge(tasks[0], 0);
    CALL_OK(fetch(tasks[0], &sum));
    ck_assert_uint_eq(sum, 42);
}
END_TEST

START_TEST(result_is_fetched_once_and_by_its_own_number)
{
    uint64_t sum = 0;
    int task = 0, next = 0;

    create_switchless();
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, 0, NULL),
                     CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, -1, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, INT32_MAX, NULL),
                     CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    ck_assert_int_eq(s_add_async(&enclave, NULL, NULL, 1, 2), CC_ERROR_BAD_PARAMETERS);
    CALL_OK(s_add_async(&enclave, &task, NULL, 1, 2));
    CALL_OK(fetch(task, &sum));
    ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, &sum),
                     CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
    for (int i = 0; i < 200; i++) { /* nor is it another call's in the same place */
        CALL_OK(s_add_async(&enclave, &next, NULL, 5, 6));
        ck_assert_int_eq(cc_sl_get_async_result(&enclave, task, &sum),
                         CC_ERROR_SWITCHLESS_INVALID_TASK_ID);
        CALL_OK(fetch(next, NULL));
    }
}
END_TEST

START_TEST(asynchronous_functions_make_ocalls_while_their_result_is_asked_for)
{
    int tasks[2], result = 0;

    create_switchless();
    CALL_OK(s_ask_async(&enclave, &tasks[0], NULL, 5));
    CALL_OK(s_ask_async(&enclave, &tasks[1], NULL, 6));
    CALL_OK(fetch(tasks[1], &result));
    ck_assert_int_eq(result, 12);
    CALL_OK(fetch(tasks[0], &result));
    ck_assert_int_eq(result, 10);
}
END_TEST

/* Longer than anybody spins: who asks for the result sleeps meanwhile, and is woken. */
START_TEST(ocall_of_an_asynchronous_function_calls_in_for_long)
{
    int task, result = 0;

    create_switchless();
    host_double = ask_private;
    CALL_OK(s_ask_async(&enclave, &task, NULL, 1050));
    CALL_OK(fetch(task, &result));
    ck_assert_int_eq(result, 105000);
}
END_TEST

START_TEST(asynchronous_calls_run_at_once_on_many_workers)
{
    int tasks[8];

    config.num_tworkers = 8;
    create_switchless();
    for (int i = 0; i < 8; i++)
        CALL_OK(s_nap_async(&enclave, &tasks[i], 1000));
    for (int i = 0; i < 8; i++) /* one worker would take 8 s of the watchdog's time, this takes 1 */
        CALL_OK(fetch(tasks[i], NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("switchless");
    TCase *tcase = tcase_of(suite, "switchless");

    tcase_add_checked_fixture(tcase, rig_begin, rig_end);
    tcase_add_test(tcase, each_field_at_its_limit_is_taken);
    tcase_add_test(tcase, each_field_past_its_limit_is_refused);
    tcase_add_test(tcase, names_of_the_documentation_are_the_same_members);
    tcase_add_test(tcase, features_that_make_no_sense_have_their_codes);
    tcase_add_test(tcase, configuration_is_copied);
    tcase_add_test(tcase, enclave_that_is_never_called_is_destroyed);
    tcase_add_test(tcase, shared_memory_has_one_address_on_both_sides);
    tcase_add_test(tcase, buffers_outside_shared_memory_are_copied);
    tcase_add_test(tcase, shared_memory_works_without_the_feature);
    tcase_add_test(tcase, shared_memory_refuses_what_it_should);
    tcase_add_test(tcase, shared_memory_is_had_again_after_it_was_given_back);
    tcase_add_test(tcase, values_structs_texts_and_results_travel);
    tcase_add_test(tcase, numbers_of_each_kind_travel);
    tcase_add_loop_test(tcase, buffers_of_each_size_travel, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_test(tcase, calls_without_the_feature_are_refused);
    tcase_add_test(tcase, calls_of_no_enclave_are_refused);
    tcase_add_test(tcase, functions_of_more_parameters_than_agreed_are_refused);
    tcase_add_test(tcase, functions_make_ocalls_and_those_call_in_again);
    tcase_add_test(tcase, ordinary_and_switchless_calls_mix);
    tcase_add_test(tcase, call_that_no_worker_takes_is_made_the_ordinary_way);
    tcase_add_test(tcase, calls_wake_as_many_workers_as_they_need);
    tcase_add_test(tcase, pool_that_is_full_says_so);
    tcase_add_test(tcase,
                   asynchronous_call_is_made_ordinarily_when_the_pool_is_full_and_that_is_wanted);
    tcase_add_test(tcase, results_are_fetched_in_any_order);
    tcase_add_test(tcase, result_is_fetched_once_and_by_its_own_number);
    tcase_add_test(tcase, asynchronous_functions_make_ocalls_while_their_result_is_asked_for);
    tcase_add_test(tcase, ocall_of_an_asynchronous_function_calls_in_for_long);
    tcase_add_test(tcase, asynchronous_calls_run_at_once_on_many_workers);
    return suite_main(suite);
}
