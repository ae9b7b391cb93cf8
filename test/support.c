/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "support.h"
#include <dirent.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

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
