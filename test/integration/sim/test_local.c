/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Two real enclaves on one device: what they can prove to each other, and what a host can not. */
#include "common.h"
#include "secgear_identity.h"
#include "secgear_time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { REPORT_ROOM = 1024 + 2, FOR_SIZE = 97, SAID_SIZE = 96, NAME_SIZE = 102 };

static cc_enclave_t a, b;
static cc_enclave_identity_t a_is, b_is;

static void who(cc_enclave_t *enclave, cc_enclave_identity_t *ret_identity)
{
    ck_assert_int_eq(call(enclave, F_IDENTITY, NULL, 0, ret_identity, sizeof *ret_identity),
                     CC_SUCCESS);
}

static void begin(void)
{
    state_fresh();
    create_good(&a);
    ck_assert_int_eq(create("upgrade.signed.so", &b), CC_SUCCESS);
    who(&a, &a_is);
    who(&b, &b_is);
}

static void end(void)
{
    cc_enclave_destroy(&a);
    cc_enclave_destroy(&b);
}

static void report_of(cc_enclave_t *prover, const cc_enclave_identity_t *target, uint8_t *report)
{
    uint8_t in[FOR_SIZE] = {0};

    memcpy(in, target->mrenclave, 32);
    in[32] = target->debug;
    memset(in + 33, 0x42, 64);
    ck_assert_int_eq(call(prover, F_LOCAL_REPORT, in, sizeof in, report, REPORT_ROOM), CC_SUCCESS);
}

static size_t size_of(const uint8_t *report)
{
    return report[REPORT_ROOM - 2] + 256u * report[REPORT_ROOM - 1];
}

static cc_enclave_result_t check_by(cc_enclave_t *verifier, const uint8_t *report, size_t size,
                                    uint8_t said[SAID_SIZE])
{
    return call(verifier, F_LOCAL_CHECK, report, size, said, SAID_SIZE);
}

