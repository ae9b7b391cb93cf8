/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crash.h"
#include "base/detail.h"
#include "base/futex.h"
#include "base/sink.h"
#include "wire/device.h"
#include "wire/elf_parts.h"
#include "wire/image_names.h"
#include "crash_file.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPORT_ROOM = 32768, LOOK_S = 1, CALLS_SHOWN = 32 };

const char *crash_cores_folder(void)
{
    const char *folder = secure_getenv("SECGEAR_CRASH_CORES");

    return folder != NULL && folder[0] != '\0' ? folder : NULL;
}

/* Attacker: the enclave, which may go on writing: copied, then checked. */
static cc_enclave_result_t record_read(const struct instance *instance,
                                       struct crash_record *ret_crash)
{
    uint8_t copy[CRASH_SIZE];
    cc_enclave_result_t rc;

    if (!instance->is_debug)
        return CC_ERROR_BAD_FORMAT; /* a production enclave says nothing, whatever stands there */
    crash_copy(instance->window, copy);
    rc = crash_decode(VIEW_OF(copy), ret_crash);
    wipe(copy, sizeof copy);
    return rc;
}

static bool call_runs(const struct instance *instance, uint32_t index)
{
    return atomic_load(&instance->slots[index].ecall) != 0 &&
           !(atomic_load(&instance->free_slots[index / 64]) & UINT64_C(1) << (index % 64));
}

static void call_print(FILE *to, const struct slot_host *host, uint32_t index, struct view names)
{
    uint32_t ocall = atomic_load(&host->ocall);
    char name[FUNCTION_NAME_ROOM];

    image_name_of(names, true, atomic_load(&host->ecall) - 1, name);
    fprintf(to, "secgear crash:   in flight on thread %u: ecall %s", index, name);
    if (ocall != 0) {
        image_name_of(names, false, ocall - 1, name);
        fprintf(to, ", within ocall %s", name);
    }
    fputc('\n', to);
}

/* What calls the host had in it, by what the host itself wrote down; the report has room for so
 * many, and the core's line comes behind them. */
static void calls_print(FILE *to, const struct instance *instance, struct view names)
{
    uint32_t runs = 0;

    for (uint32_t i = 0; i < instance->layout.tcs_count; i++)
        if (call_runs(instance, i) && ++runs <= CALLS_SHOWN)
            call_print(to, &instance->slots[i], i, names);
    if (runs > CALLS_SHOWN)
        fprintf(to, "secgear crash:   and %u more calls in flight\n", runs - CALLS_SHOWN);
}

static void thread_print(FILE *to, const struct crash_record *crash)
{
    static const char *const kinds[] = {"", "", "a worker of switchless calls",
                                        "a thread that the enclave made",
                                        "its first thread (a constructor)"};

    if (crash->thread == CRASH_THREAD_CALL)
        fprintf(to, "thread %u, which serves calls", crash->index);
    else
        fputs(kinds[crash->thread], to);
}

static void fault_print(FILE *to, const struct crash_record *crash)
{
    fprintf(to, "secgear crash:   %s", crash_signal_name(crash->signal));
    if (crash->signal == SIGSYS)
        fprintf(to, ", system call %u, which enclaves may not make", crash->system_call);
    else if (crash->signal != SIGABRT)
        fprintf(to, " at address %#llx", (unsigned long long)crash->address);
    fputs(", in ", to);
    thread_print(to, crash);
    fputc('\n', to);
}

static void core_print(FILE *to, const struct instance *instance, const struct crash_record *crash)
{
    char path[CRASH_LINE_ROOM];

    if (crash_core_write(instance, crash, path) == CC_SUCCESS)
        fprintf(
            to,
            "secgear crash:   core: %s HOLDS ALL OF THE ENCLAVE'S MEMORY, keys and data; secgear "
            "gdb --core %s --image %s\n",
            path, path, instance->path);
    else
        fprintf(to, "secgear crash:   no core: %s\n", detail_get());
}

static void report_print(FILE *to, const struct instance *instance, uint32_t how,
                         const struct crash_record *crash, bool with_core)
{
    char ended[WINDOW_ENDED_TEXT_ROOM] = "a fault";
    struct buf file = crash_file_read(instance->path);

    if (how != 0)
        window_ended_text(how, ended);
    fprintf(to, "secgear crash: %s enclave %s ended by %s\n",
            instance->is_debug ? "debug" : "production", instance->path, ended);
    if (crash != NULL) {
        fault_print(to, crash);
        crash_frames_print(to, instance->path, crash);
    }
    calls_print(to, instance, image_names_of(buf_view(&file)));
    if (with_core)
        core_print(to, instance, crash);
    buf_free(&file);
}

