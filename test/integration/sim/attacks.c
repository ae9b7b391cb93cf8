/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "attacks.h"
#include "functions.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each tries to get the enclave's secret, or its descriptors; 0: it did. */
static int attack_proc_mem(pid_t victim, uint64_t secret)
{
    char path[64], got[sizeof ENCLAVE_SECRET];
    int fd;
    ssize_t size;

    snprintf(path, sizeof path, "/proc/%d/mem", victim);
    fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    size = pread(fd, got, sizeof got, (off_t)secret);
    close(fd);
    return size == sizeof got && memcmp(got, ENCLAVE_SECRET, sizeof got) == 0 ? 0 : EIO;
}

static int attack_vm_readv(pid_t victim, uint64_t secret)
{
    char got[sizeof ENCLAVE_SECRET];
    struct iovec local = {got, sizeof got};
    struct iovec remote = {(void *)(uintptr_t)secret, sizeof got};

    if (process_vm_readv(victim, &local, 1, &remote, 1, 0) < 0)
        return errno;
    return memcmp(got, ENCLAVE_SECRET, sizeof got) == 0 ? 0 : EIO;
}

static int attack_ptrace(pid_t victim, uint64_t secret)
{
    long word;
    int status;

    if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) != 0)
        return errno;
    ptrace(PTRACE_INTERRUPT, victim, NULL, NULL);
    waitpid(victim, &status, __WALL);
    errno = 0;
    word = ptrace(PTRACE_PEEKDATA, victim, (void *)(uintptr_t)secret, NULL);
    ptrace(PTRACE_DETACH, victim, NULL, NULL);
    return memcmp(&word, ENCLAVE_SECRET, sizeof word) == 0 ? 0 : EIO;
}

static int attack_pidfd_getfd(pid_t victim, uint64_t secret)
{
    int pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
    int fd = (int)syscall(438 /* pidfd_getfd */, pidfd, 5, 0); /* the way to the device */

    (void)secret;
    if (pidfd >= 0)
        close(pidfd);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int attack_proc_fd(pid_t victim, uint64_t secret)
{
    char path[64];
    int fd;

    (void)secret;
    snprintf(path, sizeof path, "/proc/%d/fd/3", victim); /* the image */
    fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* What the notes of a machine say: layout, environment, open files. */
static int attack_read(pid_t victim, const char *name)
{
    char path[64], some[8];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", victim, name);
    fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    size = read(fd, some, sizeof some);
    close(fd);
    return size > 0 ? 0 : size == 0 ? ENODATA : errno;
}

static int attack_maps(pid_t victim, uint64_t secret)
{
    (void)secret;
    return attack_read(victim, "maps");
}

static int attack_environ(pid_t victim, uint64_t secret)
{
    (void)secret;
    return attack_read(victim, "auxv"); /* beside it, and never empty */
}

/* What stands there already, since the control's victim lives on. */
static int attack_vm_writev(pid_t victim, uint64_t secret)
{
    char byte = ENCLAVE_SECRET[0];
    struct iovec local = {&byte, sizeof byte};
    struct iovec remote = {(void *)(uintptr_t)secret, sizeof byte};

    return process_vm_writev(victim, &local, 1, &remote, 1, 0) < 0 ? errno : 0;
}

static int attack_kcmp(pid_t victim, uint64_t secret)
{
    (void)secret;
    return syscall(SYS_kcmp, victim, getpid(), 1 /* KCMP_VM */, 0, 0) < 0 ? errno : 0;
}

static int namespace_join(pid_t victim)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/ns/user", victim);
    fd = open(path, O_RDONLY);
    return fd < 0 || syscall(SYS_setns, fd, 0) != 0 ? errno : 0;
}

/* To be root in its namespaces; by a process with one thread, as the kernel wants it. */
static int attack_setns(pid_t victim, uint64_t secret)
{
    pid_t child = fork();
    int status = 0;

    (void)secret;
    if (child == 0)
        _exit(namespace_join(victim));
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

const struct attack attacks[ATTACKS] = {
    {"/proc/PID/mem", attack_proc_mem},
    {"process_vm_readv", attack_vm_readv},
    {"process_vm_writev", attack_vm_writev},
    {"ptrace", attack_ptrace},
    {"pidfd_getfd", attack_pidfd_getfd},
    {"/proc/PID/fd", attack_proc_fd},
    {"/proc/PID/maps", attack_maps},
    {"/proc/PID/auxv", attack_environ},
    {"kcmp", attack_kcmp},
    {"setns", attack_setns},
};
