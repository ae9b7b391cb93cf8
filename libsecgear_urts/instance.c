/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "instance.h"
#include "switchless.h"
#include "base/detail.h"
#include "base/futex.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    CHUNK_COUNT = 256,
    CHUNKS_MAX = 256,
    TASKS_LOOK_MS = 1, /* a task that is given back tells nobody: destroy looks */
};

#define ENTRY_CLOSING (UINT64_C(1) << 31)
#define ENTRY_CALLS (ENTRY_CLOSING - 1)
#define ENTRY_USE(entry) ((entry) >> 32)

/* The registry: places by chunk, never released, so a stale handle always points to a place. */
static struct {
    pthread_mutex_t lock;
    struct instance *_Atomic chunks[CHUNKS_MAX];
    uint8_t used[CHUNKS_MAX * CHUNK_COUNT];
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static unsigned process = 1;
static _Atomic unsigned unmarked = 1; /* until there are enclaves, or where nothing is wiped */
_Atomic unsigned *process_mark = &unmarked;

/* A thread that does not exist here may have held it. */
static void registry_forked(void)
{
    registry.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void process_mark_make(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return;
    madvise(page, size, MADV_WIPEONFORK);
    atomic_store((_Atomic unsigned *)page, process);
    process_mark = page;
    pthread_atfork(NULL, NULL, registry_forked);
}

/* From now on this process has enclaves of its own, too. With the registry locked. */
static void process_begin(void)
{
    if (process_mark == &unmarked)
        process_mark_make();
    if (atomic_load(process_mark) == 0) /* nobody takes the parent's enclaves for ours */
        atomic_store(process_mark, ++process);
}

unsigned process_number(void)
{
    return process;
}

void process_note(void)
{
    pthread_mutex_lock(&registry.lock);
    process_begin();
    pthread_mutex_unlock(&registry.lock);
}

static struct instance *place_at(size_t index)
{
    struct instance *chunk = atomic_load(&registry.chunks[index / CHUNK_COUNT]);

    return chunk != NULL ? &chunk[index % CHUNK_COUNT] : NULL;
}

static size_t place_index(const struct instance *instance)
{
    for (size_t c = 0; c < CHUNKS_MAX; c++) {
        const struct instance *chunk = atomic_load(&registry.chunks[c]);

        if (chunk != NULL && instance >= chunk && instance < chunk + CHUNK_COUNT)
            return c * CHUNK_COUNT + (size_t)(instance - chunk);
    }
    return SIZE_MAX;
}

/* With the registry locked. */
static struct instance *place_claim(void)
{
    for (size_t i = 0; i < sizeof registry.used; i++) {
        if (registry.used[i])
            continue;
        if (place_at(i) == NULL) {
            struct instance *chunk = calloc(CHUNK_COUNT, sizeof *chunk);

            if (chunk == NULL)
                return NULL;
            for (size_t k = 0; k < CHUNK_COUNT; k++)
                atomic_init(&chunk[k].entry, ENTRY_CLOSING);
            atomic_store(&registry.chunks[i / CHUNK_COUNT], chunk);
        }
        registry.used[i] = 1;
        return place_at(i);
    }
    return NULL;
}

static void changed_init(struct instance *instance)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&instance->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&instance->lock, NULL);
}

struct instance *instance_new(void)
{
    struct instance *instance;

    pthread_mutex_lock(&registry.lock);
    process_begin();
    instance = place_claim();
    pthread_mutex_unlock(&registry.lock);
    if (instance == NULL)
        return NULL;
    atomic_store(&instance->dead, false);
    atomic_store(&instance->waiting, 0);
    atomic_store(&instance->leaving, true);
    for (size_t w = 0; w < WINDOW_TCS_MAX / 64; w++) /* the one before may have had more */
        atomic_store(&instance->free_slots[w], 0);
    instance->process = process_number();
    instance->device = 0;
    instance->window = NULL;
    instance->slots = NULL;
    instance->switchless = NULL;
    atomic_store(&instance->traced, NULL);
    instance->connection = instance->pidfd = -1;
    instance->path = NULL;
    instance->is_debug = instance->crash_watched = false;
    atomic_store(&instance->crash_unwatched, false);
    atomic_store(&instance->crash_said, false);
    changed_init(instance);
    heap_init(&instance->heap, 0, 0);
    return instance;
}

void instance_open(struct instance *instance)
{
    uint64_t use = ENTRY_USE(atomic_load(&instance->entry)) + 1;

    atomic_store(&instance->entry, (use & UINT32_MAX) << 32);
}

void *instance_handle(const struct instance *instance)
{
    uint64_t use = ENTRY_USE(atomic_load(&instance->entry));

    return (void *)(uintptr_t)(use << 32 |
                               (place_index(instance) + 1)); /* NOLINT: never followed */
}