/* By a person, for want of memory, by destroy, or by its own word: no fault. */
static bool is_fault(uint32_t how)
{
    uint32_t number = how & WINDOW_ENDED_NUMBER;

    return (how & ~(uint32_t)WINDOW_ENDED_NUMBER) == WINDOW_ENDED_SIGNAL
               ? number != SIGKILL && number != SIGTERM
               : how == (WINDOW_ENDED_EXIT | WINDOW_ENDED_ABORT);
}

static void say(const struct instance *instance, uint32_t how, const struct crash_record *crash,
                bool with_core)
{
    char *text = calloc(1, REPORT_ROOM);
    FILE *to = text != NULL ? fmemopen(text, REPORT_ROOM - 1, "w") : NULL;

    if (to != NULL) {
        report_print(to, instance, how, crash, with_core);
        fclose(to);
        sink_lines(text);
    }
    free(text);
}

void crash_say(struct instance *instance, uint32_t how)
{
    struct crash_record crash;
    bool known = record_read(instance, &crash) == CC_SUCCESS;

    if ((known || is_fault(how)) && !atomic_exchange(&instance->crash_said, true))
        say(instance, how, known ? &crash : NULL, false);
    if (known)
        wipe(&crash, sizeof crash); /* registers */
}

/* How it will end, or did: struct window_control.ended. */
static uint32_t how_of(const struct crash_record *crash)
{
    return crash->signal == SIGABRT ? (uint32_t)WINDOW_ENDED_EXIT | WINDOW_ENDED_ABORT
                                    : WINDOW_ENDED_SIGNAL | crash->signal;
}

/* It waits: what it can not say itself is read from its memory. */
static void core_take(struct instance *instance)
{
    struct crash_record crash;

    if (record_read(instance, &crash) == CC_SUCCESS &&
        !atomic_exchange(&instance->crash_said, true))
        say(instance, how_of(&crash), &crash, true);
    wipe(&crash, sizeof crash); /* registers */
}

/* Attacker: the enclave, whose record the device passed on. Nothing else of it is known yet. */
void crash_say_start(const char *path, struct view record)
{
    struct instance starting = {.path = (char *)(uintptr_t)path, .is_debug = true}; /* read only */
    struct crash_record crash;

    if (crash_decode(record, &crash) == CC_SUCCESS)
        say(&starting, how_of(&crash), &crash, false);
    wipe(&crash, sizeof crash); /* registers */
}

static void *watch_main(void *arg)
{
    const struct timespec moment = {.tv_sec = LOOK_S};
    struct instance *instance = arg;
    struct crash_record *record = crash_at(instance->window);

    while (!atomic_load(&instance->crash_unwatched)) {
        uint32_t state = atomic_load(&record->state);

        if (state == CRASH_WHOLE) {
            core_take(instance);
            atomic_store(&record->state, CRASH_TAKEN);
            futex_wake(&record->state, INT32_MAX);
            return NULL;
        }
        syscall(SYS_futex, &record->state, FUTEX_WAIT, state, &moment, NULL, 0);
    }
    return NULL;
}

bool crash_watch_start(struct instance *instance)
{
    sigset_t every, old;

    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    instance->crash_watched =
        pthread_create(&instance->crash_watcher, NULL, watch_main, instance) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return instance->crash_watched;
}

void crash_watch_stop(struct instance *instance)
{
    if (!instance->crash_watched)
        return;
    atomic_store(&instance->crash_unwatched, true);
    futex_wake(&crash_at(instance->window)->state, INT32_MAX);
    pthread_join(instance->crash_watcher, NULL);
    instance->crash_watched = false;
}

cc_enclave_result_t crash_prepare(struct instance *instance, const char *path, uint64_t flags)
{
    instance->is_debug = flags & DEVICE_FLAG_DEBUG;
    instance->path = strdup(path);
    if (instance->path != NULL && (!(flags & DEVICE_FLAG_HELD) || crash_watch_start(instance)))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory or thread for an enclave");
}

void crash_say_ended(struct instance *instance)
{
    const struct window_control *control = instance->window;

    if (atomic_load(&control->dead) != 0)
        crash_say(instance, atomic_load(&control->ended));
}
