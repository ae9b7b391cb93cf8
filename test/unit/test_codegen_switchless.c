/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Host functions with transition_using_threads, against an engine that lays out the frames from the
 * list of arguments alone, as enclave_internal.h says, and the enclave's half of quick.edl.
 */
#include "enclave.h"
#include "gp_ocall.h"
#include "secgear_image.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>

cc_enclave_result_t quick_ecall(cc_enclave_t *enclave, uint32_t id, const void *in, size_t in_size,
                                void *out, size_t out_size, void *ms, const void *table);
cc_enclave_result_t quick_ocall(size_t id, const void *in, size_t in_size, void *out,
                                size_t out_size);
#define cc_enclave_call_function quick_ecall
#define cc_ocall_enclave quick_ocall
#define cc_enclave_image quick_image
#define mix enclave_mix
#define big enclave_big
#define none enclave_none
#define host_word proxy_host_word
#include "quick_t.c"
#undef mix
#undef big
#undef none
#undef host_word
#include "quick_u.c"

enum { FRAME_MAX = 1024 };

/* The engine, and what it saw. */
static struct {
    _Alignas(16) uint8_t in[FRAME_MAX], out[FRAME_MAX];
    size_t in_size, out_size;
    cc_edge_shared_t shared;
    bool roll_back, refuse;
    unsigned calls, ordinary, runs;
    sl_ecall_func_info_t info;
    const void *seen; /* the address that the enclave's function got for p */
} engine;

static _Alignas(16) uint8_t common[256]; /* shared memory */

static void in_put(const void *data, size_t size)
{
    ck_assert_uint_le(engine.in_size + size, FRAME_MAX);
    memcpy(engine.in + engine.in_size, data, size);
    engine.in_size += size;
}

static bool is_shared(const cc_sl_arg_t *arg)
{
    uint64_t at = (uint64_t)(uintptr_t)arg->data;

    return (arg->flags & CC_SL_ARG_SHARED) != 0 && at >= engine.shared.begin &&
           at < engine.shared.end;
}

static void head_put(const cc_sl_arg_t *arg)
{
    uint64_t address = (uint64_t)(uintptr_t)arg->data;
    uint8_t flag = arg->data == NULL ? 0 : is_shared(arg) ? 2 : 1;

    if ((arg->flags & (CC_SL_ARG_IN | CC_SL_ARG_OUT)) == 0) {
        in_put(arg->data, arg->size);
    } else if ((arg->flags & CC_SL_ARG_TEXT) != 0) {
        in_put(&arg->size, sizeof arg->size);
    } else {
        in_put(&flag, 1);
        if (flag == 2)
            in_put(&address, sizeof address);
    }
}

static bool travels(const cc_sl_arg_t *arg, uint32_t way)
{
    return (arg->flags & way) != 0 && arg->data != NULL && !is_shared(arg);
}

static void frames_lay(const sl_ecall_func_info_t *info)
{
    const cc_sl_args_t *args = info->args;

    engine.in_size = 0;
    engine.out_size = info->retval_size;
    memset(engine.in, 0, sizeof engine.in);
    memset(engine.out, 0, sizeof engine.out);
    for (uint32_t i = 0; i < info->argc; i++)
        head_put(&args->list[i]);
    for (uint32_t i = 0; i < info->argc; i++) {
        const cc_sl_arg_t *arg = &args->list[i];

        if (travels(arg, CC_SL_ARG_IN)) {
            engine.in_size = (engine.in_size + 15) / 16 * 16;
            in_put(arg->data, arg->size);
        }
        if (travels(arg, CC_SL_ARG_OUT))
            engine.out_size = (engine.out_size + 15) / 16 * 16 + arg->size;
    }
}

static void results_take(const sl_ecall_func_info_t *info, void *retval)
{
    const cc_sl_args_t *args = info->args;
    size_t at = info->retval_size;

    if (retval != NULL)
        memcpy(retval, engine.out, info->retval_size);
    for (uint32_t i = 0; i < info->argc; i++)
        if (travels(&args->list[i], CC_SL_ARG_OUT)) {
            at = (at + 15) / 16 * 16;
            memcpy(args->list[i].data, engine.out + at, args->list[i].size);
            at += args->list[i].size;
        }
}

static cc_enclave_result_t frames_run(uint32_t id)
{
    size_t written = 0;

    engine.runs++;
    return quick_image.ecalls[id](engine.in, engine.in_size, engine.out, engine.out_size,
                                  engine.shared.end > 0 ? (uint8_t *)&engine.shared : NULL,
                                  &written);
}

