/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "start.h"
#include "base/detail.h"
#include "io/start.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Number behind a name in /proc/self/status; -1 when there is none. */
static long status_number(const char *name)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long value = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

bool process_close(void)
{
    struct rlimit none = {0, 0}, files;

    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; /* some for each enclave */
        setrlimit(RLIMIT_NOFILE, &files);
    }
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write fails instead */
    signal(SIGCHLD, SIG_IGN); /* a zygote forks and goes on alone: nothing is left to reap */
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* A tracer or a preloaded library would see every key. */
static bool starter_acceptable(char **envp)
{
    for (; *envp != NULL; envp++)
        if (strncmp(*envp, "LD_", 3) == 0)
            return false;
    return status_number("TracerPid:") == 0; /* unknown: no */
}

/* Whether our program file carries a group, as an installed device's does; false also: it can't be
 * told. */
static bool program_group(gid_t *ret_group)
{
    struct stat st;

    if (stat("/proc/self/exe", &st) != 0 || !(st.st_mode & S_ISGID) || st.st_uid != 0)
        return false;
    *ret_group = st.st_gid;
    return true;
}

/* Who came between the file and us (a tracer, no_new_privs, a namespace) took the group away. */
static cc_enclave_result_t installed_check(gid_t group)
{
    FILE *file = fopen("/proc/sys/fs/suid_dumpable", "re");
    int dumpable = 0;

    if (file != NULL) {
        if (fscanf(file, "%d", &dumpable) != 1)
            dumpable = 1;
        fclose(file);
    }
    if (dumpable == 1)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: fs.suid_dumpable is 1 on this machine, which opens set-id "
                           "programs to their users; an installed device needs 0 or 2");
    if (getegid() == group)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_SECURITY,
                       "device: it is installed for group %u and was started without it (under a "
                       "tracer, with no_new_privs, in a user namespace, or on a nosuid mount?)",
                       group);
}

cc_enclave_result_t start_judge(struct start *start, char **envp)
{
    gid_t group;

    if (!starter_acceptable(envp))
        return detail_fail(CC_ERROR_ACCESS_DENIED,
                           "device: it does not start under a tracer or with LD_ variables");
    start->clean = status_number("Seccomp_filters:") == 0; /* unknown, before Linux 5.9: no */
    start->level = REPORT_LEVEL_EMBEDDED;
    if (geteuid() == 0 && getuid() == 0) {
        if (start->serving)
            start->level = REPORT_LEVEL_SYSTEM;
        return CC_SUCCESS;
    }
    if (!program_group(&group))
        return CC_SUCCESS;
    start->level = REPORT_LEVEL_INSTALLED;
    return installed_check(group);
}

cc_enclave_result_t installed_state_find(const char **ret_folder)
{
    static char folder[PATH_MAX];
    struct stat st;

    if (stat(DEVICE_INSTALLED_STATE, &st) != 0)
        return detail_fail(CC_ERROR_SECURITY, "device: %s: %s (see docs/levels.md)",
                           DEVICE_INSTALLED_STATE, strerror(errno));
    if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || st.st_gid != getegid() || (st.st_mode & 07) != 0)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: %s must belong to root and group %u with mode 0770, it has uid "
                           "%u, group %u and mode 0%o",
                           DEVICE_INSTALLED_STATE, getegid(), st.st_uid, st.st_gid,
                           st.st_mode & 0777);
    snprintf(folder, sizeof folder, DEVICE_INSTALLED_STATE "/%u", getuid());
    *ret_folder = folder;
    return CC_SUCCESS;
}
