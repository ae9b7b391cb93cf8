/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * support.h - what every test program shares: the main that runs a suite and reports one line that
 * test/run.sh adds up, skipping a test with its reason, and room for files.
 * Layer: test. Threads: one.
 */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <sys/types.h>
#include "counts.h"
#include <check.h>

/* Runs it (fork mode unless CK_FORK=no), 60 s watchdog per test; exit status for main(). */
int suite_main(Suite *suite);

/* In a test: says why and leaves the test; counted as skipped, never as passed. */
#define TEST_SKIP(...)                                                                             \
    do {                                                                                           \
        test_skipped(__VA_ARGS__);                                                                 \
        return;                                                                                    \
    } while (0)
void test_skipped(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum { FOLDER_ROOM = 200 };

/* A new, empty folder; gone when the suite ends, however its tests end. */
void folder_fresh(char ret_path[static FOLDER_ROOM]);

/* A number of a file below /proc that has a name in front of each; -1: it is not there. */
long status_field(const char *path, const char *name);
/* Of the devices in our session; how many, at most room are stored. */
size_t device_pids(pid_t *ret_pids, size_t room);
/* Of this process, those that are about to end included. */
unsigned threads_count(void);

/* A test case of these tests, with the watchdog set. */
TCase *tcase_of(Suite *suite, const char *name);

#endif