static cc_enclave_result_t engine_call(cc_enclave_t *enclave, void *retval,
                                       sl_ecall_func_info_t *info)
{
    const cc_sl_args_t *args = info->args;
    cc_enclave_result_t rc;

    ck_assert(enclave->used_flag && args->ocall_table == &cc_e_quick_ocalls);
    engine.calls++;
    engine.info = *info;
    if (engine.roll_back)
        return CC_ERROR_SWITCHLESS_ROLLBACK2COMMON;
    frames_lay(info);
    rc = engine.refuse ? CC_ERROR_SWITCHLESS_TASK_POOL_FULL : frames_run(info->func_id);
    if (rc == CC_SUCCESS)
        results_take(info, retval);
    return rc;
}

static cc_enclave_result_t engine_async(cc_enclave_t *enclave, int *task_id,
                                        sl_ecall_func_info_t *info)
{
    *task_id = 7;
    return engine_call(enclave, NULL, info);
}

cc_enclave_result_t quick_ecall(cc_enclave_t *enclave, uint32_t id, const void *in, size_t in_size,
                                void *out, size_t out_size, void *ms, const void *table)
{
    size_t written;

    (void)enclave;
    (void)ms;
    ck_assert_ptr_eq(table, &cc_e_quick_ocalls);
    engine.ordinary++;
    return quick_image.ecalls[id](in, in_size, out, out_size, NULL, &written);
}

cc_enclave_result_t quick_ocall(size_t id, const void *in, size_t in_size, void *out,
                                size_t out_size)
{
    return cc_e_quick_ocalls.ocalls[id](in, in_size, out, out_size);
}

void host_word(void)
{
}

uint64_t enclave_mix(uint8_t a, const int32_t *p, size_t n, int32_t *r, char *s, struct spot v,
                     bool b, void *u)
{
    uint64_t sum = a + (uint64_t)v.x + v.y + (b ? 1000 : 0) + (uintptr_t)u;

    engine.seen = p;
    for (size_t i = 0; p != NULL && i < n; i++)
        sum += (uint64_t)p[i];
    if (r != NULL)
        r[0] = r[1] = 77;
    if (s != NULL)
        s[0] = 'X';
    return sum;
}

struct large enclave_big(struct large b, bool *flag)
{
    b.bytes[99]++;
    if (flag != NULL)
        *flag = !*flag;
    return b;
}

void enclave_none(void)
{
}

static struct cc_enclave_ops ops;
static struct cc_enclave_ops_desc desc = {.ops = &ops};
static struct list_ops_desc node = {.ops_desc = &desc};
static cc_enclave_t enclave;

static void engine_reset(void)
{
    memset(&engine, 0, sizeof engine);
    ops = (struct cc_enclave_ops){.cc_sl_ecall_enclave = engine_call,
                                  .cc_sl_async_ecall = engine_async};
    enclave = (cc_enclave_t){.used_flag = true, .list_ops_node = &node};
}

static cc_enclave_result_t mix_call(uint64_t *sum, const int32_t *p, size_t n, int32_t *r, char *s)
{
    return mix(&enclave, sum, 1, p, n, r, s, (struct spot){10, 100}, true, (void *)(uintptr_t)5);
}

START_TEST(engine_can_lay_out_the_frames_from_the_list)
{
    int32_t p[3] = {1, 2, 3}, r[2] = {0, 0};
    char s[] = "abc";
    uint64_t sum;

    engine_reset();
    ck_assert_int_eq(mix_call(&sum, p, 3, r, s), CC_SUCCESS);
    ck_assert_uint_eq(sum, 1 + 10 + 100 + 1000 + 5 + 6);
    ck_assert(r[1] == 77 && s[0] == 'X' && engine.seen != p);
    ck_assert_uint_eq(engine.info.argc, 8);
    ck_assert_uint_eq(engine.info.retval_size, sizeof sum);
    ck_assert_int_eq(mix_call(NULL, NULL, 3, NULL, NULL), CC_SUCCESS);
    ck_assert_int_eq(none(&enclave), CC_SUCCESS);
    ck_assert_uint_eq(engine.info.argc, 0);
    ck_assert_uint_eq(engine.info.func_id, 2);
    ck_assert_uint_eq(engine.runs, 3);
}
END_TEST

START_TEST(structs_of_any_size_and_bools_travel)
{
    struct large b = {.last = true}, back;
    bool flag = false;

    engine_reset();
    b.bytes[99] = 41;
    ck_assert_int_eq(big(&enclave, &back, b, &flag), CC_SUCCESS);
    ck_assert(back.bytes[99] == 42 && back.last && flag);
}
END_TEST

