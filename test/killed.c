/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "killed.h"
#include "support.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t traced_start(void (*work)(void), int *ret_status)
{
    pid_t child = fork();

    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(77);
        raise(SIGSTOP);
        work();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, ret_status, 0), child);
    ck_assert(WIFSTOPPED(*ret_status) || WEXITSTATUS(*ret_status) == 77);
    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD); /* stops say which */
    return child;
}

static void traced_step(pid_t child, int *ret_status)
{
    ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
    ck_assert_int_eq(waitpid(child, ret_status, 0), child);
}

/* Of those that our programs use to change files. */
static bool changes_files(pid_t child)
{
    struct __ptrace_syscall_info info = {.op = 0};
    const long size = (long)sizeof info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)size, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    switch (info.entry.nr) {
    case SYS_openat:
        return (info.entry.args[2] & O_ACCMODE) != O_RDONLY;
    case SYS_mkdirat:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_unlinkat:
#ifdef SYS_mkdir
    case SYS_mkdir:
    case SYS_rename:
    case SYS_link:
    case SYS_unlink:
#endif
        return true;
    default:
        return false;
    }
}

unsigned first_change(void (*work)(void))
{
    unsigned stop = 0, first = 0;
    int status;
    pid_t child = traced_start(work, &status);

    while (WIFSTOPPED(status)) {
        traced_step(child, &status);
        stop++;
        if (first == 0 && WIFSTOPPED(status) && changes_files(child))
            first = stop;
    }
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
    ck_assert_uint_gt(first, 0);
    return first;
}

bool killed_at(unsigned nth, void (*work)(void))
{
    int status;
    pid_t child = traced_start(work, &status);

    for (unsigned i = 0; i < nth && WIFSTOPPED(status); i++)
        traced_step(child, &status);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        return true;
    }
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
    return false;
}

bool tracing_works(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 77);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
