/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The enclave of these tests, with its table written by hand. At compile time:
 *   BAD_CONSTRUCTOR=1  a constructor that crashes      =2  one that opens a socket, notes errno
 *   BAD_CONSTRUCTOR=3  one that forks                  NO_DESCRIPTOR  no table at all
 *   RELEASE=2          other code, so another MRENCLAVE
 *   BAD_CONSTRUCTOR=4  one that limits the zygote      =5, 6, 7  ones that want writable code
 *   BAD_CONSTRUCTOR=8  one that does not return        =9  one that writes to nowhere
 */
#define _GNU_SOURCE
#include "faults.h"
#include "functions.h"
#include "gp_ocall.h"
#include "secgear_counter.h"
#include "secgear_dataseal.h"
#include "secgear_image.h"
#include "secgear_local_report.h"
#include "secgear_log.h"
#include "secgear_measure.h"
#include "secgear_pcl.h"
#include "secgear_random.h"
#include "secgear_report.h"
#include "secgear_time.h"
#include "sg_local_attest.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARGS                                                                                       \
    const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size, uint8_t *shared,             \
        size_t *written
#define UNUSED_ARGS (void)in, (void)in_size, (void)out, (void)out_size, (void)shared

static int constructor_errno = -1;

#if defined(BAD_CONSTRUCTOR)
/* Descriptors of an enclave: 3 the image, 4 the window, 5 to the device. */
static long hostile_construct(int which)
{
    struct rlimit none = {0, 0};
    long copy;
    char *page;

    if (which == 4)
        return prlimit(1, RLIMIT_NOFILE, &none, NULL);
    if (which == 5)
        return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, 4, 0);
    if (which == 6) {
        copy = dup3(4, 6, O_CLOEXEC);
        return copy < 0 ? copy : (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, 6, 0);
    }
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

__attribute__((constructor)) static void construct(void)
{
    if (BAD_CONSTRUCTOR == 1)
        abort();
    if (BAD_CONSTRUCTOR == 9)
        fault_null();
    if (BAD_CONSTRUCTOR == 2) {
        int fd = open("/etc/passwd", O_RDONLY);

        constructor_errno = fd < 0 ? errno : 0;
    }
    if (BAD_CONSTRUCTOR == 3)
        fork();
    while (BAD_CONSTRUCTOR == 8)
        nanosleep(&(struct timespec){3600, 0}, NULL);
    if (BAD_CONSTRUCTOR >= 4)
        constructor_errno = hostile_construct(BAD_CONSTRUCTOR) >= 0 ? 0 : errno;
}
#endif

/* What the attackers of the tests look for. */
static char secret[] = ENCLAVE_SECRET;
static char *const relocated = secret; /* written by the loader, then closed */

static cc_enclave_result_t echo(ARGS)
{
    (void)shared;
    *written = in_size < out_size ? in_size : out_size;
    if (*written > 0)
        memcpy(out, in, *written);
    return CC_SUCCESS;
}

static cc_enclave_result_t where_secret(ARGS)
{
    UNUSED_ARGS;
    uint64_t address = (uint64_t)(uintptr_t)secret;

    *written = sizeof address;
    memcpy(out, &address, sizeof address);
    return CC_SUCCESS;
}

static cc_enclave_result_t nap(ARGS)
{
    struct timespec time = {0, 0};
    uint32_t ms = 0;

    UNUSED_ARGS;
    *written = 0;
    memcpy(&ms, in, sizeof ms);
    time.tv_sec = ms / 1000;
    time.tv_nsec = (long)(ms % 1000) * 1000000;
    nanosleep(&time, NULL);
    return CC_SUCCESS;
}

static cc_enclave_result_t crash(ARGS)
{
    UNUSED_ARGS;
    *written = 0;
    *(volatile int *)16 = 1;
    return CC_SUCCESS;
}

