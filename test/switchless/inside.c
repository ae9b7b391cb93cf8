/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "inside.h"
#include "base/barrier.h"
#include "secgear_image.h"

extern const cc_enclave_image_t cc_enclave_image;

static struct cc_enclave_ops engine = {
    .cc_ecall_enclave = call_enclave,
    .cc_ecall_lent = call_enclave_lent,
    .cc_sl_ecall_enclave = switchless_call,
    .cc_sl_async_ecall = switchless_submit,
    .cc_sl_async_ecall_get_result = switchless_fetch,
};
static struct cc_enclave_ops_desc engine_desc = {.ops = &engine};
static struct list_ops_desc engine_node = {.ops_desc = &engine_desc};
cc_enclave_t enclave;

void engine_takes_values(void)
{
    engine.cc_sl_values = switchless_values;
    engine.cc_sl_values_async = switchless_values_submit;
}

int o_double(int a)
{
    return 2 * a;
}

uint32_t quick_words[2];
uint32_t quick_rest;

int o_quick(int a)
{
    for (uint32_t i = 0; i < HARNESS_TCS; i++) {
        uint32_t word = atomic_load(&harness_slot(i)->word);

        if (word & SLOT_QUICK) {
            quick_words[a & 1] = word & ~(uint32_t)SLOT_WAITED;
            memcpy(&quick_rest, harness_slot(i)->payload + sizeof a, sizeof quick_rest);
        }
    }
    return a;
}

void o_much(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i]++;
}

void o_quick_bytes(uint8_t *p, size_t n)
{
    o_much(p, n);
}

int o_deeper(int depth)
{
    return depth;
}

/* The enclave is in this process: it takes part, and the host's half has it pass fences. */
static bool start_barrier(void)
{
    return barrier_works() && barrier_join();
}

void start_with(uint32_t workers)
{
    const struct switchless_config config = {.tworkers = workers,
                                             .pool = POOL,
                                             .params = 16,
                                             .fallback = 20000,
                                             .sleep = 200,
                                             .policy = 1,
                                             .barrier = start_barrier()};

    harness_switchless(&config);
    harness_start(&cc_enclave_image);
    enclave = (cc_enclave_t){.used_flag = true,
                             .private_data = instance_handle(harness_instance()),
                             .list_ops_node = &engine_node};
}

uint16_t ecalls_count(void)
{
    return (uint16_t)cc_enclave_image.ecall_count;
}

void start(void)
{
    start_with(3);
}

struct window_slot *task_at(uint32_t index)
{
    return window_task_at(harness_instance()->window, harness_layout(), index);
}

struct board_bell *bell(void)
{
    return &board_of(harness_instance()->window, harness_layout())->tasks;
}
