/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "spawn.h"
#include "base/barrier.h"
#include "filter.h"
#include "io/link.h"
#include "io/sealed.h"
#include "sandbox.h"
#include "threads.h"
#include "wire/report.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    HEAP_SLACK_SIZE = 4 * 1024 * 1024, /* libc's own, thread bookkeeping, alignment */
    ENCLAVE_NOFILE = 16,
};

/* The last message of an enclave that does not start, or the first of one that does. */
static void ready_say(cc_enclave_result_t code, const char *detail)
{
    struct device_message message = {.type = DEVICE_READY, .numbers = {code}};

    if (detail != NULL) {
        size_t size = strnlen(detail, DEVICE_DETAIL_MAX);

        message.bytes = view_of(detail, size);
    }
    uint8_t packet[DEVICE_MESSAGE_MAX];
    struct writer w = writer_over(packet, sizeof packet);

    device_encode(&message, &w);
    if (!w.failed)
        send(ENCLAVE_FD_CONTROL, packet, w.size, MSG_NOSIGNAL);
}

static void __attribute__((noreturn)) spawn_fail(cc_enclave_result_t code, const char *detail)
{
    ready_say(code, detail);
    _exit(1);
}

/* Where there are no namespaces, nobody else ends us when the zygote ends. */
static bool tied_to_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

/* Fixed numbers for the three descriptors, nothing else open. The sources may be those numbers. */
static bool descriptors_arrange(const struct zygote *zygote, const int fds[DEVICE_FDS_MAX])
{
    int high[DEVICE_FDS_MAX];

    for (int i = 0; i < DEVICE_FDS_MAX; i++)
        if ((high[i] = fcntl(fds[i], F_DUPFD, 100)) < 0)
            return false;
    for (int i = 0; i < DEVICE_FDS_MAX; i++)
        if (dup3(high[i], ENCLAVE_FD_IMAGE + i, O_CLOEXEC) < 0)
            return false;
    close(0);
    close(1);
    if (!zygote->unconfined) /* where tools say what they find */
        close(2);
    return syscall(SYS_close_range, ENCLAVE_FD_END, ~0U, 0) == 0 || zygote->unconfined;
}

static bool seals_hold(int fd, int wanted)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & wanted) == wanted;
}

static void window_map(const struct spawn *spawn)
{
    void *wanted = (void *)spawn->window_address; /* NOLINT: an address both sides agreed on */
    void *window = mmap(wanted, spawn->window_size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_FIXED_NOREPLACE, ENCLAVE_FD_WINDOW, 0);

    if (window != MAP_FAILED && window != wanted) { /* who does not know that flag */
        munmap(window, spawn->window_size);
        window = MAP_FAILED;
        errno = EEXIST;
    }
    if (window == MAP_FAILED && errno == EEXIST)
        spawn_fail(CC_ERROR_MEMORY_MAP_FAIL, "enclave: the window's address is taken");
    if (window == MAP_FAILED)
        spawn_fail(CC_ERROR_OUT_OF_MEMORY, "enclave: the window can not be mapped");
}

static void limit_set(int resource, rlim_t value)
{
    struct rlimit limit = {value, value};

    setrlimit((__rlimit_resource_t)resource, &limit);
}

static int writable_add(struct dl_phdr_info *info, size_t size, void *arg)
{
    size_t *total = arg;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_W))
            *total += info->dlpi_phdr[i].p_memsz + WINDOW_PAGE;
    return 0;
}

/* What the signed manifest grants, stacks for calls and for as many own threads included, on top of
 * what was there before the image. */
static void heap_limit(const struct zygote *zygote, const struct spawn *spawn)
{
    size_t image = 0;

    dl_iterate_phdr(writable_add, &image);
    if (spawn->flags & DEVICE_FLAG_DEBUG)
        image += (2 * spawn->tcs_count + spawn->bytes.switchless.tworkers + 1) *
                 (size_t)TRTS_CRASH_STACK_SIZE;
    limit_set(RLIMIT_DATA,
              zygote->data_size + image + HEAP_SLACK_SIZE + spawn->heap_size +
                  spawn->tcs_count * (2 * spawn->stack_size + TRTS_STACK_GUARD_SIZE) +
                  spawn->bytes.switchless.tworkers * (spawn->stack_size + TRTS_STACK_GUARD_SIZE));
}

