/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Other programs of the same user against a running enclave: its own host, and a process beside it.
 * The control is a debug enclave that was opened by name (SECGEAR_ALLOW_ATTACH): there every attack
 * must succeed, or the test would prove nothing.
 */
#include "attacks.h"
#include "common.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static cc_enclave_t enclave;
static uint64_t secret_address;

/* By this process, or by a child of it that shares nothing but the user. */
static int attack_as(bool host, int which, pid_t victim)
{
    pid_t child;
    int status;

    if (host)
        return attacks[which].run(victim, secret_address);
    child = fork();
    if (child == 0)
        _exit(attacks[which].run(victim, secret_address));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static pid_t victim_start(const char *image, uint32_t flags)
{
    cc_enclave_result_t rc =
        cc_enclave_create(image_path(image), AUTO_ENCLAVE_TYPE, 0, flags, NULL, 0, &enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s", cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_SECRET, NULL, 0, &secret_address, sizeof secret_address),
                     CC_SUCCESS);
    return enclave_pid();
}

/* _i: attack, then whether the host itself attacks */
START_TEST(running_enclave_can_not_be_read)
{
    pid_t victim = victim_start(_i / (2 * ATTACKS) ? "debug.signed.so" : "enclave.signed.so",
                                _i / (2 * ATTACKS) ? SECGEAR_DEBUG_FLAG : 0);
    int got = attack_as(_i / ATTACKS % 2, _i % ATTACKS, victim);

    ck_assert_msg(got == EPERM || got == EACCES, "%s by %s: %s", attacks[_i % ATTACKS].name,
                  _i / ATTACKS % 2 ? "the host" : "another process", strerror(got));
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

static bool user_namespaces_here(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

START_TEST(control_an_enclave_opened_by_name_is_read)
{
    pid_t victim;
    int got;

    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    victim = victim_start("debug.signed.so", SECGEAR_DEBUG_FLAG);
    got = attack_as(_i / ATTACKS, _i % ATTACKS, victim);
    if (got != 0 && access("/proc/sys/kernel/yama/ptrace_scope", F_OK) == 0)
        TEST_SKIP("this kernel's Yama forbids %s as such", attacks[_i % ATTACKS].name);
    if (got == ENOSYS)
        TEST_SKIP("this kernel has no %s", attacks[_i % ATTACKS].name);
    if (got == EINVAL && !user_namespaces_here())
        TEST_SKIP("no user namespaces here: the enclave is in ours");
    ck_assert_msg(got == 0, "%s: %s", attacks[_i % ATTACKS].name, strerror(got));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

/* A sealed copy, which MRTCB covers, or one of the files that it covers as well. */
static bool is_measured(const char *path)
{
    static const char *const files[] = {"/libc.so", "/ld-", "/libseccomp.so", "/secgear-zygote"};
    const char *name = strrchr(path, '/');

    if (strncmp(path, "/memfd:", 7) == 0 || path[0] == '[')
        return true;
    for (size_t i = 0; name != NULL && i < sizeof files / sizeof files[0]; i++)
        if (strncmp(name, files[i], strlen(files[i])) == 0)
            return true;
    return false;
}

START_TEST(enclave_runs_on_nothing_that_is_not_measured)
{
    char path[64], line[PATH_MAX + 200];
    unsigned executable = 0;
    FILE *maps;

    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    snprintf(path, sizeof path, "/proc/%d/maps",
             victim_start("debug.signed.so", SECGEAR_DEBUG_FLAG));
    maps = fopen(path, "re");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        char rights[5], file[PATH_MAX] = "";

        ck_assert_int_ge(sscanf(line, "%*s %4s %*s %*s %*s %4095s", rights, file), 1);
        if (rights[2] != 'x')
            continue;
        executable++;
        ck_assert_msg(file[0] != '\0' && is_measured(file), "not measured: %s", line);
    }
    fclose(maps);
    ck_assert_uint_ge(executable, 6); /* libc, its loader, zygote, libcrypto, runtime, image */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(attach_is_for_debug_enclaves_only)
{
    pid_t victim;

    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    victim = victim_start("enclave.signed.so", SECGEAR_DEBUG_FLAG);
    ck_assert_int_eq(attacks[1].run(victim, secret_address), EPERM);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(device_can_not_be_read)
{
    char path[64];
    pid_t device;
    int fd;

    victim_start("enclave.signed.so", 0);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/mem", device);
    fd = open(path, O_RDONLY);
    ck_assert_int_lt(fd, 0);
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, device, NULL, NULL), -1);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/attack");
    TCase *tcase = tcase_of(suite, "attack");

    if (geteuid() == 0) {
        puts("skipped: attacks need an ordinary user; root reads everything");
        puts("RESULT 0 passed 0 failed 1 skipped");
        return 0;
    }
    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_loop_test(tcase, running_enclave_can_not_be_read, 0, 4 * ATTACKS);
    tcase_add_loop_test(tcase, control_an_enclave_opened_by_name_is_read, 0, 2 * ATTACKS);
    tcase_add_test(tcase, enclave_runs_on_nothing_that_is_not_measured);
    tcase_add_test(tcase, attach_is_for_debug_enclaves_only);
    tcase_add_test(tcase, device_can_not_be_read);
    return suite_main(suite);
}
