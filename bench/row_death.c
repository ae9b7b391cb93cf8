/* SPDX-License-Identifier: MulanPSL-2.0 */
/* kill -9 with calls in flight: of the enclave and of the device, until every caller is back; of
 * the host, until enclave and device are gone. Only processes of this row's own session are looked
 * at. */
#include "bench.h"
#include "bench_u.h"
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLERS = 4, NAP_MS = 60000, WAIT_MS = 20000 };

static cc_enclave_t enclave;
static atomic_int inside;
static atomic_int wrong;

/* The ocall by which each caller says that it is in the enclave. */
void bench_inside(void)
{
    atomic_fetch_add(&inside, 1);
}

static long status_field(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    char line[256];
    long value = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

/* The process behind the runtime's pidfd. */
static pid_t enclave_pid(void)
{
    DIR *dir = opendir("/proc/self/fdinfo");
    char path[300];
    long pid = -1;

    for (struct dirent *e; dir != NULL && pid <= 0 && (e = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", e->d_name);
        pid = status_field(path, "Pid:");
    }
    if (dir != NULL)
        closedir(dir);
    return pid > 0 ? (pid_t)pid : -1;
}

int bench_enclave_pid(void)
{
    return (int)enclave_pid();
}

static bool is_our_device(const char *name)
{
    char path[300], comm[64] = "";
    pid_t pid = (pid_t)atoi(name);
    FILE *file;

    if (pid <= 0 || getsid(pid) != getsid(0))
        return false;
    snprintf(path, sizeof path, "/proc/%s/comm", name);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(comm, sizeof comm, file) == NULL)
        comm[0] = '\0';
    fclose(file);
    snprintf(path, sizeof path, "/proc/%s/status", name);
    return strcmp(comm, "secgear-device\n") == 0 && status_field(path, "VmSize:") > 0;
}

static pid_t device_pid(void)
{
    DIR *dir = opendir("/proc");
    pid_t pid = -1;

    for (struct dirent *e; dir != NULL && pid < 0 && (e = readdir(dir)) != NULL;)
        if (is_our_device(e->d_name))
            pid = (pid_t)atoi(e->d_name);
    if (dir != NULL)
        closedir(dir);
    return pid;
}

static bool end_await(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    return pidfd < 0 || poll(&end, 1, WAIT_MS) == 1;
}

static bool create(void)
{
    atomic_store(&inside, 0);
    return bench_create(&enclave);
}

static void *caller_main(void *arg)
{
    (void)arg;
    if (bench_nap(&enclave, NAP_MS) != CC_ERROR_ENCLAVE_DEAD)
        atomic_store(&wrong, 1);
    return NULL;
}

/* Milliseconds from the kill until the last caller is back. */
static double callers_time(pid_t victim)
{
    pthread_t callers[CALLERS];
    unsigned started = 0;
    double start;

    while (started < CALLERS && pthread_create(&callers[started], NULL, caller_main, NULL) == 0)
        started++;
    while (atomic_load(&inside) < (int)started)
        usleep(100);
    usleep(2000); /* from the ocall back into the enclave */
    start = now_s();
    if (victim <= 0 || kill(victim, SIGKILL) != 0)
        _exit(1); /* nobody would come back */
    for (unsigned i = 0; i < started; i++)
        pthread_join(callers[i], NULL);
    return started == CALLERS && !atomic_load(&wrong) ? (now_s() - start) * 1e3 : -1;
}

static double enclave_value(void)
{
    double ms;

    if (!create())
        return -1;
    ms = callers_time(enclave_pid());
    return cc_enclave_destroy(&enclave) == CC_SUCCESS ? ms : -1;
}

static double device_value(void)
{
    double ms;

    if (!create())
        return -1;
    ms = callers_time(device_pid());
    return cc_enclave_destroy(&enclave) == CC_SUCCESS ? ms : -1;
}

static void __attribute__((noreturn)) host_main(int pipe_end)
{
    pthread_t callers[CALLERS];
    pid_t pids[2] = {-1, -1};

    if (!create())
        _exit(1);
    for (unsigned i = 0; i < CALLERS; i++)
        if (pthread_create(&callers[i], NULL, caller_main, NULL) != 0)
            _exit(1);
    while (atomic_load(&inside) < CALLERS)
        usleep(100);
    pids[0] = enclave_pid();
    pids[1] = device_pid();
    if (write(pipe_end, pids, sizeof pids) != sizeof pids)
        _exit(1);
    for (;;)
        pause();
}

static double host_value(void)
{
    pid_t pids[2] = {-1, -1};
    int ends[2], watch[2];
    double start, took = -1;
    pid_t host;

    if (pipe(ends) != 0)
        return -1;
    host = fork();
    if (host == 0)
        host_main(ends[1]);
    close(ends[1]);
    if (host > 0 && read(ends[0], pids, sizeof pids) == sizeof pids && pids[0] > 0 && pids[1] > 0) {
        for (int i = 0; i < 2; i++)
            watch[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
        start = now_s();
        kill(host, SIGKILL);
        if (end_await(watch[0]) && end_await(watch[1]))
            took = (now_s() - start) * 1e3;
        for (int i = 0; i < 2; i++)
            if (watch[i] >= 0)
                close(watch[i]);
    }
    close(ends[0]);
    if (host > 0) {
        kill(host, SIGKILL);
        waitpid(host, NULL, 0);
    }
    return took;
}

static bool death_start(const struct bench_row *row)
{
    (void)row;
    return true;
}

static void death_stop(void)
{
}

#define ROW(id, value)                                                                             \
    {                                                                                              \
        id, "ms", "<=1000", "unpinned, 4 calls in flight", BENCH_P99, 40, death_start, value,      \
            NULL, death_stop, 0                                                                    \
    }

const struct bench_row DEATH_ROWS[] = {
    ROW("death.enclave.p99", enclave_value),
    ROW("death.device.p99", device_value),
    ROW("death.host.p99", host_value),
    {.id = NULL},
};
