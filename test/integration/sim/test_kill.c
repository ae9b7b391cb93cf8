/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * kill -9 of host, device, zygote or enclave at any moment of a program that makes an enclave,
 * counts, seals and calls: nothing hangs, no process stays, no file is half-written, no counter
 * repeats, and a host that outlives them loses no descriptor and no memory.
 */
#include "common.h"
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VALUES_MAX = 1 << 20, FOUND_MAX = 64, STATE_ROOM = 8192 };

/* What the programs of all rounds leave for the test. */
static struct {
    _Atomic unsigned steps; /* how far the host of this round has come */
    uint8_t times[VALUES_MAX];
    uint64_t highest;
} * shared;

static const char *const KINDS[] = {"host", "secgear-device", "secgear-zygote", "enclave"};
enum { KIND_COUNT = 4 };

struct found {
    pid_t pids[FOUND_MAX];
    size_t count;
};

static void begin(void)
{
    state_fresh();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    srand((unsigned)getpid());
}

/* Of a process: its name and who started it; false: it is gone, or a zombie of somebody else's. */
static bool process_look(pid_t pid, char ret_name[static 32], pid_t *ret_parent)
{
    char path[64], line[256];
    FILE *file;
    bool lives = false;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    file = fopen(path, "re");
    *ret_parent = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "Name: %31s", ret_name);
        sscanf(line, "PPid: %d", ret_parent);
        lives |= strncmp(line, "VmSize:", 7) == 0;
    }
    if (file != NULL)
        fclose(file);
    return lives;
}

/* Devices and zygotes of our session by name; an enclave has its zygote's name and is its child. */
static void find(const char *kind, struct found *ret_found)
{
    DIR *dir = opendir("/proc");
    bool enclaves = strcmp(kind, "enclave") == 0;
    const char *name = enclaves ? "secgear-zygote" : kind;

    ret_found->count = 0;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        char own[32] = "", of_parent[32] = "";
        pid_t pid = (pid_t)atoi(e->d_name), parent, unused;

        if (pid <= 0 || getsid(pid) != getsid(0) || !process_look(pid, own, &parent) ||
            strcmp(own, name) != 0)
            continue;
        process_look(parent, of_parent, &unused);
        if (strcmp(own, "secgear-zygote") == 0 &&
            (strcmp(of_parent, "secgear-zygote") == 0) != enclaves)
            continue;
        if (ret_found->count < FOUND_MAX)
            ret_found->pids[ret_found->count++] = pid;
    }
    if (dir != NULL)
        closedir(dir);
}

static void step_done(void)
{
    atomic_fetch_add(&shared->steps, 1);
}

static void value_note(uint64_t value)
{
    if (value >= VALUES_MAX)
        _exit(4);
    __atomic_add_fetch(&shared->times[value], 1, __ATOMIC_SEQ_CST);
    if (value > shared->highest)
        shared->highest = value;
}

static bool count_one(cc_enclave_t *enclave)
{
    static const uint8_t create_it[] = {COUNT_CREATE, 2, 1}, add[] = {COUNT_INCREMENT, 2, 1};
    uint8_t out[9];
    uint64_t value;
    cc_enclave_result_t rc = call(enclave, F_COUNT, add, sizeof add, out, sizeof out);

    if (rc == CC_ERROR_MC_NOT_FOUND)
        rc = call(enclave, F_COUNT, create_it, sizeof create_it, out, sizeof out);
    if (rc != CC_SUCCESS)
        return false;
    memcpy(&value, out, sizeof value);
    if (value > 0) /* 0: it was made */
        value_note(value);
    return true;
}

/* Until something fails; what it is, is the device's or the enclave's death. */
static void host_run(void)
{
    cc_enclave_t enclave;

    step_done();
    if (create("enclave.signed.so", &enclave) != CC_SUCCESS)
        return;
    step_done();
    while (count_one(&enclave) && call(&enclave, F_ECHO, NULL, 0, NULL, 0) == CC_SUCCESS)
        step_done();
    cc_enclave_destroy(&enclave);
}

/* How many processes of the kind there were to kill. */
static size_t kill_some(const char *kind, pid_t host)
{
    struct found found = {.count = 0};

    if (strcmp(kind, "host") == 0) {
        kill(host, SIGKILL);
        return 1;
    }
    find(kind, &found);
    for (size_t i = 0; i < found.count; i++)
        kill(found.pids[i], SIGKILL);
    return found.count;
}

static void nobody_is_left(void)
{
    struct found found;

    for (size_t k = 1; k < KIND_COUNT; k++) {
        find(KINDS[k], &found);
        for (size_t i = 0; i < found.count; i++)
            process_await_end(found.pids[i]);
    }
}

