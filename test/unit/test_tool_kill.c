/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear, killed at each of its system calls while it writes: an output is whole or as before, a
 * key is never half there, and the next run does its work.
 */
#include "killed.h"
#include "support.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_SIZE = 48, CONTENT_ROOM = 64 << 10 };

static char folder[FOLDER_ROOM], tool[PATH_MAX];
static const char *const *arguments;
static int quiet;

static void run_tool(void)
{
    dup2(quiet, 1);
    dup2(quiet, 2);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* which would trace us, too */
    execv(tool, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static void begin(void)
{
    ssize_t size = readlink("/proc/self/exe", tool, sizeof tool - 20);

    ck_assert_int_gt((int)size, 0);
    tool[size] = '\0';
    *strrchr(tool, '/') = '\0';
    strcpy(strrchr(tool, '/'), "/bin/secgear");
    quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    folder_fresh(folder);
    ck_assert_int_eq(chdir(folder), 0);
}

/* -1: there is none. */
static ssize_t content(const char *name, char ret_bytes[static CONTENT_ROOM])
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, ret_bytes, CONTENT_ROOM) : -1;

    if (fd >= 0)
        close(fd);
    return size;
}

START_TEST(a_new_key_is_whole_or_absent)
{
    static const char *const new_key[] = {"secgear", "encrypt", "--new-key", "key", NULL};
    char bytes[CONTENT_ROOM];
    unsigned nth, written = 0;
    struct stat st;
    bool killed;

    if (!tracing_works())
        TEST_SKIP("nobody may be traced here");
    arguments = new_key;
    nth = first_change(run_tool);
    ck_assert_int_eq(unlink("key"), 0);
    do {
        ssize_t size;

        killed = killed_at(nth++, run_tool);
        size = content("key", bytes);
        ck_assert_msg(size == -1 || size == KEY_SIZE, "stop %u: %zd bytes", nth - 1, size);
        if (size == KEY_SIZE) {
            ck_assert_int_eq(stat("key", &st), 0);
            ck_assert_uint_eq(st.st_mode & 0777, 0600);
            ck_assert_int_eq(unlink("key"), 0);
            written++;
        }
    } while (killed);
    ck_assert_uint_gt(written, 1); /* it was killed behind its work, too */
}
END_TEST

START_TEST(an_output_is_the_old_one_or_the_new_one)
{
    static const char *const digest[] = {"secgear", "sign", "--force", "--digest", "-i",
                                         "e.so",    "-o",   "out",     NULL};
    char old[CONTENT_ROOM] = "what stood there before", now[CONTENT_ROOM], copy[PATH_MAX + 32];
    ssize_t old_size = (ssize_t)strlen(old), new_size = 0;
    unsigned nth;
    bool killed;
    int fd;

    if (!tracing_works())
        TEST_SKIP("nobody may be traced here");
    snprintf(copy, sizeof copy, "cp %s e.so", tool); /* as a PIE it has the type of an enclave */
    ck_assert_int_eq(system(copy), 0);
    arguments = digest;
    nth = first_change(run_tool);
    do {
        ssize_t size;

        fd = open("out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ck_assert_int_eq(write(fd, old, (size_t)old_size), old_size);
        close(fd);
        killed = killed_at(nth++, run_tool);
        size = content("out", now);
        if (size == old_size && memcmp(now, old, (size_t)size) == 0)
            continue;
        new_size = new_size != 0 ? new_size : size;
        ck_assert_int_gt(size, 0);
        ck_assert_msg(size == new_size && memcmp(now, "SGSIM-SS", 8) == 0, "stop %u: %zd bytes",
                      nth - 1, size);
    } while (killed);
    ck_assert_int_eq(new_size, 104);
}
END_TEST

static void tool_good(const char *const *with)
{
    arguments = with;
    ck_assert(!killed_at(UINT_MAX, run_tool));
}

START_TEST(an_authority_is_whole_or_can_be_made)
{
    static const char *const provision[] = {"secgear", "device",  "provision", "--ca",
                                            "fleet",   "--level", "embedded",  NULL};
    static const char *const revoke[] = {
        "secgear", "device", "revoke", "--ca", "fleet", "00112233445566778899aabbccddeeff", NULL};
    char key[CONTENT_ROOM], bytes[CONTENT_ROOM];
    unsigned nth;
    bool killed;

    if (!tracing_works())
        TEST_SKIP("nobody may be traced here");
    arguments = provision;
    nth = first_change(run_tool);
    ck_assert_int_eq(system("rm -rf fleet"), 0);
    do {
        ssize_t size, root;

        arguments = provision;
        killed = killed_at(nth++, run_tool);
        size = content("fleet/root.key", key);
        root = content("fleet/root.pem", bytes);
        ck_assert_msg(size == -1 || size == 65 || size == 64, "stop %u: key of %zd", nth - 1, size);
        ck_assert_msg(root == -1 || strstr(bytes, "END CERTIFICATE") != NULL, "stop %u", nth - 1);
        if (size > 0 && root > 0)
            tool_good(revoke); /* it works */
        else if (size < 0)
            tool_good(provision); /* it is made, whatever the killed one left */
        ck_assert_int_eq(system("rm -rf fleet"), 0);
    } while (killed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/kill");
    TCase *tcase = tcase_of(suite, "kill");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_new_key_is_whole_or_absent);
    tcase_add_test(tcase, an_output_is_the_old_one_or_the_new_one);
    tcase_add_test(tcase, an_authority_is_whole_or_can_be_made);
    return suite_main(suite);
}