static cc_enclave_result_t fault(ARGS)
{
    uint32_t which = 0;

    UNUSED_ARGS;
    memcpy(&which, in, sizeof which);
    *written = 0;
    switch (which) {
    case FAULT_DIVIDE:
        return fault_divide() + 1;
    case FAULT_ILLEGAL:
        return fault_illegal() + 1;
    case FAULT_ABORT:
        return fault_abort() + 1;
    case FAULT_CALL:
        return fault_call() + 1;
    case FAULT_STACK:
        return fault_stack(0) + 1;
    case FAULT_NOWHERE:
        return fault_nowhere() + 1;
    case FAULT_THREAD:
        return fault_thread() + 1;
    case FAULT_BUS:
        return fault_bus() + 1;
    default:
        return fault_null() + 1;
    }
}

static cc_enclave_result_t mistake(ARGS)
{
    static int (*const mistakes[])(void) = {mistake_heap, mistake_signed, mistake_unset,
                                            mistake_leak};
    uint32_t which = 0;

    UNUSED_ARGS;
    memcpy(&which, in, sizeof which);
    *written = 0;
    return which < sizeof mistakes / sizeof mistakes[0] && mistakes[which]() > 0 ? CC_SUCCESS
                                                                                 : CC_FAIL;
}

static cc_enclave_result_t ask_host(ARGS)
{
    UNUSED_ARGS;
    *written = 0;
    return cc_ocall_enclave(0, NULL, 0, NULL, 0);
}

/* Tries one thing that no enclave may do; the answer is its errno, 0 = it worked. */
static int forbidden(uint32_t what)
{
    void *page;
    long result;

    errno = 0;
    switch (what) {
    case TRY_OPEN:
        result = open("/etc/passwd", O_RDONLY);
        break;
    case TRY_OPEN_IMAGE:
        result = open("/sg-image", O_RDONLY);
        break;
    case TRY_SOCKET:
        result = socket(AF_INET, SOCK_STREAM, 0);
        break;
    case TRY_WRITE:
        result = write(1, "x", 1);
        break;
    case TRY_EXEC_MEMORY:
        page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        result = mprotect(page, 4096, PROT_READ | PROT_EXEC);
        break;
    case TRY_FORK:
        result = syscall(SYS_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);
        break;
    case TRY_EXECVE:
        result = execl("/bin/true", "true", (char *)NULL);
        break;
    case TRY_PTRACE:
        result = syscall(SYS_ptrace, 0, 0, 0, 0);
        break;
    case TRY_DUMPABLE:
        result = syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
        break;
    case TRY_UNMAP_CODE:
        result = munmap((void *)((uintptr_t)forbidden & ~(uintptr_t)4095), 4096);
        break;
    case TRY_RELRO:
        result = mprotect((void *)((uintptr_t)&relocated & ~(uintptr_t)4095), 4096,
                          PROT_READ | PROT_WRITE);
        break;
    case TRY_EXIT:
        exit(7);
    case TRY_ABORT:
        abort();
    default:
        return -1;
    }
    return result >= 0 ? 0 : errno;
}

static cc_enclave_result_t try(ARGS)
{
    uint32_t what = 0;
    int result;

    UNUSED_ARGS;
    memcpy(&what, in, sizeof what);
    result = what == TRY_CONSTRUCTOR ? constructor_errno : forbidden(what);
    *written = sizeof result;
    memcpy(out, &result, sizeof result);
    return CC_SUCCESS;
}

static cc_enclave_result_t randomness(ARGS)
{
    UNUSED_ARGS;
    *written = out_size;
    return cc_enclave_generate_random(out, out_size);
}

static cc_enclave_result_t heap(ARGS)
{
    uint64_t size = 0;
    uint8_t got = 0;
    void *block;

    UNUSED_ARGS;
    memcpy(&size, in, sizeof size);
    block = malloc(size);
    if (block != NULL) {
        memset(block, 1, size);
        got = ((volatile uint8_t *)block)[size - 1];
        free(block);
    }
    out[0] = got;
    *written = 1;
    return CC_SUCCESS;
}

static cc_enclave_result_t print(ARGS)
{
    UNUSED_ARGS;
    *written = 0;
    printf("printed without an end");
    printf(", then with one\n");
    fprintf(stderr, "to stderr\n");
    PrintInfo(PRINT_ERROR, "a message, %d", 42);
    printf("no end at all");
    return CC_SUCCESS;
}

