/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "filter.h"
#include "sandbox.h"
#include "wire/boot.h"
#include "wire/image.h"
#include "wire/window.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct sock_fprog programs[FILTER_COUNT];
static volatile bool image_sealed;
static trts_crashed_fn tell; /* NULL: a production enclave */

/* What libc, libcrypto and the enclave runtime need once an enclave runs. */
static const int ALLOWED[] = {
    SCMP_SYS(futex),
    SCMP_SYS(munmap),
    SCMP_SYS(madvise),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getcpu),
};

/* What ordinary library code tries; a refusal is enough, dying would only be unkind. */
static const int REFUSED[] = {
    SCMP_SYS(access),     SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(stat),
    SCMP_SYS(lstat),      SCMP_SYS(statx),      SCMP_SYS(statfs),     SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(ioctl),      SCMP_SYS(socket),     SCMP_SYS(connect),
    SCMP_SYS(uname),      SCMP_SYS(sysinfo),    SCMP_SYS(getcwd),     SCMP_SYS(write),
    SCMP_SYS(writev),     SCMP_SYS(fcntl),      SCMP_SYS(getrusage),  SCMP_SYS(times),
    SCMP_SYS(prctl),      SCMP_SYS(membarrier), SCMP_SYS(dup),        SCMP_SYS(dup2),
    SCMP_SYS(pipe),       SCMP_SYS(pipe2),      SCMP_SYS(unlink),     SCMP_SYS(mkdir),
    SCMP_SYS(getdents64), SCMP_SYS(poll),       SCMP_SYS(ppoll),      SCMP_SYS(getrlimit),
};

/* Only while the image is loaded. */
static const int LOADING_ONLY[] = {
    SCMP_SYS(read),       SCMP_SYS(pread64), SCMP_SYS(close),   SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(lseek),   SCMP_SYS(seccomp),
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool rules_add(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (seccomp_rule_add(ctx, action, calls[i], 0) != 0)
            return false;
    return true;
}

static bool rules_common(scmp_filter_ctx ctx)
{
    const scmp_datum_t thread = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
    const scmp_datum_t namespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
                                    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

    return rules_add(ctx, SCMP_ACT_ALLOW, ALLOWED, COUNT(ALLOWED)) &&
           rules_add(ctx, SCMP_ACT_ERRNO(EACCES), REFUSED, COUNT(REFUSED)) &&
           /* Threads, never processes: a rule that only bans namespaces lets fork() through. */
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, thread | namespaces, thread)) == 0 &&
           /* abort(), without a way to signal other processes: trap() ends this one. */
           seccomp_rule_add(ctx, SCMP_ACT_TRAP, SCMP_SYS(tgkill), 1,
                            SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0)) == 0 &&
           /* Its flags lie in memory, out of a filter's sight; libc falls back to clone. */
           seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
                            SCMP_A0(SCMP_CMP_EQ, ENCLAVE_FD_CONTROL, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 1,
                            SCMP_A0(SCMP_CMP_EQ, ENCLAVE_FD_CONTROL, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sched_setaffinity), 1,
                            SCMP_A0(SCMP_CMP_EQ, 0, 0)) == 0;
}

/*
 * Code comes from the image's descriptor alone, never writable: the window is the host's to write,
 * and where the kernel has no MDWE this is all that keeps data from becoming code.
 */
static bool rules_loading_memory(scmp_filter_ctx ctx)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 3,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC),
                            SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0),
                            SCMP_A4(SCMP_CMP_MASKED_EQ, UINT32_MAX, ENCLAVE_FD_END)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(dup3), 2,
                            SCMP_A0(SCMP_CMP_EQ, ENCLAVE_FD_IMAGE, 0),
                            SCMP_A1(SCMP_CMP_EQ, ENCLAVE_FD_END, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(dup3), 2,
                            SCMP_A0(SCMP_CMP_GE, ENCLAVE_FD_LIBRARIES, 0),
                            SCMP_A1(SCMP_CMP_EQ, ENCLAVE_FD_END, 0)) == 0;
}

static bool rules_loading(scmp_filter_ctx ctx)
{
    return rules_common(ctx) && rules_add(ctx, SCMP_ACT_ALLOW, LOADING_ONLY, COUNT(LOADING_ONLY)) &&
           rules_loading_memory(ctx) &&
           /* Our own limits only: others of this user, the zygote first, are in reach of a pid. */
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                            SCMP_A0(SCMP_CMP_EQ, 0, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR_MSEAL, 0) == 0 &&
#ifdef __x86_64__
           seccomp_rule_add(ctx, SCMP_ACT_TRAP, SCMP_SYS(open), 0) == 0 &&
#endif
           seccomp_rule_add(ctx, SCMP_ACT_TRAP, SCMP_SYS(openat), 0) == 0;
}

/*
 * What stage 1 allowed for loading, taken back. Stage 1 stays: the kernel asks both filters and the
 * stricter answer counts, so all that neither names is still forbidden, and a short second filter
 * makes an enclave's start shorter.
 */
static bool rules_running(scmp_filter_ctx ctx)
{
    static const int refused[] = {SCMP_SYS(read),      SCMP_SYS(pread64), SCMP_SYS(close),
                                  SCMP_SYS(fstat),     SCMP_SYS(lseek),   SCMP_SYS(newfstatat),
                                  SCMP_SYS(prlimit64), SCMP_SYS(dup3)};
    static const int ended[] = {SCMP_SYS(seccomp), NR_MSEAL};

    return rules_add(ctx, SCMP_ACT_ERRNO(EACCES), refused, COUNT(refused)) &&
           rules_add(ctx, SCMP_ACT_KILL_PROCESS, ended, COUNT(ended)) &&
           seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(mmap), 1,
                            SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)) == 0;
}

