/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "harness.h"
#include "base/barrier.h"
#include "wait.h"
#include "wire/trts_internal.h"
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct instance *instance;
static int control = -1;
static struct switchless_config workers; /* tworkers 0: none */

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "harness: %s\n", what);
        abort();
    }
}

void harness_control(int fd)
{
    control = fd;
}

void harness_switchless(const struct switchless_config *config)
{
    workers = *config;
}

void harness_start(const cc_enclave_image_t *image)
{
    struct trts_boot boot = {
        .version = TRTS_BOOT_VERSION,
        .thread_create = pthread_create,
        .stack_size = 8 << 20, /* sanitizers need more than an image */
        .control_fd = control,
        .image = image,
        .switchless = workers,
    };
    const char *reason = NULL;
    cc_enclave_result_t rc;
    size_t size;

    boot.switchless.barrier = workers.barrier != 0 && barrier_join();
    must(window_size_compute(HARNESS_TCS + 1, HARNESS_HEAP_SIZE, &size), "window size");
    must(window_layout_compute(HARNESS_TCS + 1, size, &boot.layout), "window layout");
    boot.window = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(boot.window != MAP_FAILED, "window");

    instance = instance_new();
    must(instance != NULL, "instance");
    instance->window = boot.window;
    instance->layout = boot.layout;
    instance->slots = calloc(HARNESS_TCS + 1, sizeof *instance->slots);
    must(instance->slots != NULL, "slots");
    must(workers.tworkers == 0 || switchless_open(instance, &workers), "tasks");
    heap_init(&instance->heap, boot.layout.heap, boot.layout.size);
    atomic_store(&instance->free_slots[0], (UINT64_C(1) << HARNESS_TCS) - 1);
    instance_open(instance);
    boot.layout.tcs_count = HARNESS_TCS; /* nobody serves the last slot */
    rc = secgear_trts_start(&boot, &reason);
    must(rc == CC_SUCCESS, reason);
    secgear_trts_seed();
}

struct instance *harness_instance(void)
{
    return instance;
}

const struct window_layout *harness_layout(void)
{
    return &instance->layout;
}

struct window_slot *harness_slot(uint32_t index)
{
    return window_slot_at(instance->window, &instance->layout, index);
}

void harness_puppet(void)
{
    atomic_store(&instance->free_slots[0], UINT64_C(1) << HARNESS_TCS);
}

cc_enclave_result_t harness_call(uint32_t function, const struct call_buffers *buffers,
                                 const ocall_enclave_table_t *ocalls)
{
    cc_enclave_t enclave = {.used_flag = true, .private_data = instance_handle(instance)};

    return call_enclave(&enclave, function, buffers->in, buffers->in_size, buffers->out,
                        buffers->out_size, NULL, ocalls);
}

uint32_t harness_forge(uint32_t index, const struct window_slot *forged)
{
    struct window_slot *slot = harness_slot(index);
    struct call call = {.instance = instance, .slot = slot};

    atomic_fetch_and(&instance->free_slots[0], ~(UINT64_C(1) << index));
    memcpy((uint8_t *)slot + sizeof slot->word, (const uint8_t *)forged + sizeof slot->word,
           sizeof *slot - sizeof slot->word);
    slot_publish(&call, SLOT_ECALL);
    while (slot_wait(&call) == SLOT_OCALL) {
        slot->status = CC_ERROR_OCALL_NOT_ALLOWED;
        slot_publish(&call, SLOT_OCALL_DONE);
    }
    return slot->status;
}