static cc_enclave_result_t report(ARGS)
{
    UNUSED_ARGS;
    *written = out_size;
    return cc_enclave_get_report(in, out, written);
}

#if defined(RELEASE)
__attribute__((used)) static const char release_notes[] = "a later release with other code";
#endif

static cc_enclave_result_t seal(ARGS)
{
    cc_seal_input_t input = {.seal_data = in + 1, .seal_data_len = (uint32_t)in_size - 1};

    UNUSED_ARGS;
    input.policy = (cc_seal_policy_t)in[0];
    input.additional_text = (const uint8_t *)SEAL_TEXT;
    input.additional_text_len = sizeof SEAL_TEXT;
    *written = cc_enclave_get_sealed_data_size(sizeof SEAL_TEXT, input.seal_data_len);
    return cc_enclave_seal_data_ex(&input, (cc_enclave_sealed_data_t *)out, (uint32_t)out_size);
}

static cc_enclave_result_t unseal(ARGS)
{
    uint32_t size = (uint32_t)out_size, text_size = sizeof SEAL_TEXT;
    uint8_t text[sizeof SEAL_TEXT];
    cc_enclave_result_t rc = cc_enclave_check_sealed_data(in, in_size);

    UNUSED_ARGS;
    if (rc == CC_SUCCESS)
        rc = cc_enclave_unseal_data((const cc_enclave_sealed_data_t *)in, out, &size, text,
                                    &text_size);
    *written = size;
    if (rc == CC_SUCCESS && (text_size != sizeof SEAL_TEXT || memcmp(text, SEAL_TEXT, text_size)))
        return CC_FAIL;
    return rc;
}

static cc_enclave_result_t count(ARGS)
{
    cc_counter_name_t name = {.policy = (cc_seal_policy_t)in[1], .id = in[2]};
    cc_counter_t counter = {0};
    cc_enclave_result_t rc = in[0] == COUNT_CREATE ? cc_counter_create(&name, &counter)
                             : in[0] == COUNT_READ ? cc_counter_read(&name, &counter)
                                                   : cc_counter_increment(&name, &counter);

    UNUSED_ARGS;
    *written = sizeof counter.value + 1;
    memcpy(out, &counter.value, sizeof counter.value);
    out[sizeof counter.value] = counter.rollback_protected;
    return rc;
}

static cc_enclave_result_t local_report(ARGS)
{
    cc_local_target_t target = {.debug = in[32] != 0};
    size_t size = out_size - 2;
    cc_enclave_result_t rc;

    UNUSED_ARGS;
    memcpy(target.mrenclave, in, 32);
    rc = cc_enclave_get_local_report(&target, in + 33, out, &size);
    out[out_size - 2] = (uint8_t)size;
    out[out_size - 1] = (uint8_t)(size >> 8);
    *written = out_size;
    return rc;
}

static cc_enclave_result_t local_check(ARGS)
{
    cc_local_statement_t statement = {0};
    cc_enclave_result_t rc = cc_enclave_verify_local_report(in, in_size, &statement);

    UNUSED_ARGS;
    *written = 96;
    memcpy(out, statement.identity.mrenclave, 32);
    memcpy(out + 32, statement.user_data, 64);
    return rc;
}

static cc_enclave_result_t attest(ARGS)
{
    UNUSED_ARGS;
    *written = 0;
    return cc_local_attest((const char *)in, (const char *)in + 37, (const char *)in + 37);
}

static cc_enclave_result_t identity(ARGS)
{
    UNUSED_ARGS;
    *written = sizeof(cc_enclave_identity_t);
    return cc_enclave_get_identity((cc_enclave_identity_t *)out);
}

static cc_enclave_result_t extend(ARGS)
{
    const cc_event_t event = {in[0], "event", in + 1, in_size - 1};

    UNUSED_ARGS;
    *written = 0;
    return cc_enclave_extend(&event);
}

static cc_enclave_result_t event_log(ARGS)
{
    UNUSED_ARGS;
    *written = out_size;
    return cc_enclave_get_event_log(out, written);
}

static cc_enclave_result_t time_now(ARGS)
{
    UNUSED_ARGS;
    *written = sizeof(cc_time_t);
    return cc_enclave_get_time((cc_time_t *)out);
}

