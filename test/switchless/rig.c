/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "rig.h"
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

cc_enclave_t enclave;
cc_sl_config_t config;
int (*host_double)(int);
int (*host_quick)(int);
void (*host_quick_bytes)(void);

int o_double(int a)
{
    return host_double != NULL ? host_double(a) : 2 * a;
}

int o_quick(int a)
{
    return host_quick != NULL ? host_quick(a) : a;
}

void o_much(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i]++;
}

void o_quick_bytes(uint8_t *p, size_t n)
{
    if (host_quick_bytes != NULL)
        host_quick_bytes();
    o_much(p, n);
}

int o_deeper(int depth)
{
    int result = 0;

    if (depth == 0)
        return 1;
    if (s_ask_deep(&enclave, &result, depth - 1) != CC_SUCCESS)
        return -1000;
    return result + 1;
}

cc_enclave_result_t create_with(const enclave_features_t *features, uint32_t count,
                                cc_enclave_t *ret_enclave)
{
    char own[PATH_MAX], path[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(path, sizeof path, "%s/images/switchless.signed.so", own);
    memset(ret_enclave, 0, sizeof *ret_enclave);
    return cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, 0, features, count, ret_enclave);
}

void create_plain(void)
{
    CALL_OK(create_with(NULL, 0, &enclave));
}

void create_switchless(void)
{
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};

    CALL_OK(create_with(&features, 1, &enclave));
}

void rig_begin(void)
{
    char folder[FOLDER_ROOM];

    folder_fresh(folder);
    setenv("XDG_STATE_HOME", folder, 1);
    config = (cc_sl_config_t)CC_USWITCHLESS_CONFIG_INITIALIZER;
    config.num_tworkers = 2;
    config.workers_policy = WORKERS_POLICY_WAKEUP;
    host_double = host_quick = NULL;
}

void rig_end(void)
{
    if (enclave.used_flag)
        cc_enclave_destroy(&enclave);
}

pid_t rig_enclave_pid(void)
{
    DIR *dir = opendir("/proc/self/fdinfo");
    char path[300], line[256];
    long pid = -1;

    for (struct dirent *e; dir != NULL && pid <= 0 && (e = readdir(dir)) != NULL;) {
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", e->d_name);
        file = fopen(path, "re");
        while (file != NULL && fgets(line, sizeof line, file) != NULL)
            if (strncmp(line, "Pid:", 4) == 0)
                pid = strtol(line + 4, NULL, 10);
        if (file != NULL)
            fclose(file);
    }
    if (dir != NULL)
        closedir(dir);
    return (pid_t)pid;
}

static long field_of(const char *pid, const char *name)
{
    char path[300], line[256];
    long value = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%s/status", pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strcmp(name, "Name:") == 0 ? strstr(line, "secgear-device") != NULL
                                               : strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

/* One that has memory: no zombie. */
pid_t rig_device_pid(void)
{
    DIR *dir = opendir("/proc");
    pid_t pid = -1;

    for (struct dirent *e; dir != NULL && pid < 0 && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9' &&
            getsid((pid_t)atoi(e->d_name)) == getsid(0) && field_of(e->d_name, "Name:") == 1 &&
            field_of(e->d_name, "VmSize:") > 0)
            pid = (pid_t)atoi(e->d_name);
    if (dir != NULL)
        closedir(dir);
    return pid;
}

cc_enclave_result_t fetch(int task_id, void *retval)
{
    cc_enclave_result_t rc;

    while ((rc = cc_sl_get_async_result(&enclave, task_id, retval)) ==
           CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        sched_yield();
    return rc;
}
