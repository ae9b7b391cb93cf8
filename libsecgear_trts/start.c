/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/prepare.h"
#include "crypto/random.h"
#include "runtime.h"
#include "wire/trts_internal.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Below each stack there is more than the frames that a call takes at once, so that a stack which
 * runs over ends there, and not in the stack of another thread. */
_Static_assert(TRTS_STACK_GUARD_SIZE >= 4 * CALL_STACK_ROOM,
               "a frame does not reach over the guard");

static struct trts_boot boot_record;
static bool started;
static _Atomic uint32_t seeded;

/* Both live as long as the threads: for ever. */
static struct {
    struct tcs *tcs;
    uint8_t *stacks; /* of each thread: a guard that nobody touches, then its stack */
} service;

const struct trts_boot *runtime_boot(void)
{
    return started ? &boot_record : NULL;
}

/* Once in the zygote, so that no enclave pays for it. */
void secgear_trts_prepare(void)
{
    crypto_prepare();
    print_redirect(); /* before an image is loaded: C++ streams keep the pointers they find */
}

static bool image_usable(const cc_enclave_image_t *image, const char **ret_reason)
{
    *ret_reason = NULL;
    if (image == NULL)
        *ret_reason = "the image has no symbol " CC_ENCLAVE_IMAGE_SYMBOL
                      " (link the <name>_t.c that codegen made)";
    else if (image->version != CC_ENCLAVE_IMAGE_VERSION || image->size != sizeof *image)
        *ret_reason = "the image's descriptor has another version (run this release's codegen)";
    else if (image->ecall_count > UINT16_MAX || image->ocall_count > UINT16_MAX ||
             (image->ecall_count > 0 && (image->ecalls == NULL || image->ecall_flags == NULL)))
        *ret_reason = "the image's descriptor has no tables";
    return *ret_reason == NULL;
}

/* Room for every stack at once: what the heap may have is not what a later thread needs. A thread
 * closes its guard when it starts. */
static bool stacks_map(void)
{
    size_t each = boot_record.stack_size + TRTS_STACK_GUARD_SIZE;
    size_t count = boot_record.layout.tcs_count + boot_record.switchless.tworkers;
    void *stacks = mmap(NULL, count * each, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (stacks == MAP_FAILED)
        return false;
    service.stacks = stacks;
    return true;
}

/* On the stack of that index. */
static bool thread_start(size_t index, void *(*run)(void *), void *arg)
{
    uint8_t *guard = service.stacks + index * (boot_record.stack_size + TRTS_STACK_GUARD_SIZE);
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    if (mprotect(guard, TRTS_STACK_GUARD_SIZE, PROT_NONE) != 0)
        return false;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failed =
        pthread_attr_setstack(&attributes, guard + TRTS_STACK_GUARD_SIZE, boot_record.stack_size);
    if (failed == 0)
        failed = boot_record.thread_create(&thread, &attributes, run, arg);
    pthread_attr_destroy(&attributes);
    return failed == 0;
}

bool tcs_start(uint32_t index)
{
    struct tcs *tcs = &service.tcs[index];

    if (index >= boot_record.layout.tcs_count)
        return true;
    *tcs = (struct tcs){
        .slot = window_slot_at(boot_record.window, &boot_record.layout, index),
        .arena = boot_record.layout.arenas + (size_t)index * WINDOW_ARENA_SIZE + WINDOW_ARENA_HALF,
        .arena_size = WINDOW_ARENA_HALF,
        .index = index,
        .ocall = OCALL_NONE,
        .cpu = -1,
        .measure = true,
    };
    return thread_start(index, tcs_main, tcs);
}

static bool workers_start(void)
{
    uint32_t count = boot_record.switchless.tworkers;

    if (count > 0 && !workers_prepare())
        return false;
    for (uintptr_t i = 0; i < count; i++)
        if (!thread_start(boot_record.layout.tcs_count + i, worker_main, (void *)i))
            return false;
    return true;
}

/*
 * Signals are the host's business: threads that serve calls take none. The first thread starts the
 * second one when it is called, and so on, as the host always takes the lowest free slot.
 */
static cc_enclave_result_t threads_start(void)
{
    sigset_t every, old;
    bool good, workers;

    service.tcs = calloc(boot_record.layout.tcs_count, sizeof *service.tcs);
    if (service.tcs == NULL || !stacks_map())
        return CC_ERROR_OUT_OF_MEMORY;
    sigfillset(&every);
    sigdelset(&every, SIGSYS);
    faults_unblock(&every);
    pthread_sigmask(SIG_BLOCK, &every, &old);
    good = tcs_start(0);
    workers = workers_start();
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!workers)
        return CC_ERROR_TSWITCHLESS_INIT_FAILED;
    return good ? CC_SUCCESS : CC_ERROR_OUT_OF_MEMORY;
}

cc_enclave_result_t secgear_trts_start(const struct trts_boot *boot, const char **ret_reason)
{
    *ret_reason = "enclave runtime and device are of different releases";
    if (boot->version != TRTS_BOOT_VERSION || started)
        return CC_ERROR_INVALID_VERSION;
    if (!image_usable(boot->image, ret_reason))
        return CC_ERROR_INVALID_ENCLAVE;
    boot_record = *boot;
    started = true;
    *ret_reason =
        "no memory for the stacks of its threads (TCSNum times StackMaxSize; tcsNum times "
        "gpd.ta.stackSize), or the user has too many threads";
    return threads_start();
}

void secgear_trts_seed(void)
{
    if (!random_reseed())
        abort();
    atomic_store(&seeded, 1);
    futex_wake(&seeded, INT32_MAX);
}

void seed_await(void)
{
    while (atomic_load(&seeded) == 0)
        futex_wait(&seeded, 0);
}