void instance_free(struct instance *instance)
{
    size_t index = place_index(instance);

    switchless_free(instance); /* its threads use all that follows */
    if (instance->window != NULL)
        munmap(instance->window, instance->layout.size);
    if (instance->connection >= 0)
        close(instance->connection);
    if (instance->pidfd >= 0)
        close(instance->pidfd);
    free(instance->slots);
    free(instance->path);
    heap_done(&instance->heap);
    pthread_mutex_destroy(&instance->lock);
    pthread_cond_destroy(&instance->changed);
    pthread_mutex_lock(&registry.lock);
    registry.used[index] = 0;
    pthread_mutex_unlock(&registry.lock);
}

static struct instance *handle_find(const cc_enclave_t *enclave, uint64_t *ret_use)
{
    uint64_t handle = enclave != NULL ? (uint64_t)(uintptr_t)enclave->private_data : 0;
    size_t index = (size_t)(handle & UINT32_MAX) - 1;

    *ret_use = handle >> 32;
    if (handle == 0 || !enclave->used_flag || index >= sizeof registry.used)
        return NULL;
    return place_at(index);
}

static cc_enclave_result_t handle_refuse(void)
{
    return detail_fail(CC_ERROR_BAD_PARAMETERS,
                       "host: the enclave was never created, or is destroyed");
}

cc_enclave_result_t instance_enter(const cc_enclave_t *enclave, struct instance **ret_instance)
{
    uint64_t use, entry;
    struct instance *instance = handle_find(enclave, &use);

    if (instance == NULL)
        return handle_refuse();
    if (!instance_is_ours(instance))
        return detail_fail(CC_ERROR_ENCLAVE_LOST,
                           "host: the enclave belongs to the parent of this process");
    entry = atomic_load(&instance->entry);
    do {
        if (ENTRY_USE(entry) != use || (entry & ENTRY_CLOSING))
            return handle_refuse();
    } while (!atomic_compare_exchange_weak(&instance->entry, &entry, entry + 1));
    *ret_instance = instance;
    return CC_SUCCESS;
}

bool instance_is_still(const struct instance *instance, uint64_t use)
{
    uint64_t entry = atomic_load(&instance->entry);

    return ENTRY_USE(entry) == use && !(entry & ENTRY_CLOSING);
}

struct instance *instance_look(const cc_enclave_t *enclave, uint64_t *ret_use)
{
    struct instance *instance = handle_find(enclave, ret_use);

    if (instance == NULL || !instance_is_ours(instance) || !instance_is_still(instance, *ret_use))
        return NULL;
    return instance;
}

void instance_leave(struct instance *instance)
{
    uint64_t entry = atomic_fetch_sub(&instance->entry, 1);

    /* Only the last of a closing one has somebody to tell. */
    if ((entry & ENTRY_CLOSING) && (entry & ENTRY_CALLS) == 1) {
        pthread_mutex_lock(&instance->lock);
        atomic_store(&instance->leaving, false);
        pthread_cond_broadcast(&instance->changed);
        pthread_mutex_unlock(&instance->lock);
    }
}

cc_enclave_result_t instance_close(const cc_enclave_t *enclave, struct instance **ret_instance)
{
    uint64_t use, entry;
    struct instance *instance = handle_find(enclave, &use);

    if (instance == NULL)
        return handle_refuse();
    if (!instance_is_ours(instance))
        return detail_fail(CC_ERROR_ENCLAVE_LOST,
                           "host: the enclave belongs to the parent of this process");
    entry = atomic_load(&instance->entry);
    do {
        if (ENTRY_USE(entry) != use || (entry & ENTRY_CLOSING))
            return handle_refuse();
    } while (!atomic_compare_exchange_weak(&instance->entry, &entry, entry | ENTRY_CLOSING));
    if ((entry & ENTRY_CALLS) == 0) /* nobody is inside who would say so when leaving */
        atomic_store(&instance->leaving, false);
    *ret_instance = instance;
    return CC_SUCCESS;
}

/* Inside, so that nobody frees it meanwhile; a closing one is its destroyer's business. */
static bool place_hold(struct instance *instance)
{
    uint64_t entry = atomic_load(&instance->entry);

    do {
        if (entry & ENTRY_CLOSING)
            return false;
    } while (!atomic_compare_exchange_weak(&instance->entry, &entry, entry + 1));
    return true;
}

/* By number: the kernel may not have closed a dead device's end of each connection yet. */
void instances_sweep(uint64_t device)
{
    for (size_t i = 0; i < sizeof registry.used; i++) {
        struct instance *instance = place_at(i);

        if (instance == NULL)
            i |= CHUNK_COUNT - 1; /* nothing in this chunk */
        else if (place_hold(instance)) {
            if (instance_is_ours(instance) && instance->device <= device)
                instance_mark_dead(instance);
            instance_leave(instance);
        }
    }
}