static void confine(const struct zygote *zygote)
{
    limit_set(RLIMIT_FSIZE, 0);
    limit_set(RLIMIT_NOFILE, ENCLAVE_NOFILE);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: no_new_privs can not be set");
    if ((zygote->protections & PROTECTION_LANDLOCK) && !sandbox_landlock())
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: landlock failed");
    if ((zygote->protections & PROTECTION_MDWE) && !sandbox_mdwe())
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: memory-deny-write-execute failed");
    if (!filter_trap_install() || !filter_install(FILTER_LOADING))
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: the system call filter can not be installed");
}

/* Each library in a sealed file of its own, since that is what can be loaded. */
static void libraries_prepare(const struct spawn *spawn)
{
    for (unsigned i = 0; i < spawn->bytes.library_count; i++) {
        const struct spawn_library *library = &spawn->bytes.libraries[i];
        int fd;

        if (sealed_part(ENCLAVE_FD_IMAGE, library->offset, library->size, "sg-library", &fd) !=
                CC_SUCCESS ||
            dup3(fd, ENCLAVE_FD_LIBRARIES + (int)i, O_CLOEXEC) < 0)
            spawn_fail(CC_ERROR_OUT_OF_MEMORY, "enclave: no memory for the image's libraries");
        close(fd);
    }
}

static void *object_load(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *error;

    if (handle == NULL) {
        error = dlerror();
        spawn_fail(CC_ERROR_INVALID_ENCLAVE, error != NULL ? error : "enclave: dlopen failed");
    }
    return handle;
}

/* Tools read names and lines by the path of what was mapped: of a copy, for that moment. */
static void *image_load_named(void)
{
    char path[] = "/tmp/secgear-image-XXXXXX", chunk[65536];
    int file = mkostemp(path, O_CLOEXEC);
    off_t at = 0;
    ssize_t got;
    void *handle;

    if (file < 0)
        spawn_fail(CC_ERROR_OUT_OF_MEMORY, "enclave: no file in /tmp for a copy of the image");
    while ((got = pread(ENCLAVE_FD_IMAGE, chunk, sizeof chunk, at)) > 0 &&
           pwrite(file, chunk, (size_t)got, at) == got)
        at += got;
    close(file);
    handle = got == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    unlink(path);
    if (handle == NULL)
        spawn_fail(CC_ERROR_INVALID_ENCLAVE,
                   got == 0 ? dlerror() : "enclave: the image can not be copied to /tmp");
    return handle;
}

/* Not as libraries_load() of main.c spells them: the loader would take what it loaded under that
 * number before. */
#define UNCONFINED_PATH "/proc/self/fd/./%d"

/* Constructors run in here, already confined. */
static const cc_enclave_image_t *image_load(const struct zygote *zygote, const struct spawn *spawn)
{
    char path[] = ENCLAVE_LIBRARY_PATH, number[32];
    void *handle;

    for (unsigned i = 0; i < spawn->bytes.library_count; i++) {
        path[sizeof path - 2] = (char)('0' + i);
        snprintf(number, sizeof number, UNCONFINED_PATH, ENCLAVE_FD_LIBRARIES + (int)i);
        object_load(zygote->unconfined ? number : path);
    }
    snprintf(number, sizeof number, UNCONFINED_PATH, ENCLAVE_FD_IMAGE);
    handle = zygote->named ? image_load_named()
                           : object_load(zygote->unconfined ? number : ENCLAVE_IMAGE_PATH);
    for (unsigned i = 0; i < spawn->bytes.library_count; i++)
        close(ENCLAVE_FD_LIBRARIES + (int)i);
    return dlsym(handle, CC_ENCLAVE_IMAGE_SYMBOL);
}