/* libseccomp 2.5 exports to a descriptor only. */
static bool program_export(scmp_filter_ctx ctx, struct sock_fprog *ret_program)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    struct stat st;
    void *code = NULL;
    bool good = fd >= 0 && seccomp_export_bpf(ctx, fd) == 0 && fstat(fd, &st) == 0 &&
                st.st_size > 0 && (code = malloc((size_t)st.st_size)) != NULL &&
                pread(fd, code, (size_t)st.st_size, 0) == st.st_size;

    if (good)
        *ret_program = (struct sock_fprog){
            .len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter)),
            .filter = code,
        };
    else
        free(code);
    if (fd >= 0)
        close(fd);
    return good;
}

/* The kernel runs a new filter once for each system call there is, to know which ones it always
 * allows: a tree of comparisons makes that shorter than a list. */
static bool ordered_as_tree(scmp_filter_ctx ctx)
{
    return seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
}

bool filters_build(void)
{
    bool (*const rules[FILTER_COUNT])(scmp_filter_ctx) = {rules_loading, rules_running};
    const uint32_t otherwise[FILTER_COUNT] = {SCMP_ACT_KILL_PROCESS, SCMP_ACT_ALLOW};

    for (int stage = 0; stage < FILTER_COUNT; stage++) {
        scmp_filter_ctx ctx = seccomp_init(otherwise[stage]);
        bool good = ctx != NULL && ordered_as_tree(ctx) && rules[stage](ctx) &&
                    program_export(ctx, &programs[stage]);

        if (ctx != NULL)
            seccomp_release(ctx);
        if (!good)
            return false;
    }
    return true;
}

bool filter_install(enum filter_stage stage)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                   &programs[stage]) == 0;
}

#ifdef __x86_64__
#define TRAP_CALL(uc) ((uc)->uc_mcontext.gregs[REG_RAX])
#define TRAP_RESULT(uc) ((uc)->uc_mcontext.gregs[REG_RAX])
#define TRAP_PATH(uc, openat_call) ((uc)->uc_mcontext.gregs[(openat_call) ? REG_RSI : REG_RDI])
#define TRAP_IS_OPEN(call) ((call) == SYS_openat || (call) == SYS_open)
#define TRAP_THIRD(uc) ((uc)->uc_mcontext.gregs[REG_RDX])
#else
#define TRAP_RESULT(uc) ((uc)->uc_mcontext.regs[0])
#define TRAP_PATH(uc, openat_call) ((uc)->uc_mcontext.regs[1])
#define TRAP_IS_OPEN(call) ((call) == SYS_openat)
#define TRAP_THIRD(uc) ((uc)->uc_mcontext.regs[2])
#endif

/* The descriptor that stands for a path; -1: none does. */
static int fd_of(const char *path)
{
    const size_t before_digit = sizeof ENCLAVE_LIBRARY_PATH - 2;

    if (path == NULL)
        return -1;
    if (strcmp(path, ENCLAVE_IMAGE_PATH) == 0)
        return ENCLAVE_FD_IMAGE;
    if (strncmp(path, ENCLAVE_LIBRARY_PATH, before_digit) == 0 && path[before_digit] >= '0' &&
        path[before_digit] < '0' + IMAGE_LIBRARIES_MAX_COUNT && path[before_digit + 1] == '\0')
        return ENCLAVE_FD_LIBRARIES + (path[before_digit] - '0');
    return -1;
}

/* A call that the filter refuses to every enclave: once more, and nobody catches it. */
static void __attribute__((noreturn)) forbidden_end(const siginfo_t *info, const void *context)
{
    tell(SIGSYS, info, context);
    signal(SIGSYS, SIG_DFL);
    syscall(info->si_syscall, -1, -1, -1, -1, -1, -1);
    _exit(128 + SIGSYS);
}

static void trap(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    bool at = info->si_syscall == SYS_openat;
    const char *path = (const char *)(uintptr_t)TRAP_PATH(uc, at);
    long result = -EACCES;
    int fd;

    (void)signal;
    if (info->si_syscall == SYS_tgkill && (tell == NULL || (int)TRAP_THIRD(uc) == SIGABRT)) {
        if (tell != NULL)
            tell(SIGABRT, info, context);
        _exit(WINDOW_ENDED_ABORT);
    }
    if (tell != NULL && !TRAP_IS_OPEN(info->si_syscall))
        forbidden_end(info, context);
    fd = image_sealed ? -1 : fd_of(path);
    if (fd >= 0) {
        syscall(SYS_lseek, fd, 0, SEEK_SET); /* shared by all its copies */
        result = syscall(SYS_dup3, fd, ENCLAVE_FD_END, O_CLOEXEC);
        if (result < 0)
            result = -EMFILE;
    }
    TRAP_RESULT(uc) = (__typeof__(TRAP_RESULT(uc)))result;
}

void filter_tell(trts_crashed_fn crashed)
{
    tell = crashed;
    for (int stage = 0; stage < FILTER_COUNT; stage++)
        for (unsigned i = 0; i < programs[stage].len; i++) {
            struct sock_filter *step = &programs[stage].filter[i];

            if (step->code == (BPF_RET | BPF_K) && step->k == SECCOMP_RET_KILL_PROCESS)
                step->k = SECCOMP_RET_TRAP;
        }
}

bool filter_trap_install(void)
{
    struct sigaction action = {.sa_sigaction = trap,
                               .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) == 0;
}

void filter_trap_seal(void)
{
    image_sealed = true;
}
