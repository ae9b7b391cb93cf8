/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "trace.h"
#include "base/sink.h"
#include "call.h"
#include "switchless.h"
#include "wire/batch.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { IDS_MAX = 1024, KINDS = TRACE_SWITCHLESS_ASYNC + 1 };

/* Of an asynchronous call, until its result is fetched. */
struct submitted {
    uint64_t start_ns;
    uint64_t bytes_in, bytes_out;
    uint32_t function;
    int task_id;
};

struct traced {
    struct trace_enclave *entry;
    uint32_t index;
    _Atomic uint16_t functions[KINDS][IDS_MAX]; /* entry plus 1; 0: not looked for yet */
    pthread_mutex_t lock;
    struct submitted submitted[WINDOW_TASKS_MAX];
};

static struct trace trace;                      /* head NULL: this program is not traced */
static struct traced *kept[TRACE_ENCLAVES_MAX]; /* for callers who come late: never released */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct trace_sample *innermost __attribute__((tls_model("initial-exec")));
static _Thread_local uint32_t thread_id __attribute__((tls_model("initial-exec")));

uint64_t trace_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A file of this user alone, of the size that it says; it was made by `secgear trace`. */
static void trace_map(void)
{
    const char *path = secure_getenv("SECGEAR_TRACE");
    struct stat about;
    void *bytes = MAP_FAILED;
    int fd;

    if (path == NULL || path[0] == '\0')
        return;
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
        about.st_size > 0)
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (bytes == MAP_FAILED)
        SINK_WARN_ONCE("SECGEAR_TRACE: %s is no file of this user that can be written; run the "
                       "program by secgear trace",
                       path);
    else if (trace_open(bytes, (size_t)about.st_size, &trace) != CC_SUCCESS) {
        SINK_WARN_ONCE("SECGEAR_TRACE: %s was not made by this release's secgear trace", path);
        munmap(bytes, (size_t)about.st_size);
    }
}

bool trace_wanted(void)
{
    pthread_once(&once, trace_map);
    return trace.head != NULL;
}

static void sum(_Atomic uint64_t *to, uint64_t more)
{
    atomic_fetch_add_explicit(to, more, memory_order_relaxed);
}

static void raise64(_Atomic uint64_t *to, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(to, memory_order_relaxed);

    while (seen < value && !atomic_compare_exchange_weak(to, &seen, value))
        ;
}

static void raise32(_Atomic uint32_t *to, uint32_t value)
{
    uint32_t seen = atomic_load_explicit(to, memory_order_relaxed);

    while (seen < value && !atomic_compare_exchange_weak(to, &seen, value))
        ;
}

static bool entry_take(_Atomic uint32_t *state)
{
    uint32_t free = TRACE_FREE;

    return atomic_compare_exchange_strong(state, &free, TRACE_TAKEN);
}

struct traced *trace_enclave_begin(const struct instance *instance, const char *path, bool debug)
{
    struct traced *traced = calloc(1, sizeof *traced);
    struct trace_enclave *entry;
    uint32_t index = 0;

    while (traced != NULL && index < trace.enclave_max && !entry_take(&trace.enclaves[index].state))
        index++;
    if (traced == NULL || index == trace.enclave_max) {
        SINK_WARN_ONCE("SECGEAR_TRACE: more than %u enclaves; the rest is not traced",
                       trace.enclave_max);
        free(traced);
        return NULL;
    }
    entry = &trace.enclaves[index];
    entry->pid = (uint32_t)getpid();
    entry->uuid = instance->uuid;
    entry->threads = instance->layout.tcs_count;
    entry->tasks = switchless_pool(instance->switchless);
    entry->heap = instance->layout.size - instance->layout.heap;
    entry->created_ns = trace_now_ns();
    entry->debug = debug;
    strncpy(entry->path, path, sizeof entry->path - 1);
    traced->entry = entry;
    traced->index = index;
    kept[index] = traced;
    pthread_mutex_init(&traced->lock, NULL);
    for (size_t i = 0; i < WINDOW_TASKS_MAX; i++)
        traced->submitted[i].task_id = -1;
    atomic_store_explicit(&entry->state, TRACE_READY, memory_order_release);
    return traced;
}

