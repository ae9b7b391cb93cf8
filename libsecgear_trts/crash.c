/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A debug enclave's last words: faults are caught and written where the host reads them
 * (wire/crash.h); then the enclave ends as it would have. Nothing of this is installed in a
 * production enclave. No system call is used that the sandbox does not allow anyway.
 *
 * Layer: libsecgear_trts. Threads: the first that crashes writes; others wait for the end.
 */
#include "runtime.h"
#include "wire/crash.h"
#include "wire/trts_internal.h"
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <time.h>
#include <ucontext.h>
#include <unwind.h>

enum { TAKE_TIMEOUT_S = 60 };

typedef _Unwind_Reason_Code (*backtrace_fn)(_Unwind_Trace_Fn, void *);
typedef _Unwind_Ptr (*unwind_ip_fn)(struct _Unwind_Context *);

static struct {
    struct crash_record *shared; /* the host reads, and may write, it; NULL: a production enclave */
    struct crash_record draft;   /* ours */
    bool held;
    atomic_flag begun;
    backtrace_fn backtrace; /* of the unwinder below us; NULL: there is none */
    unwind_ip_fn ip;
} watch = {.begun = ATOMIC_FLAG_INIT};

static const int FAULTS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#ifdef __x86_64__
static uint64_t pc_of(const ucontext_t *uc)
{
    return (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
}

static uint64_t sp_of(const ucontext_t *uc)
{
    return (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
}

/* As elf_gregset_t has them. */
static void registers_of(const ucontext_t *uc, uint64_t *ret_registers)
{
    static const int order[] = {REG_R15, REG_R14, REG_R13, REG_R12, REG_RBP, REG_RBX,
                                REG_R11, REG_R10, REG_R9,  REG_R8,  REG_RAX, REG_RCX,
                                REG_RDX, REG_RSI, REG_RDI, REG_RAX, REG_RIP};
    size_t i = 0;

    for (; i < sizeof order / sizeof order[0]; i++)
        ret_registers[i] = (uint64_t)uc->uc_mcontext.gregs[order[i]];
    ret_registers[i++] = 0x33; /* cs */
    ret_registers[i++] = (uint64_t)uc->uc_mcontext.gregs[REG_EFL];
    ret_registers[i++] = sp_of(uc);
    ret_registers[i++] = 0x2b; /* ss */
    ret_registers[i] = (uint64_t)(uintptr_t)__builtin_thread_pointer();
}

/* Where a call to nowhere would return to. */
static uint64_t return_of(const ucontext_t *uc)
{
    return *(const uint64_t *)(uintptr_t)sp_of(uc); /* NOLINT: the thread's own stack */
}
#else
static uint64_t pc_of(const ucontext_t *uc)
{
    return uc->uc_mcontext.pc;
}

static void registers_of(const ucontext_t *uc, uint64_t *ret_registers)
{
    for (size_t i = 0; i < 31; i++)
        ret_registers[i] = uc->uc_mcontext.regs[i];
    ret_registers[31] = uc->uc_mcontext.sp;
    ret_registers[32] = uc->uc_mcontext.pc;
    ret_registers[33] = uc->uc_mcontext.pstate;
}

static uint64_t return_of(const ucontext_t *uc)
{
    return uc->uc_mcontext.regs[30];
}
#endif

/* Libraries come from memory files: what they call themselves is in their own tables. */
static const char *soname_of(const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *dynamic = NULL;
    uintptr_t texts = 0, name = 0;

    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_STRTAB)
            texts = dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_SONAME)
            name = dynamic->d_un.d_val;
    }
    return texts > info->dlpi_addr && name != 0 ? (const char *)(texts + name) : NULL;
}

static const char *name_of(const struct dl_phdr_info *info, size_t index)
{
    const char *name = index == 0 ? "secgear-zygote" : soname_of(info);
    const char *slash;

    if (strcmp(info->dlpi_name, "/sg-image") == 0)
        return "sg-image";
    if (name != NULL)
        return name;
    slash = strrchr(info->dlpi_name, '/');
    return slash != NULL ? slash + 1 : info->dlpi_name;
}

static int module_note(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct crash_record *record = arg;
    uint32_t index = record->module_count;
    struct crash_module *module = &record->modules[index];
    uint64_t end = 0;

    (void)size;
    if (index >= CRASH_MODULES_MAX)
        return 1;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            end = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    if (end == 0)
        return 0;
    module->begin = info->dlpi_addr;
    module->end = info->dlpi_addr + end;
    strncpy(module->name, name_of(info, index), CRASH_NAME_ROOM - 1);
    record->module_count = index + 1;
    return 0;
}

/* The unwinder begins with the handler's own frames: those up to the fault are left out. */
struct walk {
    struct crash_record *record;
    bool seen;
};

