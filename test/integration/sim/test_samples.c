/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Each sample, started as its Makefile says, ends well. (secure_channel has tests of its own.) */
#include "common.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const samples[] = {
    "helloworld", "ocall",        "seal_data",  "counter",
    "cpp",        "local_attest", "switchless", "switchless_performance"};

START_TEST(sample_ends_well)
{
    char own[PATH_MAX], command[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    int status;

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(command, sizeof command, "%s/samples/%s", own, samples[_i]);
    if (access(command, F_OK) != 0)
        TEST_SKIP("%s was not built: no C++ compiler", samples[_i]);
    state_fresh();
    /* Twice: what the first run left behind is found by the second. */
    snprintf(command, sizeof command, "cd %s/samples/%s && out/*_host && out/*_host", own,
             samples[_i]);
    status = system(command);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", command);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("samples");
    TCase *tcase = tcase_of(suite, "samples");

    tcase_add_loop_test(tcase, sample_ends_well, 0, sizeof samples / sizeof samples[0]);
    return suite_main(suite);
}