static cc_enclave_result_t canary(ARGS)
{
    uint64_t value = 0;

    UNUSED_ARGS;
#if defined(__x86_64__)
    __asm__("mov %%fs:0x28, %0" : "=r"(value));
#endif
    *written = sizeof value;
    memcpy(out, &value, sizeof value);
    return CC_SUCCESS;
}

static void *helper_main(void *arg)
{
    *(int *)arg = 7;
    return NULL;
}

/* Threads of the enclave's own, and printing from one, which reaches nobody. */
static cc_enclave_result_t threads(ARGS)
{
    pthread_t thread;
    int value = 0;

    UNUSED_ARGS;
    if (pthread_create(&thread, NULL, helper_main, &value) == 0)
        pthread_join(thread, NULL);
    out[0] = (uint8_t)value;
    *written = 1;
    return CC_SUCCESS;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *gate_main(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return arg;
}

static uint32_t threads_at_once(void)
{
    pthread_t threads[64];
    uint32_t count = 0;

    pthread_mutex_lock(&gate);
    while (count < 64 && pthread_create(&threads[count], NULL, gate_main, NULL) == 0)
        count++;
    pthread_mutex_unlock(&gate);
    for (uint32_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return count;
}

static cc_enclave_result_t many_threads(ARGS)
{
    uint32_t first = threads_at_once(), second = threads_at_once();

    UNUSED_ARGS;
    if (second != first)
        first = 0;
    memcpy(out, &first, sizeof first);
    *written = sizeof first;
    return CC_SUCCESS;
}

static cc_enclave_result_t pcl_key(ARGS)
{
    uint32_t size = (uint32_t)out_size;
    cc_enclave_result_t rc = cc_enclave_pcl_key_seal(in, out, &size);

    UNUSED_ARGS;
    *written = rc == CC_SUCCESS ? size : 0;
    return rc;
}

#if defined(USES_TALLY)
int tally(int add);

static cc_enclave_result_t tally_up(ARGS)
{
    UNUSED_ARGS;
    out[0] = (uint8_t)tally(in[0]);
    *written = 1;
    return CC_SUCCESS;
}
#endif

#ifndef NO_DESCRIPTOR
static const cc_ecall_func_t ecalls[FUNCTION_COUNT] = {
    [F_ECHO] = echo,
    [F_SECRET] = where_secret,
    [F_NAP] = nap,
    [F_CRASH] = crash,
    [F_ASK] = ask_host,
    [F_TRY] = try,
    [F_RANDOM] = randomness,
    [F_HEAP] = heap,
    [F_PRINT] = print,
    [F_REPORT] = report,
    [F_THREADS] = threads,
    [F_MANY_THREADS] = many_threads,
    [F_SEAL] = seal,
    [F_UNSEAL] = unseal,
    [F_COUNT] = count,
    [F_LOCAL_REPORT] = local_report,
    [F_LOCAL_CHECK] = local_check,
    [F_ATTEST] = attest,
    [F_IDENTITY] = identity,
    [F_EXTEND] = extend,
    [F_TIME] = time_now,
    [F_CANARY] = canary,
    [F_FAULT] = fault,
    [F_MISTAKE] = mistake,
    [F_LOG] = event_log,
    [F_PCL_KEY] = pcl_key,
#if defined(USES_TALLY)
    [F_TALLY] = tally_up,
#endif
};
static const uint8_t flags[FUNCTION_COUNT] = {
    [0 ... F_FAULT - 1] = CC_ECALL_PUBLIC,
    [F_FAULT] = CC_ECALL_PUBLIC | CC_ECALL_SWITCHLESS,
    [F_FAULT + 1 ... FUNCTION_COUNT - 1] = CC_ECALL_PUBLIC,
};

__attribute__((visibility("default"))) const cc_enclave_image_t cc_enclave_image = {
    CC_ENCLAVE_IMAGE_VERSION,
    sizeof(cc_enclave_image_t),
    FUNCTION_COUNT,
    ecalls,
    flags,
    1,
    NULL,
    NULL,
};
#endif