static _Unwind_Reason_Code frame_note(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    uint64_t at = watch.ip(context);

    if (at == 0 || walk->record->frame_count >= CRASH_FRAMES_MAX)
        return _URC_NORMAL_STOP;
    if (at == walk->record->pc) {
        walk->seen = true;
        return _URC_NO_REASON;
    }
    if (walk->seen)
        walk->record->frames[walk->record->frame_count++] = at;
    return _URC_NO_REASON;
}

/* The first is the instruction itself. A stack that makes no sense ends this with what is there. */
static void frames_note(struct crash_record *record, const ucontext_t *uc)
{
    struct walk walk = {record, false};

    record->frames[0] = record->pc;
    record->frame_count = 1;
    if (crash_module_of(record, record->pc) == NULL) { /* a call to nowhere */
        record->frames[1] = return_of(uc);
        record->frame_count = 2;
        return;
    }
    if (watch.backtrace != NULL)
        watch.backtrace(frame_note, &walk);
}

static void thread_note(struct crash_record *record)
{
    const struct tcs *tcs = tcs_self();

    record->tid = (uint32_t)gettid();
    record->thread = (uint32_t)getpid() == record->tid ? CRASH_THREAD_START : CRASH_THREAD_OWN;
    if (tcs == NULL)
        return;
    record->thread = tcs->task ? CRASH_THREAD_WORKER : CRASH_THREAD_CALL;
    record->index = tcs->task ? 0 : tcs->index;
}

/* The host takes a core meanwhile; one that does not must not keep us. A constructor's crash has no
 * host yet: the device gives it what stands here. */
static void taken_await(struct crash_record *shared)
{
    const struct timespec all = {.tv_sec = TAKE_TIMEOUT_S};
    uint32_t state;

    while ((state = atomic_load(&shared->state)) != CRASH_TAKEN)
        if (syscall(SYS_futex, &shared->state, FUTEX_WAIT, state, &all, NULL, 0) != 0 &&
            atomic_load(&shared->state) == state)
            return;
}

/* The state goes last. */
static void record_show(struct crash_record *shared, const struct crash_record *draft,
                        enum crash_state state)
{
    const size_t behind = sizeof shared->state;

    memcpy((uint8_t *)shared + behind, (const uint8_t *)draft + behind, sizeof *draft - behind);
    atomic_store(&shared->state, (uint32_t)state);
}

static void __attribute__((noreturn)) wait_for_end(void)
{
    static const _Atomic uint32_t never;

    for (;;)
        futex_wait(&never, 0);
}

/* Registers hold data of the enclave: they go out where all of its memory does. */
void secgear_trts_crashed(int signal, const siginfo_t *info, const void *context)
{
    struct crash_record *record = &watch.draft;
    const ucontext_t *uc = context;

    if (atomic_flag_test_and_set(&watch.begun))
        wait_for_end();
    record->signal = (uint32_t)signal;
    record->code = info->si_code;
    record->pc = pc_of(uc);
    record->system_call = signal == SIGSYS ? (uint32_t)info->si_syscall : 0;
    record->address =
        signal == SIGSYS || signal == SIGABRT ? record->pc : (uint64_t)(uintptr_t)info->si_addr;
    thread_note(record);
    if (watch.held)
        registers_of(uc, record->registers);
    dl_iterate_phdr(module_note, record);
    record_show(watch.shared, record, CRASH_BEGUN); /* the stack may be of no use */
    frames_note(record, uc);
    record_show(watch.shared, record, CRASH_WHOLE);
    futex_wake(&watch.shared->state, INT32_MAX);
    if (watch.held && record->thread != CRASH_THREAD_START)
        taken_await(watch.shared);
}

/* Again, and nobody catches it. What was sent by somebody is no fault: it does not come again. */
static void fault(int number, siginfo_t *info, void *context)
{
    if (info->si_code <= 0)
        _exit(128 + number);
    secgear_trts_crashed(number, info, context);
    signal(number, SIG_DFL);
}

void secgear_trts_watch_thread(void)
{
    void *room = mmap(NULL, TRTS_CRASH_STACK_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    stack_t stack = {.ss_sp = room, .ss_size = TRTS_CRASH_STACK_SIZE};

    if (watch.shared != NULL && room != MAP_FAILED)
        sigaltstack(&stack, NULL); /* without one, a stack that runs over says nothing */
}

void secgear_trts_watch(void *window, bool held)
{
    struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    watch.shared = crash_at(window);
    watch.held = held;
    watch.backtrace = (backtrace_fn)(uintptr_t)dlsym(RTLD_DEFAULT, "_Unwind_Backtrace");
    watch.ip = (unwind_ip_fn)(uintptr_t)dlsym(RTLD_DEFAULT, "_Unwind_GetIP");
    if (watch.ip == NULL)
        watch.backtrace = NULL;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        sigaction(FAULTS[i], &action, NULL);
    secgear_trts_watch_thread();
}

void faults_unblock(sigset_t *set)
{
    for (size_t i = 0; watch.shared != NULL && i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        sigdelset(set, FAULTS[i]);
}

bool crash_is_watched(void)
{
    return watch.shared != NULL;
}
