/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear-zygote - holds the preloaded libraries and forks enclaves. Started by secgear-device with
 * an empty environment; descriptor 3 leads to the device, 4 and up are the sealed copies of the
 * libraries, argv[1] says how many, in loading order; the enclave runtime is among them; then
 * comes this program's own file. argv[2] is the uid of enclaves, 0: as we are.
 *
 * Order matters (docs/threat-model.md): exec first, then closed, then forked (fresh memory map),
 * then libraries, then namespaces; a process that is exec'd inside its own user namespace can be
 * read by its owner.
 *
 * Layer: tee_device/zygote. Threads: one. Never touches a random generator or a key.
 */
#include "filter.h"
#include "io/link.h"
#include "sandbox.h"
#include "spawn.h"
#include "threads.h"
#include "wire/report.h"
#include "wire/window.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ZYGOTE_FD_DEVICE = 3, ZYGOTE_FD_LIBRARIES = 4, LIBRARIES_MAX = 16 };

struct missing {
    char text[1024];
};

static void missing_add(struct missing *missing, const char *what)
{
    size_t used = strlen(missing->text);

    snprintf(missing->text + used, sizeof missing->text - used, "%s%s (%s)", used > 0 ? "; " : "",
             what, strerror(errno));
}

static void __attribute__((noreturn)) zygote_die(const char *why)
{
    struct device_message up = {.type = DEVICE_ZYGOTE_UP, .bytes = view_text(why)};

    link_send(ZYGOTE_FD_DEVICE, &up, NULL); /* protections 0: the device gives up */
    _exit(1);
}

static bool starter_clean(char **envp)
{
    for (; *envp != NULL; envp++)
        if (strncmp(*envp, "LD_", 3) == 0)
            return false;
    return true;
}

static void *libraries_load(unsigned count)
{
    void *runtime = NULL;
    char path[64];

    for (unsigned i = 0; i < count; i++) {
        void *handle;

        snprintf(path, sizeof path, "/proc/self/fd/%u", ZYGOTE_FD_LIBRARIES + i);
        handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
        if (handle == NULL)
            zygote_die(dlerror());
        if (dlsym(handle, TRTS_START_SYMBOL) != NULL && runtime == NULL)
            runtime = handle;
    }
    for (unsigned i = 0; i < count; i++) /* not before all are loaded: glibc compares paths */
        close((int)(ZYGOTE_FD_LIBRARIES + i));
    close((int)(ZYGOTE_FD_LIBRARIES + count)); /* our own file */
    return runtime;
}

static void runtime_prepare(void *runtime, struct zygote *zygote)
{
    trts_prepare_fn prepare = (trts_prepare_fn)(uintptr_t)dlsym(runtime, TRTS_PREPARE_SYMBOL);

    zygote->start = (trts_start_fn)(uintptr_t)dlsym(runtime, TRTS_START_SYMBOL);
    zygote->seed = (trts_seed_fn)(uintptr_t)dlsym(runtime, TRTS_SEED_SYMBOL);
    zygote->watch = (trts_watch_fn)(uintptr_t)dlsym(runtime, TRTS_WATCH_SYMBOL);
    zygote->watch_thread =
        (trts_watch_thread_fn)(uintptr_t)dlsym(runtime, TRTS_WATCH_THREAD_SYMBOL);
    zygote->crashed = (trts_crashed_fn)(uintptr_t)dlsym(runtime, TRTS_CRASHED_SYMBOL);
    if (prepare == NULL || zygote->start == NULL || zygote->seed == NULL || zygote->watch == NULL ||
        zygote->watch_thread == NULL || zygote->crashed == NULL)
        zygote_die("zygote: libsecgear_trts has no entry points");
    if (!threads_prepare())
        zygote_die("zygote: libc has no pthread_create()");
    prepare();
}