START_TEST(buffers_in_shared_memory_are_passed_where_they_stand)
{
    int32_t *p = (int32_t *)(void *)common, *r = p + 32;
    uint64_t sum;

    engine_reset();
    engine.shared = (cc_edge_shared_t){(uintptr_t)common, (uintptr_t)common + sizeof common, NULL};
    p[0] = 4;
    ck_assert_int_eq(mix_call(&sum, p, 1, r, NULL), CC_SUCCESS);
    ck_assert_ptr_eq(engine.seen, p);
    ck_assert_uint_eq(sum, 1 + 10 + 100 + 1000 + 5 + 4);
    ck_assert_int_eq(r[1], 77);
}
END_TEST

/* The head of mix(): a, then for p the flag 2 and an address, then n. */
static cc_enclave_result_t enter_shared(uint64_t address, size_t n, uint8_t flag)
{
    size_t r_flag = 1 + 1 + sizeof address + sizeof n;

    memset(engine.in, 0, sizeof engine.in);
    engine.in[1] = flag;
    memcpy(engine.in + 2, &address, sizeof address);
    memcpy(engine.in + 2 + sizeof address, &n, sizeof n);
    engine.in_size = r_flag + 1 + sizeof(uint64_t) + sizeof(struct spot) + 1 + sizeof(uint64_t);
    engine.out_size = sizeof(uint64_t);
    return frames_run(0);
}

START_TEST(enclave_takes_no_address_outside_shared_memory)
{
    const uint64_t begin = (uintptr_t)common, end = begin + sizeof common;

    engine_reset();
    ck_assert_int_eq(enter_shared(begin, 4, 2), CC_ERROR_BAD_PARAMETERS); /* there is none */
    engine.shared = (cc_edge_shared_t){begin, end, NULL};
    ck_assert_int_eq(enter_shared(begin, 4, 2), CC_SUCCESS);
    ck_assert_int_eq(enter_shared(end - 16, 4, 2), CC_SUCCESS);
    engine.seen = NULL;
    ck_assert_int_eq(enter_shared(end - 12, 4, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(begin - 4, 4, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(begin, sizeof common, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(begin, SIZE_MAX / 4, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(UINT64_MAX - 3, 1, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(begin + 1, 1, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(0, 4, 2), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_shared(begin, 4, 3), CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_null(engine.seen);
}
END_TEST

START_TEST(calls_that_the_engine_gives_back_go_the_ordinary_way)
{
    uint64_t sum = 0;
    int32_t r[2];
    int task = 3;

    engine_reset();
    engine.roll_back = true;
    ck_assert_int_eq(mix_call(&sum, NULL, 0, r, NULL), CC_SUCCESS);
    ck_assert_uint_eq(sum, 1 + 10 + 100 + 1000 + 5);
    r[1] = 0;
    ck_assert_int_eq(
        mix_async(&enclave, &task, &sum, 2, NULL, 0, r, NULL, (struct spot){0, 0}, false, NULL),
        CC_SUCCESS);
    ck_assert_int_eq(task, -1);
    ck_assert(sum == 2 && r[1] == 77);
    ck_assert_uint_eq(engine.ordinary, 2);
    ck_assert_int_eq(none_async(&enclave, &task), CC_SUCCESS);
    ck_assert_int_eq(none_async(&enclave, NULL), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(results_of_the_engine_reach_the_caller)
{
    int32_t byte = 0;
    uint64_t sum = 9;
    int task = 0;

    engine_reset();
    ck_assert_int_eq(none_async(&enclave, &task), CC_SUCCESS);
    ck_assert_int_eq(task, 7);
    engine.refuse = true;
    ck_assert_int_eq(none(&enclave), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    ck_assert_int_eq(none_async(&enclave, &task), CC_ERROR_SWITCHLESS_TASK_POOL_FULL);
    ck_assert_int_eq(mix_call(&sum, &byte, SIZE_MAX, NULL, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(sum, 9);
    ops = (struct cc_enclave_ops){0};
    ck_assert_int_eq(none(&enclave), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_int_eq(none_async(&enclave, &task), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_uint_eq(engine.ordinary, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codegen/switchless");
    TCase *tcase = tcase_of(suite, "switchless");

    tcase_add_test(tcase, engine_can_lay_out_the_frames_from_the_list);
    tcase_add_test(tcase, structs_of_any_size_and_bools_travel);
    tcase_add_test(tcase, buffers_in_shared_memory_are_passed_where_they_stand);
    tcase_add_test(tcase, enclave_takes_no_address_outside_shared_memory);
    tcase_add_test(tcase, calls_that_the_engine_gives_back_go_the_ordinary_way);
    tcase_add_test(tcase, results_of_the_engine_reach_the_caller);
    return suite_main(suite);
}
