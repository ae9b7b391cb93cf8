/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The session of docs/debugging.md: gdb stops in an enclave's source, and the backtrace goes from
 * the enclave's function to main() of the host.
 */
#include "common.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[PATH_MAX]; /* of the tests: samples/, ../stage/ */
static char output[65536];
static int ended; /* how the last run did */

static void begin(void)
{
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    memcpy(folder, own, strlen(own) + 1);
    state_fresh();
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* of gdb's program, which is traced */
}

/* Exit status; what it printed is in output. */
static int run(const char *options, const char *program)
{
    char command[4 * PATH_MAX];
    size_t size;
    FILE *from;

    snprintf(
        command, sizeof command,
        "cd %s/samples/helloworld && timeout -k 5 50 ../../../stage/bin/secgear gdb %s %s 2>&1 "
        "</dev/null",
        folder, options, program);
    from = popen(command, "re");
    ck_assert_ptr_nonnull(from);
    size = fread(output, 1, sizeof output - 1, from);
    output[size] = '\0';
    ended = WEXITSTATUS(pclose(from));
    return ended;
}

static bool usable(void)
{
    if (system("command -v gdb >/dev/null 2>&1") != 0)
        return false;
    /* A container may have gdb and forbid what it does. */
    return system("gdb -q -batch -ex run -ex 'print 40+2' /bin/true >/dev/null 2>&1") == 0 &&
           system(
               "gdb -q -batch -ex 'break main' -ex starti -ex 'print $pc' --args /bin/true 2>&1 | "
               "grep -q 0x") == 0;
}

static void shows(const char *text)
{
    ck_assert_msg(strstr(output, text) != NULL, "exit %d, no \"%s\" in:\n%s", ended, text, output);
}

START_TEST(breakpoint_in_an_enclaves_source_stops_there)
{
    if (!usable())
        TEST_SKIP("gdb does not run programs here");
    run("-q -batch -ex 'break hello.c:7' -ex run -ex secgear-backtrace -ex kill",
        "out/helloworld_host out/enclave.signed.so");
    shows("is inferior 2");
    shows("at enclave/hello.c:7");
    shows("ecall_run");
    shows("called by thread 1.1");
    shows("at host/main.c");
}
END_TEST

START_TEST(program_that_is_not_stopped_goes_on)
{
    if (!usable())
        TEST_SKIP("gdb does not run programs here");
    run("-q -batch -ex run", "out/helloworld_host out/enclave.signed.so");
    shows("is inferior 2");
    shows("enclave say:secgear hello world!");
    shows("host destroy enclave success");
}
END_TEST

START_TEST(running_program_and_its_enclave_are_attached_to_and_let_go)
{
    cc_enclave_t enclave = {0};
    char options[2 * PATH_MAX];

    if (!usable())
        TEST_SKIP("gdb does not run programs here");
    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                       SECGEAR_DEBUG_FLAG, NULL, 0, &enclave),
                     CC_SUCCESS);
    snprintf(options, sizeof options,
             "-q -batch -ex 'inferior 2' -ex 'info line where_secret' -p %d --image %s", getpid(),
             image_path("debug.signed.so"));
    run(options, "");
    shows("is inferior 2");
    shows("enclave.c");
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

/* A program names its image as it likes, and a core its libraries. */
START_TEST(path_of_an_image_is_no_command_of_gdb)
{
    if (!usable())
        TEST_SKIP("gdb does not run programs here");
    run("-q -batch -ex 'python symbols_add(\"/bin/true\\\" -o 0\\nshell expr 41 + 1\\n#\", 0)' "
        "-ex 'python symbols_add(\"/bin/true\", 0)'",
        "/bin/true");
    shows("no symbols of '/bin/true\" -o 0\\nshell expr 41 + 1\\n#': characters of its path");
    ck_assert_msg(strstr(output, "\n42\n") == NULL, "%s", output);
    ck_assert_msg(strstr(output, "of /bin/true") == NULL, "%s", output);
}
END_TEST

START_TEST(what_makes_no_sense_is_said)
{
    ck_assert_int_eq(run("--unknown x", ""), 2);
    shows("usage");
    ck_assert_int_eq(run("", ""), 2);
    ck_assert_int_eq(run("-p 1", ""), 2);
    ck_assert_int_eq(run("-ex", ""), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/gdb");
    TCase *tcase = tcase_of(suite, "gdb");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, breakpoint_in_an_enclaves_source_stops_there);
    tcase_add_test(tcase, program_that_is_not_stopped_goes_on);
    tcase_add_test(tcase, running_program_and_its_enclave_are_attached_to_and_let_go);
    tcase_add_test(tcase, path_of_an_image_is_no_command_of_gdb);
    tcase_add_test(tcase, what_makes_no_sense_is_said);
    return suite_main(suite);
}