static cc_enclave_result_t attest_by(cc_enclave_t *verifier, const cc_enclave_identity_t *who_is,
                                     const uint8_t *mrenclave)
{
    char in[NAME_SIZE + 1] = "";
    size_t at = 0;

    for (size_t i = 0; i < 16; i++)
        at += (size_t)snprintf(in + at, 4, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", who_is->uuid[i]);
    for (size_t i = 0; i < 32; i++)
        snprintf(in + 37 + 2 * i, 3, "%02x", mrenclave[i]);
    return call(verifier, F_ATTEST, in, NAME_SIZE, NULL, 0);
}

START_TEST(enclaves_prove_to_each_other_who_they_are)
{
    uint8_t report[REPORT_ROOM] = {0}, said[SAID_SIZE];

    report_of(&b, &a_is, report);
    ck_assert_int_eq(check_by(&a, report, size_of(report), said), CC_SUCCESS);
    ck_assert_mem_eq(said, b_is.mrenclave, 32);
    ck_assert_int_eq(said[95], 0x42);
    ck_assert_mem_ne(a_is.mrenclave, b_is.mrenclave, 32);
    ck_assert_mem_eq(a_is.mrsigner, b_is.mrsigner, 32);
    ck_assert_uint_eq(b_is.svn, 4);
    ck_assert(a_is.protections & CC_PROTECTION_PERSISTENT);
    ck_assert(!(a_is.protections & CC_PROTECTION_ROLLBACK));
}
END_TEST

START_TEST(report_for_one_enclave_convinces_no_other)
{
    uint8_t report[REPORT_ROOM] = {0}, said[SAID_SIZE];
    size_t size;

    report_of(&b, &b_is, report);
    size = size_of(report);
    ck_assert_int_eq(check_by(&a, report, size, said), CC_ERROR_LOCAL_REPORT_INVALID);
    ck_assert_int_eq(check_by(&b, report, size, said), CC_SUCCESS);
    report[size / 2] ^= 1;
    ck_assert_int_eq(check_by(&b, report, size, said), CC_ERROR_LOCAL_REPORT_INVALID);
}
END_TEST

static uint8_t *elsewhere; /* shared with another program */

static void report_elsewhere(cc_enclave_t *enclave)
{
    report_of(enclave, &a_is, elsewhere);
}

/* The device of another user, say: same images, other keys. */
START_TEST(report_of_another_device_is_refused)
{
    uint8_t said[SAID_SIZE];
    char *home = strdup(getenv("XDG_STATE_HOME"));

    elsewhere = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    state_fresh();
    in_program("upgrade.signed.so", 0, report_elsewhere);
    ck_assert_int_eq(check_by(&a, elsewhere, size_of(elsewhere), said),
                     CC_ERROR_LOCAL_REPORT_INVALID);
    setenv("XDG_STATE_HOME", home, 1); /* the control: the same device in another process */
    in_program("upgrade.signed.so", 0, report_elsewhere);
    ck_assert_int_eq(check_by(&a, elsewhere, size_of(elsewhere), said), CC_SUCCESS);
    free(home);
}
END_TEST

START_TEST(local_attest_knows_who_runs)
{
    static const uint8_t zero[32];

    ck_assert_int_eq(attest_by(&a, &b_is, b_is.mrenclave), CC_SUCCESS);
    ck_assert_int_eq(attest_by(&a, &a_is, a_is.mrenclave), CC_SUCCESS); /* itself */
    ck_assert_int_eq(attest_by(&a, &b_is, zero), CC_ERROR_LOCAL_REPORT_HASH_MISMATCH);
    ck_assert_int_eq(cc_enclave_destroy(&b), CC_SUCCESS);
    /* The older release still runs under the UUID that both have from signer and product. */
    ck_assert_int_eq(attest_by(&a, &b_is, b_is.mrenclave), CC_ERROR_LOCAL_REPORT_HASH_MISMATCH);
    b_is.uuid[0] ^= 1;
    ck_assert_int_eq(attest_by(&a, &b_is, b_is.mrenclave), CC_ERROR_RA_GET_REPORT);
}
END_TEST

/* Both are forks of one zygote. */
START_TEST(enclaves_of_one_zygote_share_no_randomness_key_or_canary)
{
    uint8_t random[2][64], sealed[2][512] = {{0}}, in[] = {1, 'x'};
    uint64_t canary[2] = {0, 0};
    cc_enclave_t *const both[] = {&a, &b};

    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(call(both[i], F_RANDOM, NULL, 0, random[i], 64), CC_SUCCESS);
        ck_assert_int_eq(call(both[i], F_SEAL, in, sizeof in, sealed[i], 512), CC_SUCCESS);
        ck_assert_int_eq(call(both[i], F_CANARY, NULL, 0, &canary[i], 8), CC_SUCCESS);
    }
    for (size_t at = 0; at + 8 <= 64; at++)
        ck_assert_mem_ne(random[0] + at, random[1] + at, 8);
    ck_assert_mem_ne(sealed[0] + 80, sealed[1] + 80, 32); /* salts */
    ck_assert_int_ne(call(&b, F_UNSEAL, sealed[0], 140 + sizeof SEAL_TEXT + 1, in, sizeof in),
                     CC_SUCCESS);
#if defined(__x86_64__) && !defined(__clang__)
    ck_assert_uint_ne(canary[0], canary[1]);
    ck_assert_uint_ne(canary[0], 0);
#endif
}
END_TEST

START_TEST(enclave_is_told_the_time_and_its_source)
{
    time_t before = time(NULL);
    cc_time_t now, later;

    ck_assert_int_eq(call(&a, F_TIME, NULL, 0, &now, sizeof now), CC_SUCCESS);
    ck_assert_int_eq(call(&a, F_TIME, NULL, 0, &later, sizeof later), CC_SUCCESS);
    ck_assert_uint_ge(now.seconds, (uint64_t)before);
    ck_assert_uint_le(later.seconds, (uint64_t)time(NULL));
    ck_assert_int_eq(now.source, CC_TIME_SOURCE_KERNEL_CLOCK);
    ck_assert(later.seconds > now.seconds ||
              (later.seconds == now.seconds && later.nanoseconds >= now.nanoseconds));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/local");
    TCase *tcase = tcase_of(suite, "local");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, enclaves_prove_to_each_other_who_they_are);
    tcase_add_test(tcase, report_for_one_enclave_convinces_no_other);
    tcase_add_test(tcase, report_of_another_device_is_refused);
    tcase_add_test(tcase, local_attest_knows_who_runs);
    tcase_add_test(tcase, enclaves_of_one_zygote_share_no_randomness_key_or_canary);
    tcase_add_test(tcase, enclave_is_told_the_time_and_its_source);
    return suite_main(suite);
}