/* Forks share their parent's stack canary: threads made from here on get a fresh one. */
__attribute__((no_stack_protector)) static inline void canary_renew(void)
{
#if defined(__x86_64__) && !defined(__clang__)
    uintptr_t canary = 0;

    if (getrandom(&canary, sizeof canary, 0) == (ssize_t)sizeof canary)
        __asm__ volatile("movq %0, %%fs:0x28" : : "r"(canary & ~(uintptr_t)0xff) : "memory");
#endif
}

/* What tools know at the end, such as leaks, they say when a process exits. */
static void told_to_end(int signal)
{
    (void)signal;
    exit(0);
}

static void __attribute__((noreturn)) wait_for_ever(void)
{
    static int never;

    for (;;)
        syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* A debug enclave says how it crashed; one that was opened by name, and whose host wants its core,
 * is open to that, too, where programs may else be traced by their parents only (Yama). */
static void debug_prepare(const struct zygote *zygote, const struct spawn *spawn)
{
    bool held = (spawn->flags & DEVICE_FLAG_DUMPABLE) && (spawn->flags & DEVICE_FLAG_HELD);

    if (spawn->flags & DEVICE_FLAG_DUMPABLE) /* attested so */
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (held)
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    filter_tell(zygote->crashed);
    threads_watch(zygote->watch_thread);
    zygote->watch((void *)spawn->window_address, held); /* NOLINT */
}

__attribute__((no_stack_protector)) void spawn_run(const struct zygote *zygote,
                                                   const struct spawn *spawn)
{
    struct trts_boot boot = {
        .version = TRTS_BOOT_VERSION,
        .window = (void *)spawn->window_address, /* NOLINT */
        .stack_size = spawn->stack_size,
        .control_fd = ENCLAVE_FD_CONTROL,
        .debug = spawn->flags & DEVICE_FLAG_DEBUG,
        .traced = (spawn->flags & DEVICE_FLAG_DEBUG) && (spawn->flags & DEVICE_FLAG_TRACED),
        .uuid = spawn->bytes.uuid,
        .switchless = spawn->bytes.switchless,
        .thread_create = threads_uncounted(),
    };
    const char *reason = NULL;
    cc_enclave_result_t rc;

    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &zygote->signals, NULL);
    if (!tied_to_parent(zygote->pid) || !descriptors_arrange(zygote, spawn->fds))
        _exit(1);
    canary_renew();
    if (!zygote->unconfined && !sandbox_closed())
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: memory can not be closed to other programs");
    if (!seals_hold(ENCLAVE_FD_IMAGE, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) ||
        !seals_hold(ENCLAVE_FD_WINDOW, F_SEAL_SHRINK | F_SEAL_GROW))
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: image or window is not sealed");
    if (!window_layout_compute(spawn->tcs_count, spawn->window_size, &boot.layout))
        spawn_fail(CC_ERROR_INVALID_METADATA, "enclave: the window has no valid layout");
    window_map(spawn);
    if ((spawn->flags & DEVICE_FLAG_DEBUG) && !zygote->unconfined)
        debug_prepare(zygote, spawn);
    libraries_prepare(spawn);
    boot.switchless.barrier = boot.switchless.barrier && barrier_join();
    if (!zygote->unconfined)
        confine(zygote);
    if (!threads_bound(spawn->tcs_count, spawn->stack_size))
        spawn_fail(CC_ERROR_INVALID_METADATA, "enclave: threads can not have such stacks");
    boot.image = image_load(zygote, spawn);
    filter_trap_seal();
    if ((zygote->protections & PROTECTION_MSEAL) && !sandbox_mseal_code())
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: code can not be sealed");
    if (!zygote->unconfined)
        heap_limit(zygote, spawn);
    rc = zygote->start(&boot, &reason);
    if (rc != CC_SUCCESS)
        spawn_fail(rc, reason);
    if (zygote->unconfined)
        signal(SIGTERM, told_to_end);
    else if (!filter_install(FILTER_RUNNING))
        spawn_fail(CC_ERROR_NO_DEVICE, "enclave: the final system call filter failed");
    ready_say(CC_SUCCESS, NULL);
    zygote->seed(); /* while the host hears that it is ready */
    wait_for_ever();
}