/* Private writable memory so far: the sixth number of statm, in pages. */
static size_t data_size_now(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void protection_try(struct zygote *zygote, struct missing *missing, uint32_t bit, bool works)
{
    if (works)
        zygote->protections |= bit;
    else
        missing_add(missing, protection_names[__builtin_ctz(bit)]);
}

/* Everything up to the namespaces; afterwards one more fork makes us the first of the new ones. */
static void confine_self(struct zygote *zygote, uid_t uid, struct missing *missing)
{
    if (uid != 0)
        protection_try(zygote, missing, PROTECTION_OWN_UID, sandbox_own_uid(uid));
    if (!sandbox_own_group())
        zygote_die("zygote: the device's group can not be given up");
    if (!sandbox_closed()) /* again: changing the uid reset it */
        zygote_die("zygote: memory can not be closed to other programs");
    zygote->protections |= PROTECTION_NODUMP;
    protection_try(zygote, missing, PROTECTION_NAMESPACES, sandbox_namespaces());
    if (zygote->protections & PROTECTION_NAMESPACES) {
        pid_t first = fork();

        if (first < 0)
            zygote_die("zygote: fork failed");
        if (first > 0)
            _exit(0);
        if (!sandbox_empty_root()) { /* files of the host stay in sight: that is not the whole */
            missing_add(missing, "namespaces: empty root folder");
            zygote->protections &= ~(uint32_t)PROTECTION_NAMESPACES;
        }
    }
    sandbox_drop_capabilities();
}

static void confine_probe(struct zygote *zygote, struct missing *missing)
{
    if (!filters_build())
        zygote_die("zygote: libseccomp can not build the system call filter");
    zygote->protections |=
        PROTECTION_SECCOMP; /* an enclave that can not install it does not start */
    protection_try(zygote, missing, PROTECTION_LANDLOCK, sandbox_landlock_works());
    protection_try(zygote, missing, PROTECTION_MDWE, sandbox_mdwe_works());
    protection_try(zygote, missing, PROTECTION_MSEAL,
                   sandbox_mseal_works() && sandbox_mseal_code());
}

static bool spawn_parse(struct link_packet *packet, struct spawn *ret_spawn)
{
    const struct device_message *m = &packet->message;

    if (m->type != DEVICE_SPAWN)
        return false;
    *ret_spawn = (struct spawn){
        .window_address = m->numbers[0],
        .window_size = m->numbers[1],
        .tcs_count = (uint32_t)m->numbers[2],
        .stack_size = m->numbers[3],
        .heap_size = m->numbers[4],
        .flags = m->numbers[5],
    };
    if (spawn_decode(m->bytes, &ret_spawn->bytes) != CC_SUCCESS)
        return false;
    memcpy(ret_spawn->fds, packet->fds, sizeof ret_spawn->fds);
    return true;
}

/* The answer carries a descriptor, since our number for the child means nothing outside. */
static void spawn_answer(const struct zygote *zygote, pid_t child)
{
    struct device_message answer = {.type = DEVICE_SPAWNED,
                                    .numbers = {CC_ERROR_OUT_OF_MEMORY, (uint64_t)child}};
    int pidfd = child > 0 && !zygote->unconfined ? (int)syscall(SYS_pidfd_open, child, 0) : -1;

    if (child > 0 && zygote->unconfined) /* a tool may not know that call; our numbers are the
                                            device's */
        answer.numbers[0] = DEVICE_UNCONFINED;
    else if (pidfd >= 0)
        answer.numbers[0] = CC_SUCCESS;
    else if (child > 0)
        kill(child, SIGKILL);
    link_send(ZYGOTE_FD_DEVICE, &answer, &pidfd);
    if (pidfd >= 0)
        close(pidfd);
}

/* SPAWNED of a process always goes out before its ENDED: both are sent by this one thread. */
static void ended_say(void)
{
    siginfo_t info = {.si_pid = 0};

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
        uint64_t kind = info.si_code == CLD_EXITED ? WINDOW_ENDED_EXIT : WINDOW_ENDED_SIGNAL;
        struct device_message ended = {
            .type = DEVICE_ENDED,
            .numbers = {(uint64_t)info.si_pid, kind | ((uint64_t)info.si_status & 0xff)},
        };

        link_send(ZYGOTE_FD_DEVICE, &ended, NULL);
        info.si_pid = 0;
    }
}

/* Until the device has said something; meanwhile, who ends is told of. */
static void device_await(const sigset_t *hearing)
{
    struct pollfd device = {.fd = ZYGOTE_FD_DEVICE, .events = POLLIN};

    for (;;) {
        ended_say();
        if (ppoll(&device, 1, NULL, hearing) > 0)
            return;
    }
}

static void serve(const struct zygote *zygote)
{
    static struct link_packet packet;
    struct spawn spawn;
    pid_t child;

    for (;;) {
        device_await(&zygote->signals);
        if (link_recv(ZYGOTE_FD_DEVICE, &packet) != LINK_OK)
            return;
        if (spawn_parse(&packet, &spawn)) {
            child = fork();
            if (child == 0)
                spawn_run(zygote, &spawn);
            spawn_answer(zygote, child);
        }
        link_packet_done(&packet);
    }
}

static void child_ended(int signal)
{
    (void)signal; /* it ends the wait in device_await() */
}

/* SIGCHLD is heard in device_await() alone, so none comes between the look and the wait. */
static void signals_prepare(struct zygote *zygote)
{
    struct sigaction action = {.sa_handler = child_ended, .sa_flags = SA_NOCLDSTOP};
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &zygote->signals);
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv, char **envp)
{
    struct zygote zygote = {.protections = 0};
    struct missing missing = {""};
    uint64_t count = 0, uid = 0;
    pid_t fresh;

    prctl(PR_SET_NAME, "secgear-zygote", 0, 0, 0); /* executed by descriptor, it has a number's */
    zygote.named = argc == 4 && strcmp(argv[3], DEVICE_UNCONFINED_NAMED_WORD) == 0;
    zygote.unconfined = zygote.named || (argc == 4 && strcmp(argv[3], DEVICE_UNCONFINED_WORD) == 0);
    if ((!zygote.unconfined && (!sandbox_closed() || !starter_clean(envp) || argc != 3)) ||
        argc < 3 || !number_parse(argv[1], LIBRARIES_MAX, &count) ||
        !number_parse(argv[2], INT32_MAX, &uid))
        return 2;
    fresh = fork(); /* whoever opened our memory after exec holds the old map */
    if (fresh != 0)
        _exit(fresh < 0);

    signals_prepare(&zygote);
    runtime_prepare(libraries_load((unsigned)count), &zygote);
    zygote.data_size = data_size_now();
    if (!zygote.unconfined) {
        confine_self(&zygote, (uid_t)uid, &missing);
        confine_probe(&zygote, &missing);
    }
    zygote.pid = getpid();
    malloc_trim(0); /* tidies up once what each enclave would tidy up in pages of its own */

    link_send(ZYGOTE_FD_DEVICE,
              &(struct device_message){
                  .type = DEVICE_ZYGOTE_UP,
                  .numbers = {zygote.unconfined ? DEVICE_UNCONFINED : zygote.protections},
                  .bytes = view_text(missing.text)},
              NULL);
    serve(&zygote);
    return 0; /* the device is gone; as first of our namespace we take every enclave with us */
}