void trace_enclave_end(struct traced *traced, uint64_t heap_peak)
{
    raise64(&traced->entry->heap_peak, heap_peak);
    atomic_store(&traced->entry->ended_ns, trace_now_ns());
}

/* NULL: no entry is left. Two threads may take one each for the same function: readers add. */
static struct trace_function *function_of(struct traced *traced, enum trace_kind kind, uint32_t id,
                                          uint16_t *ret_number)
{
    uint16_t number;
    uint32_t index = 0;

    if (id >= IDS_MAX)
        return NULL;
    number = atomic_load_explicit(&traced->functions[kind][id], memory_order_acquire);
    if (number == 0) {
        while (index < trace.function_max && !entry_take(&trace.functions[index].state))
            index++;
        if (index == trace.function_max)
            return NULL;
        trace.functions[index].enclave = traced->index;
        trace.functions[index].kind = kind;
        trace.functions[index].id = id;
        atomic_store_explicit(&trace.functions[index].state, TRACE_READY, memory_order_release);
        number = (uint16_t)(index + 1);
        atomic_store_explicit(&traced->functions[kind][id], number, memory_order_release);
    }
    *ret_number = number;
    return &trace.functions[number - 1];
}

static uint32_t saturated(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void event_write(const struct trace_sample *sample, uint64_t ns, uint16_t function,
                        cc_enclave_result_t rc)
{
    uint64_t place = trace.event_max;

    if (trace.head != NULL)
        place = atomic_fetch_add_explicit(&trace.head->events, 1, memory_order_relaxed);
    if (place >= trace.event_max)
        return;
    if (thread_id == 0)
        thread_id = (uint32_t)syscall(SYS_gettid);
    trace.events[place] = (struct trace_event){
        .start_ns = sample->start_ns,
        .ns = saturated(ns),
        .within_ns = saturated(sample->within_ns),
        .wait_ns = saturated(sample->wait_ns),
        .thread = thread_id,
        .function = function,
        .depth = (uint8_t)(sample->depth < UINT8_MAX ? sample->depth : UINT8_MAX),
        .failed = rc != CC_SUCCESS,
        .bytes_in = saturated(sample->bytes_in),
        .bytes_out = saturated(sample->bytes_out),
    };
}

static void sample_write(struct traced *traced, enum trace_kind kind, uint32_t id,
                         const struct trace_sample *sample, cc_enclave_result_t rc)
{
    uint64_t ns = trace_now_ns() - sample->start_ns;
    uint16_t number;
    struct trace_function *f = function_of(traced, kind, id, &number);

    if (f == NULL) {
        if (trace.head != NULL)
            sum(&trace.head->functions_lost, 1);
        return;
    }
    sum(&f->count, 1);
    if (rc != CC_SUCCESS)
        sum(&f->failed, 1);
    sum(&f->total_ns, ns);
    sum(&f->within_ns, sample->within_ns < ns ? sample->within_ns : ns);
    if (sample->wait_ns > 0)
        sum(&f->wait_ns, sample->wait_ns);
    if (sample->ocalls > 0) {
        sum(&f->host_ns, sample->host_ns);
        sum(&f->ocalls, sample->ocalls);
    }
    if (sample->bytes_in > 0)
        sum(&f->bytes_in, sample->bytes_in);
    if (sample->bytes_out > 0)
        sum(&f->bytes_out, sample->bytes_out);
    raise64(&f->longest_ns, ns);
    atomic_fetch_add_explicit(&f->buckets[trace_bucket_of(ns)], 1, memory_order_relaxed);
    event_write(sample, ns, number, rc);
}

void trace_sample_begin(struct trace_sample *sample, uint64_t bytes_in, uint64_t bytes_out)
{
    *sample = (struct trace_sample){.bytes_in = bytes_in,
                                    .bytes_out = bytes_out,
                                    .depth = innermost != NULL ? innermost->depth + 1 : 0,
                                    .outer = innermost};
    innermost = sample;
    sample->start_ns = trace_now_ns();
}

void trace_sample_end(struct traced *traced, enum trace_kind kind, uint32_t id,
                      struct trace_sample *sample, cc_enclave_result_t rc)
{
    innermost = sample->outer;
    if (traced != NULL)
        sample_write(traced, kind, id, sample, rc);
}

void trace_inside(struct traced *traced, struct trace_sample *sample)
{
    uint32_t inside = atomic_fetch_add_explicit(&traced->entry->inside, 1, memory_order_relaxed);

    raise32(&traced->entry->inside_peak,
            inside < traced->entry->threads ? inside + 1 : traced->entry->threads);
    if (sample->waited) {
        sample->wait_ns = trace_now_ns() - sample->start_ns;
        sum(&traced->entry->waits, 1);
    }
}

void trace_outside(struct traced *traced)
{
    atomic_fetch_sub_explicit(&traced->entry->inside, 1, memory_order_relaxed);
}

void trace_ocall(struct traced *traced, uint32_t id, struct trace_sample *sample,
                 cc_enclave_result_t rc)
{
    struct trace_sample *around = sample->outer;
    uint64_t ns = trace_now_ns() - sample->start_ns;

    sample->within_ns = ns;
    trace_sample_end(traced, TRACE_OCALL, id, sample, rc);
    if (around != NULL) {
        around->host_ns += ns;
        around->ocalls++;
    }
}

/* ----------------------------------------------------------------- the engine's entries */

/* Of the enclave that is, or was, in that place. */
static struct traced *traced_of(const cc_enclave_t *enclave)
{
    uint64_t use;
    struct instance *instance = instance_look(enclave, &use);

    return instance != NULL ? atomic_load(&instance->traced) : NULL;
}

cc_enclave_result_t traced_call_lent(cc_enclave_t *enclave, uint32_t function,
                                     const cc_lent_call_t *lent)
{
    struct traced *traced = traced_of(enclave);
    struct trace_sample sample;
    cc_enclave_result_t rc;

    trace_sample_begin(&sample, lent->in_size, lent->out_size);
    rc = call_enclave_timed(enclave, function, lent, &sample);
    trace_sample_end(traced, TRACE_ECALL, function, &sample, rc);
    return rc;
}

cc_enclave_result_t traced_call(cc_enclave_t *enclave, uint32_t function, const void *in,
                                size_t in_size, void *out, size_t out_size, void *ms,
                                const void *ocalls)
{
    cc_lent_call_t whole = {in, in_size, out, out_size, NULL, NULL, ocalls};

    (void)ms;
    return traced_call_lent(enclave, function, &whole);
}

static void bytes_of(const sl_ecall_func_info_t *info, uint64_t *ret_in, uint64_t *ret_out)
{
    const cc_sl_args_t *args = info != NULL ? info->args : NULL;

    *ret_in = 0;
    *ret_out = info != NULL ? info->retval_size : 0;
    for (uint32_t i = 0; args != NULL && args->list != NULL && i < info->argc; i++) {
        if (args->list[i].flags & CC_SL_ARG_OUT)
            *ret_out += args->list[i].size;
        if (!(args->list[i].flags & CC_SL_ARG_OUT) || (args->list[i].flags & CC_SL_ARG_IN))
            *ret_in += args->list[i].size;
    }
}

static void tasks_count(struct traced *traced, int more)
{
    uint32_t now = atomic_fetch_add(&traced->entry->in_tasks, (uint32_t)more) + (uint32_t)more;

    if (more > 0)
        raise32(&traced->entry->tasks_peak, now);
}

cc_enclave_result_t traced_switchless_call(cc_enclave_t *enclave, void *retval,
                                           sl_ecall_func_info_t *info)
{
    struct traced *traced = traced_of(enclave);
    struct trace_sample sample;
    uint64_t in, out;
    cc_enclave_result_t rc;

    if (traced == NULL)
        return switchless_call(enclave, retval, info);
    bytes_of(info, &in, &out);
    tasks_count(traced, 1);
    trace_sample_begin(&sample, in, out);
    rc = switchless_call_timed(enclave, retval, info, &sample.within_ns);
    tasks_count(traced, -1);
    if (rc == CC_ERROR_SWITCHLESS_TASK_POOL_FULL)
        sum(&traced->entry->tasks_full, 1);
    if (info == NULL || rc == CC_ERROR_SWITCHLESS_ROLLBACK2COMMON)
        innermost = sample.outer; /* the ordinary call that follows is recorded */
    else
        trace_sample_end(traced, TRACE_SWITCHLESS, info->func_id, &sample, rc);
    return rc;
}

cc_enclave_result_t traced_switchless_submit(cc_enclave_t *enclave, int *task_id,
                                             sl_ecall_func_info_t *info)
{
    struct traced *traced = traced_of(enclave);
    struct submitted now = {.start_ns = trace_now_ns()};
    cc_enclave_result_t rc = switchless_submit(enclave, task_id, info);

    if (traced == NULL)
        return rc;
    if (rc == CC_ERROR_SWITCHLESS_TASK_POOL_FULL)
        sum(&traced->entry->tasks_full, 1);
    if (rc != CC_SUCCESS)
        return rc;
    bytes_of(info, &now.bytes_in, &now.bytes_out);
    now.function = info->func_id;
    now.task_id = *task_id;
    tasks_count(traced, 1);
    pthread_mutex_lock(&traced->lock);
    traced->submitted[switchless_task_of(*task_id)] = now;
    pthread_mutex_unlock(&traced->lock);
    return rc;
}

/* What stands at the place of that task, which may be another one's; forget it if it is its own. */
static struct submitted submitted_of(struct traced *traced, int task_id, bool forget)
{
    struct submitted *place = &traced->submitted[switchless_task_of(task_id)], was;

    pthread_mutex_lock(&traced->lock);
    was = *place;
    if (forget && was.task_id == task_id)
        place->task_id = -1;
    pthread_mutex_unlock(&traced->lock);
    return was;
}

/* Looked up before the result is fetched: the next call may have the task's place right after. */
cc_enclave_result_t traced_switchless_fetch(cc_enclave_t *enclave, int task_id, void *retval)
{
    struct traced *traced = traced_of(enclave);
    struct trace_sample sample = {.outer = innermost};
    struct submitted was = {.task_id = -1};
    cc_enclave_result_t rc;

    if (traced != NULL)
        was = submitted_of(traced, task_id, false);
    rc = switchless_fetch_timed(enclave, task_id, retval, &sample.within_ns);
    if (was.task_id != task_id || rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED ||
        rc == CC_ERROR_SWITCHLESS_INVALID_TASK_ID) /* another thread fetched it */
        return rc;
    (void)submitted_of(traced, task_id, true);
    tasks_count(traced, -1);
    sample.start_ns = was.start_ns;
    sample.bytes_in = was.bytes_in;
    sample.bytes_out = was.bytes_out;
    sample_write(traced, TRACE_SWITCHLESS_ASYNC, was.function, &sample, rc);
    return rc;
}

void trace_batched(struct traced *traced, const struct batch_call *call, uint64_t start_ns,
                   cc_enclave_result_t rc)
{
    struct trace_sample sample = {.start_ns = start_ns,
                                  .bytes_in = call->in_size,
                                  .bytes_out = call->out_size,
                                  .outer = innermost};

    sample_write(traced, TRACE_SWITCHLESS_ASYNC, call->function, &sample, rc);
}
