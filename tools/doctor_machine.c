/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * doctor_machine.c - what the kernel has, what this user may use of the machine, and its clock.
 * Layer: tools. Threads: one.
 */
#include "finding.h"
#include "places.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
    KERNEL_MAJOR_MIN = 5, /* 5.9: close_range */
    KERNEL_MINOR_MIN = 9,
    FILES_MIN = 256,
    PROCESSES_MIN = 64,
    VALUE_ROOM = 128,
};

static void kernel_look(struct findings *findings)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    bool fits;

    if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
        finding_add(findings, "kernel", FINDING_BAD, "Linux 5.9 or newer is needed", "unknown");
        return;
    }
    fits = major > KERNEL_MAJOR_MIN || (major == KERNEL_MAJOR_MIN && minor >= KERNEL_MINOR_MIN);
    finding_add(findings, "kernel", fits ? FINDING_GOOD : FINDING_BAD,
                "Linux 5.9 or newer is needed", "%s %s on %s", name.sysname, name.release,
                name.machine);
}

/* A number of /proc/sys; false: the kernel has no such file. */
static bool setting_read(const char *path, uint64_t *ret_value)
{
    char text[VALUE_ROOM];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    text[strcspn(text, "\n \t")] = '\0';
    return number_parse(text, UINT64_MAX, ret_value);
}

static void features_look(struct findings *findings)
{
    long landlock =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t value;
    bool there = access("/proc/sys/kernel/seccomp/actions_avail", R_OK) == 0;

    finding_add(findings, "seccomp", there ? FINDING_GOOD : FINDING_BAD,
                "no enclave starts: a kernel with CONFIG_SECCOMP_FILTER", "%s",
                there ? "system calls can be filtered" : "system calls can not be filtered");
    finding_add(findings, "landlock", landlock > 0 ? FINDING_GOOD : FINDING_NOTE,
                "kernel 5.13 or newer, with lsm=...,landlock where it is not on by default",
                landlock > 0 ? "version %ld of its interface" : "the kernel has none (%ld)",
                landlock);
    there = setting_read("/proc/sys/user/max_user_namespaces", &value) && value > 0;
    if (setting_read("/proc/sys/kernel/unprivileged_userns_clone", &value) && value == 0)
        there = geteuid() == 0;
    finding_add(findings, "user namespaces", there ? FINDING_GOOD : FINDING_NOTE,
                "sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1", "%s",
                there ? "this user may make them" : "this user may make none");
    if (setting_read("/proc/sys/kernel/yama/ptrace_scope", &value))
        finding_add(findings, "debuggers", value < 2 ? FINDING_GOOD : FINDING_NOTE,
                    "only for secgear gdb: sysctl kernel.yama.ptrace_scope=1",
                    "kernel.yama.ptrace_scope is %" PRIu64, value);
}

static void limit_look(struct findings *findings, const char *topic, __rlimit_resource_t which,
                       rlim_t least, const char *remedy)
{
    struct rlimit limit;

    if (getrlimit(which, &limit) != 0)
        return;
    if (limit.rlim_cur == RLIM_INFINITY)
        finding_add(findings, topic, FINDING_GOOD, NULL, "no limit");
    else
        finding_add(findings, topic, limit.rlim_cur >= least ? FINDING_GOOD : FINDING_BAD, remedy,
                    "at most %ju", (uintmax_t)limit.rlim_cur);
}

static void limits_look(struct findings *findings)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    limit_look(findings, "open files", RLIMIT_NOFILE, FILES_MIN,
               "an enclave takes some in host and device: ulimit -n 1024");
    limit_look(findings, "processes", RLIMIT_NPROC, PROCESSES_MIN,
               "each enclave is a process, each of its threads counts: ulimit -u");
    finding_add(findings, "CPUs", cpus > 1 ? FINDING_GOOD : FINDING_NOTE,
                "switchless calls gain nothing on one CPU", "%ld", cpus);
}

/* Certificates, reports and collateral are judged by it. */
static void clock_look(struct findings *findings)
{
    struct timex state = {.modes = 0};
    char own[PATH_MAX];
    struct stat st;
    time_t now = time(NULL);
    bool kept = adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);

    if (place_of_self(own) == CC_SUCCESS && stat("/proc/self/exe", &st) == 0 && st.st_mtime > now) {
        finding_add(findings, "clock", FINDING_BAD,
                    "set it (NTP): certificates, reports and collateral are judged by it",
                    "it is %jd s before this program was made", (intmax_t)(st.st_mtime - now));
        return;
    }
    finding_add(findings, "clock", kept ? FINDING_GOOD : FINDING_NOTE,
                "nobody keeps it right (in a container: ask its host): chrony or systemd-timesyncd",
                "%s", kept ? "kept right by the kernel's source of time" : "not synchronised");
}

void doctor_machine(struct findings *findings)
{
    kernel_look(findings);
    features_look(findings);
    limits_look(findings);
    clock_look(findings);
}
