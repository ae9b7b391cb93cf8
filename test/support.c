/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "support.h"
#include <dirent.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WATCHDOG_S = 300, WATCHDOG_STRESS_S = 3600 };

static int *skips; /* shared with the forked tests */

void test_skipped(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("skipped: ", stdout);
    vprintf(format, args);
    putchar('\n');
    fflush(stdout);
    va_end(args);
    __atomic_add_fetch(skips, 1, __ATOMIC_SEQ_CST);
}

static bool is_stress(void)
{
    const char *stress = getenv("SECGEAR_STRESS");

    return stress != NULL && *stress != '\0' && *stress != '0';
}

size_t count_of(enum count which)
{
#define COUNT_ROW_(name, check, stress) {check, stress},
    static const size_t counts[COUNT_COUNT][2] = {COUNTS(COUNT_ROW_)};
#undef COUNT_ROW_

    return counts[which][is_stress()];
}

TCase *tcase_of(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, is_stress() ? WATCHDOG_STRESS_S : WATCHDOG_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

/* All that the suite's tests write is below one folder, which goes when the suite ends. */
static bool scratch_begin(char *path, size_t room)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(path, room, "%s/secgear-suite-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
    return mkdtemp(path) != NULL && setenv("TMPDIR", path, 1) == 0;
}

static int entry_remove(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    (void)!remove(path);
    return 0;
}

static void scratch_end(const char *path)
{
    nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void folder_fresh(char ret_path[static FOLDER_ROOM])
{
    snprintf(ret_path, FOLDER_ROOM, "%s/XXXXXX", getenv("TMPDIR"));
    ck_assert_ptr_nonnull(mkdtemp(ret_path));
}

int suite_main(Suite *suite)
{
    char scratch[FOLDER_ROOM];
    SRunner *runner = srunner_create(suite);
    int failed, run;

    skips = mmap(NULL, sizeof *skips, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (skips == MAP_FAILED || !scratch_begin(scratch, sizeof scratch))
        return EXIT_FAILURE;
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    run = srunner_ntests_run(runner);
    printf("RESULT %d passed %d failed %d skipped\n", run - failed - *skips, failed, *skips);
    srunner_free(runner);
    scratch_end(scratch);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

unsigned threads_count(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;

    ck_assert_ptr_nonnull(tasks);
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

long status_field(const char *path, const char *name)
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

static bool is_device(const char *pid)
{
    char path[300], name[64] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(name, sizeof name, file) == NULL)
            name[0] = '\0';
        fclose(file);
    }
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    return strcmp(name, "secgear-device\n") == 0 && getsid((pid_t)atoi(pid)) == getsid(0) &&
           status_field(path, "Threads:") > 0 && status_field(path, "VmSize:") > 0; /* no zombie */
}

size_t device_pids(pid_t *ret_pids, size_t room)
{
    DIR *dir = opendir("/proc");
    size_t count = 0;

    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && is_device(e->d_name)) {
            if (count < room)
                ret_pids[count] = (pid_t)atoi(e->d_name);
            count++;
        }
    if (dir != NULL)
        closedir(dir);
    return count;
}