bool instance_owns_elsewhere(const struct instance *instance, const void *ptr)
{
    bool owns = false;

    for (size_t i = 0; !owns && i < sizeof registry.used; i++) {
        struct instance *other = place_at(i);

        if (other == NULL)
            i |= CHUNK_COUNT - 1; /* nothing in this chunk */
        else if (other != instance && place_hold(other)) {
            uintptr_t start = (uintptr_t)other->window, at = (uintptr_t)ptr;

            owns = at >= start && at - start < other->layout.size;
            instance_leave(other);
        }
    }
    return owns;
}

static struct timespec time_after(long ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static bool time_passed(const struct timespec *at)
{
    struct timespec now = time_after(0);

    return now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec >= at->tv_nsec);
}

static bool instance_is_empty(struct instance *instance)
{
    return !atomic_load(&instance->leaving) && switchless_close(instance);
}

/* `leaving` is cleared under the lock as the last thing a call does with this place. */
bool instance_drain(struct instance *instance, long wait_ms)
{
    struct timespec until = time_after(wait_ms < 0 ? 0 : wait_ms);
    bool empty;

    pthread_mutex_lock(&instance->lock);
    while (!(empty = instance_is_empty(instance)) && (wait_ms < 0 || !time_passed(&until))) {
        struct timespec moment = time_after(TASKS_LOOK_MS);

        pthread_cond_timedwait(&instance->changed, &instance->lock, &moment);
    }
    pthread_mutex_unlock(&instance->lock);
    return empty;
}

static void slot_wake(struct window_slot *slot)
{
    atomic_fetch_or(&slot->word, SLOT_DEAD);
    futex_wake(&slot->word, INT_MAX);
}

/* Callers wait without a timeout: each word changes, then its sleeper is woken. */
static void callers_wake(struct instance *instance)
{
    for (uint32_t i = 0; i < instance->layout.tcs_count; i++)
        slot_wake(window_slot_at(instance->window, &instance->layout, i));
    for (uint32_t i = 0; i < switchless_pool(instance->switchless); i++)
        slot_wake(window_task_at(instance->window, &instance->layout, i));
}

/* Each time, not the first only: an enclave that outlives its device for a moment may have put back
 * the word of a caller who was about to sleep. */
void instance_mark_dead(struct instance *instance)
{
    atomic_store(&instance->dead, true);
    callers_wake(instance);
    pthread_mutex_lock(&instance->lock);
    pthread_cond_broadcast(&instance->changed);
    pthread_mutex_unlock(&instance->lock);
}

/* The lowest free one: a lone caller always gets the same slot, thread and cache lines. */
static bool slot_try(struct instance *instance, uint32_t *ret_index)
{
    for (size_t w = 0; w < WINDOW_TCS_MAX / 64; w++) {
        uint64_t bits = atomic_load(&instance->free_slots[w]);

        while (bits != 0) {
            uint64_t lowest = bits & -bits;

            if (atomic_compare_exchange_weak(&instance->free_slots[w], &bits, bits & ~lowest)) {
                *ret_index = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(lowest);
                return true;
            }
        }
    }
    return false;
}

cc_enclave_result_t slot_take(struct instance *instance, uint32_t *ret_index)
{
    bool taken = slot_try(instance, ret_index);

    if (taken)
        return CC_SUCCESS;
    pthread_mutex_lock(&instance->lock);
    atomic_fetch_add(&instance->waiting, 1); /* before the look that slot_give() must not miss */
    while (!(taken = slot_try(instance, ret_index)) && !atomic_load(&instance->dead))
        pthread_cond_wait(&instance->changed, &instance->lock);
    atomic_fetch_sub(&instance->waiting, 1);
    pthread_mutex_unlock(&instance->lock);
    return taken ? CC_SUCCESS : CC_ERROR_ENCLAVE_DEAD;
}

bool slot_is_free(const struct instance *instance)
{
    for (size_t w = 0; w < WINDOW_TCS_MAX / 64; w++)
        if (atomic_load(&instance->free_slots[w]) != 0)
            return true;
    return false;
}

void slot_give(struct instance *instance, uint32_t index)
{
    atomic_fetch_or(&instance->free_slots[index / 64], UINT64_C(1) << (index % 64));
    if (atomic_load(&instance->waiting) > 0) {
        pthread_mutex_lock(&instance->lock);
        pthread_cond_broadcast(&instance->changed);
        pthread_mutex_unlock(&instance->lock);
    }
}

cc_enclave_result_t instance_window_full(struct instance *instance, size_t size)
{
    return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                       "host: %zu bytes do not fit the memory shared with the enclave: %zu bytes, "
                       "of which %zu are in use; raise sharedSize (manifest.txt) or SharedMaxSize "
                       "(Enclave.config.xml)",
                       size, instance->heap.end - instance->heap.start, heap_used(&instance->heap));
}
