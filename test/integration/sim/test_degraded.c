/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A machine that offers little: a system call filter over everything we start makes namespaces,
 * landlock, memfd_secret and mseal fail, as containers and old kernels do. Enclaves still run; what
 * is missing is said once, and can be demanded.
 */
#include "common.h"
#include "enclave_log.h"
#include "secgear_identity.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static cc_enclave_t enclave;
static char said[2048];
static unsigned lines;

static void log_keep(int level, const char *line, void *arg)
{
    (void)level, (void)arg;
    lines++;
    strncat(said, line, sizeof said - strlen(said) - 1);
}

#define REFUSE(number, error)                                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

static void machine_degrade(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(SYS_unshare, EPERM),
        REFUSE(444 /* landlock_create_ruleset */, ENOSYS),
        REFUSE(447 /* memfd_secret */, ENOSYS),
        REFUSE(462 /* mseal */, ENOSYS),
        REFUSE(SYS_clone3, ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void start(void)
{
    state_fresh();
    machine_degrade();
    cc_enclave_set_log(log_keep, NULL);
}

START_TEST(enclave_runs_and_says_once_what_is_missing)
{
    static const char *const missing[] = {"namespaces", "landlock", "secretmem", "mseal",
                                          "starter_clean"};

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        ck_assert_msg(strstr(said, missing[i]) != NULL, "%s not in: %s", missing[i], said);
    ck_assert_ptr_null(strstr(said, "nodump"));
    ck_assert_ptr_null(strstr(said, "seccomp,"));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    create_good(&enclave);
    ck_assert_uint_eq(lines, 1);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

/* Exactly what holds without the rest; the same word is in each signed report. */
START_TEST(identity_and_report_name_what_is_left)
{
    static const uint32_t expected =
        1u << 0 | 1u << 1 | 1u << 6 | 1u << 7; /* nodump, seccomp, mdwe, persistent */
    cc_enclave_identity_t identity;

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity), CC_SUCCESS);
    ck_assert_uint_eq(identity.level, 1);
    ck_assert_msg((identity.protections & ~(1u << 8)) == expected, "0x%x", identity.protections);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(what_is_missing_can_be_demanded)
{
    setenv("SECGEAR_REQUIRE", "nodump,seccomp", 1);
    create_good(&enclave);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    setenv("SECGEAR_REQUIRE", "namespaces", 1);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "namespaces"));
}
END_TEST

START_TEST(filter_and_closed_memory_hold_without_the_rest)
{
    uint32_t what = TRY_OPEN;
    int got = -1;

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_TRY, &what, sizeof what, &got, sizeof got), CC_SUCCESS);
    ck_assert_int_eq(got, EACCES);
    what = TRY_FORK;
    ck_assert_int_eq(call(&enclave, F_TRY, &what, sizeof what, &got, sizeof got),
                     CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/degraded");
    TCase *tcase = tcase_of(suite, "degraded");

    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_test(tcase, enclave_runs_and_says_once_what_is_missing);
    tcase_add_test(tcase, identity_and_report_name_what_is_left);
    tcase_add_test(tcase, what_is_missing_can_be_demanded);
    tcase_add_test(tcase, filter_and_closed_memory_hold_without_the_rest);
    return suite_main(suite);
}