/* No name but those that last; an empty folder before anything was written. */
static void folder_is_tidy(void)
{
    DIR *dir = opendir(state_folder());

    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        ck_assert_msg(e->d_name[0] == '.'
                          ? strlen(e->d_name) <= 2 || strcmp(e->d_name, ".new-device.counters") == 0
                          : strncmp(e->d_name, "device.", 7) == 0,
                      "%s is left", e->d_name);
    if (dir != NULL)
        closedir(dir);
}

static size_t state_read(uint8_t room[static STATE_ROOM])
{
    char path[600];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "%s/device.state", state_folder());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size = read(fd, room, STATE_ROOM);
    close(fd);
    return size > 0 ? (size_t)size : 0;
}

static bool has_ended(pid_t host)
{
    siginfo_t end = {.si_pid = 0};

    return waitid(P_PID, (id_t)host, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid != 0;
}

/* A moment between the start of the host and some time in its work. */
static void moment_await(pid_t host)
{
    unsigned steps = (unsigned)rand() % 6, turns = (unsigned)rand() % 500;

    while (atomic_load(&shared->steps) < steps && !has_ended(host))
        sched_yield();
    while (turns-- > 0)
        sched_yield();
}

/* Again and again: who dies may be one that had only to fork the one that matters. */
static void kill_one(const char *kind, pid_t host)
{
    while (!has_ended(host)) {
        kill_some(kind, host);
        sched_yield();
    }
}

static void count_once_more(cc_enclave_t *enclave)
{
    uint64_t before = shared->highest;

    if (!count_one(enclave) || shared->highest <= before)
        _exit(5);
}

START_TEST(nothing_is_left_when_anybody_is_killed_at_any_moment)
{
    uint8_t before[STATE_ROOM], now[STATE_ROOM];
    size_t size = 0;

    for (size_t round = 0; round < count_of(COUNT_KILLS); round++) {
        int status = 1;
        pid_t host;

        atomic_store(&shared->steps, 0); /* 0: it has not begun */
        host = fork();
        if (host == 0) {
            host_run();
            _exit(0);
        }
        moment_await(host);
        kill_one(KINDS[round % KIND_COUNT], host);
        ck_assert_int_eq(waitpid(host, &status, 0), host);
        ck_assert_msg(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL),
                      "round %zu, %s: status 0x%x", round, KINDS[round % KIND_COUNT], status);
        nobody_is_left();
        folder_is_tidy();
        if (size > 0) {
            ck_assert_uint_eq(state_read(now), size);
            ck_assert_mem_eq(now, before, size); /* one identity, written once */
        } else {
            size = state_read(before);
        }
    }
    for (uint64_t value = 1; value <= shared->highest; value++)
        ck_assert_msg(shared->times[value] <= 1, "%lu: %u times", (unsigned long)value,
                      shared->times[value]);
    in_program("enclave.signed.so", 0, count_once_more);
    ck_assert_uint_eq(shared->times[shared->highest], 1);
}
END_TEST

static size_t entries_of(const char *path)
{
    DIR *dir = opendir(path);
    size_t count = 0;

    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count;
}

/* Shared memory that this process has mapped. */
static size_t windows_mapped(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t count = 0;

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        count += strstr(line, "/memfd:") != NULL;
    if (maps != NULL)
        fclose(maps);
    return count;
}

static void lose_one(const char *kind)
{
    cc_enclave_t enclave;
    cc_enclave_result_t rc = create("enclave.signed.so", &enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s", cc_enclave_error_detail());
    while (kill_some(kind, -1) == 0) /* a zygote's first process may not have left it yet */
        sched_yield();
    while (call(&enclave, F_ECHO, NULL, 0, NULL, 0) == CC_SUCCESS)
        ;
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

START_TEST(host_that_outlives_many_enclaves_and_devices_loses_nothing)
{
    size_t descriptors = 0, windows = 0;

    for (size_t round = 0; round < count_of(COUNT_KILLS); round++) {
        lose_one(KINDS[1 + round % (KIND_COUNT - 1)]);
        if (round == KIND_COUNT) {
            descriptors = entries_of("/proc/self/fd");
            windows = windows_mapped();
        }
    }
    lose_one("secgear-device");
    while (entries_of("/proc/self/fd") >
           descriptors) /* the device's watcher closes the last ones */
        sched_yield();
    ck_assert_uint_le(windows_mapped(), windows);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/kill");
    TCase *tcase = tcase_of(suite, "kill");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, nothing_is_left_when_anybody_is_killed_at_any_moment);
    tcase_add_test(tcase, host_that_outlives_many_enclaves_and_devices_loses_nothing);
    return suite_main(suite);
}
