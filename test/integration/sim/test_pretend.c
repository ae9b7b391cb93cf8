/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A device that is told to pretend (SECGEAR_DEVICE_STATES): each state is said, signed, in its
 * reports and judged by it; each fault arrives as the code that the real one gives.
 */
#include "common.h"
#include "secgear_counter.h"
#include "secgear_time.h"
#include "secgear_verify.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char command_output[65536];

static void begin(void)
{
    state_fresh();
    unsetenv("SECGEAR_ALLOW_ATTACH");
    unsetenv("SECGEAR_DEVICE_STATES");
    setenv("SECGEAR_DEVICE", "embedded", 1);
}

/* By the tools of the installed tree, in the folder of this test's state; exit status. */
static int run(const char *script)
{
    char command[8192], bin[4096];
    FILE *from;
    int status;

    snprintf(bin, sizeof bin, "%s", image_path("../../stage/bin"));
    snprintf(command, sizeof command, "PATH=%s:$PATH; IMAGE=%s; cd $XDG_STATE_HOME; { %s; } 2>&1",
             bin, image_path("debug.signed.so"), script);
    from = popen(command, "re");
    ck_assert_ptr_nonnull(from);
    command_output[fread(command_output, 1, sizeof command_output - 1, from)] = '\0';
    status = pclose(from);
    return WEXITSTATUS(status);
}

static void shows(const char *text)
{
    ck_assert_msg(strstr(command_output, text) != NULL, "no \"%s\" in:\n%s", text, command_output);
}

/* What the enclave left out reads as zero, but a signature (58 40, 64 bytes), which a report ends
 * with, may end with zeroes as well. */
static size_t report_size(const uint8_t *report, size_t room)
{
    size_t size = room;

    while (size > 0 && report[size - 1] == 0)
        size--;
    while (size > 66 && size < room && (report[size - 66] != 0x58 || report[size - 65] != 0x40))
        size++;
    return size;
}

/* A report of an enclave on such a device, in the file "evidence". */
static void evidence_take(const char *states)
{
    uint8_t user_data[64] = {7}, report[2048] = {0};
    char path[400];
    cc_enclave_t enclave = {0};
    size_t size;
    FILE *file;

    setenv("SECGEAR_DEVICE_STATES", states, 1);
    ck_assert_msg(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0,
                                    &enclave) == CC_SUCCESS,
                  "%s", cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_REPORT, user_data, sizeof user_data, report, sizeof report),
                     CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    size = report_size(report, sizeof report);
    snprintf(path, sizeof path, "%s/evidence", getenv("XDG_STATE_HOME"));
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(report, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* A policy that pins this device's root and accepts its level; more: what else it says. */
static void policy_make(const char *more)
{
    char script[4096];

    snprintf(script, sizeof script,
             "secgear device root >root.pem && secgear policy from-image $IMAGE --root root.pem "
             "--any-tcb-insecure --allow-embedded-device-insecure --allow-debug-enclave-insecure "
             "-o base.json "
             "&& sed 's/^{/{%s/' base.json | sed 's/\"schema\": *1/\"schema\": 2/' >policy.json",
             more);
    ck_assert_msg(run(script) == 0, "%s", command_output);
}

#define ALLOW "\"allow_device_states_insecure\": true, "
#define TEES(statuses)                                                                             \
    "\"tees\": {\"sim\": {\"tolerate_insecure\": [\"nonce\"], \"max_age_s\": 600" statuses "}}, "
#define LISTED ", \"tcb_status\": [\"OutOfDate\"]"

static const struct {
    const char *states, *policy;
    bool accepted;
    const char *reason; /* the rule that is named */
} judged[] = {
    {"tcb=up_to_date", TEES(""), false, "device_states"},
    {"tcb=up_to_date", ALLOW TEES(""), true, "device_states"},
    {"tcb=out_of_date", ALLOW TEES(""), false, "tcb_status: UpToDate expected, found OutOfDate"},
    {"tcb=out_of_date", ALLOW TEES(LISTED), true, "device_states"},
    {"tcb=configuration_needed", ALLOW TEES(""), false, "found ConfigurationNeeded"},
    {"tcb=hardening_needed", ALLOW TEES(LISTED), false, "found SWHardeningNeeded"},
    {"tcb=revoked", ALLOW TEES(LISTED), false, "found Revoked"},
    {"certificate=expired", ALLOW TEES(""), false, "dates"},
    {"clock=-86400", ALLOW TEES(""), false, "max_age_s"},
    {"clock=+86400", ALLOW TEES(""), false, "max_age_s"},
    {"slow=1", ALLOW TEES(""), true, "device_states"},
};

START_TEST(each_state_is_judged_as_if_it_were_so)
{
    evidence_take(judged[_i].states);
    policy_make(judged[_i].policy);
    ck_assert_msg((run("secgear verify --type sim --policy policy.json evidence") == 0) ==
                      judged[_i].accepted,
                  "%s: %s", judged[_i].states, command_output);
    shows(judged[_i].reason);
}
END_TEST

/* One whose policy pins the root of a device that pretends another vendor's. */
START_TEST(another_vendors_root_is_refused_by_its_rule)
{
    setenv("SECGEAR_DEVICE_STATES", "tcb=up_to_date", 1);
    policy_make(ALLOW TEES(""));
    evidence_take("certificate=other_root");
    ck_assert_int_ne(run("secgear verify --type sim --policy policy.json evidence"), 0);
    shows("device_roots");
}
END_TEST

/* Its keys are its own: who trusts the ordinary device of this user does not trust it. */
START_TEST(device_that_pretends_has_another_root_than_the_users_own)
{
    policy_make(ALLOW TEES(""));
    evidence_take("tcb=up_to_date");
    ck_assert_int_ne(run("secgear verify --type sim --policy policy.json evidence"), 0);
    shows("device_roots");
    ck_assert_int_eq(run("secgear device root | openssl x509 -noout -subject"), 0);
    shows("(debug device)");
}
END_TEST

START_TEST(states_come_from_a_file_as_well)
{
    char path[400];
    FILE *file;

    snprintf(path, sizeof path, "%s/states", getenv("XDG_STATE_HOME"));
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs("# of a test\n\ntcb=revoked   # no more\n  clock=+5\n", file);
    ck_assert_int_eq(fclose(file), 0);
    evidence_take(path);
    ck_assert_int_eq(run("grep -aq 'tcb=revoked clock=+5' evidence"), 0);
}
END_TEST

static const char *const nonsense[] = {"tcb=perfect",  "tcb",     "tcb=revoked tcb=revoked",
                                       "clock=5",      "slow=-1", "device_dies=0",
                                       "/nonexistent", "x=y",     "certificate=expired,slow=1"};

START_TEST(states_that_make_no_sense_are_an_error)
{
    cc_enclave_t enclave = {0};

    setenv("SECGEAR_DEVICE_STATES", nonsense[_i], 1);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0, 0, NULL,
                                       0, &enclave),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "SECGEAR_DEVICE_STATES"));
}
END_TEST

START_TEST(device_that_serves_does_not_start_with_states)
{
    char script[1024];

    snprintf(script, sizeof script,
             "env -u LD_LIBRARY_PATH timeout 200 %s/secgear-device --serve --listen "
             "$XDG_STATE_HOME/s --state "
             "$XDG_STATE_HOME/d --states tcb=revoked",
             image_path("../../stage/libexec/secgear"));
    ck_assert_int_eq(run(script), 1);
    shows("debug level");
    ck_assert_int_ne(run("test -e $XDG_STATE_HOME/s"), 0);
}
END_TEST

/* Nobody's device but one's own is told to pretend. */
START_TEST(shared_device_is_not_asked_to_pretend)
{
    cc_enclave_t enclave = {0};

    setenv("SECGEAR_DEVICE_STATES", "tcb=revoked", 1);
    setenv("SECGEAR_DEVICE", "user", 1);
    ck_assert_int_ne(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0, 0, NULL,
                                       0, &enclave),
                     CC_SUCCESS);
}
END_TEST

static cc_enclave_result_t counter_code(cc_enclave_t *enclave, uint8_t op)
{
    const uint8_t request[] = {op, 1 /* MRENCLAVE */, 3};
    uint8_t answer[9];

    return call(enclave, F_COUNT, request, sizeof request, answer, sizeof answer);
}

enum { AT_CREATE, AT_COUNTER_CREATE, AT_REPORT };

static const struct {
    const char *states;
    int at;
    cc_enclave_result_t code;
} faults[] = {
    {"create=no_memory", AT_CREATE, CC_ERROR_OUT_OF_MEMORY},
    {"create=no_thread", AT_CREATE, CC_ERROR_OUT_OF_MEMORY},
    {"device_dies=1", AT_CREATE, CC_ERROR_NO_DEVICE},
    {"enclave_dies=1", AT_CREATE, CC_ERROR_ENCLAVE_DEAD},
    {"counters=full", AT_COUNTER_CREATE, CC_ERROR_MC_USED_UP},
    {"counters=disk_full", AT_COUNTER_CREATE, CC_ERROR_STORAGE_NO_SPACE},
    {"enclave_dies=2", AT_COUNTER_CREATE, CC_ERROR_ENCLAVE_DEAD},
    {"device_dies=3", AT_COUNTER_CREATE, CC_ERROR_ENCLAVE_DEAD},
    {"slow=20", AT_COUNTER_CREATE, CC_SUCCESS},
    {"tcb=revoked", AT_COUNTER_CREATE, CC_SUCCESS},
};

START_TEST(each_fault_arrives_as_the_code_of_the_real_one)
{
    cc_enclave_t enclave = {0};
    cc_enclave_result_t rc;

    setenv("SECGEAR_DEVICE_STATES", faults[_i].states, 1);
    rc = cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0,
                           &enclave);
    ck_assert_msg(rc == (faults[_i].at == AT_CREATE ? faults[_i].code : CC_SUCCESS), "%s: %s: %s",
                  faults[_i].states, cc_enclave_res2_str(rc), cc_enclave_error_detail());
    if (faults[_i].at == AT_CREATE)
        return;
    rc = counter_code(&enclave, COUNT_CREATE);
    /* When its device dies, an enclave may still say so itself before it ends as well. */
    ck_assert_msg(rc == faults[_i].code ||
                      (rc == CC_ERROR_COMMUNICATION && faults[_i].code == CC_ERROR_ENCLAVE_DEAD),
                  "%s: %s", faults[_i].states, cc_enclave_res2_str(rc));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(enclaves_are_told_the_pretended_time)
{
    cc_enclave_t enclave = {0};
    cc_time_t told = {0};

    setenv("SECGEAR_DEVICE_STATES", "clock=-1000000", 1);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0, 0, NULL,
                                       0, &enclave),
                     CC_SUCCESS);
    ck_assert_int_eq(call(&enclave, F_TIME, NULL, 0, &told, sizeof told), CC_SUCCESS);
    ck_assert_int_lt((int64_t)told.seconds, (int64_t)time(NULL) - 900000);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(status_says_what_the_device_pretends)
{
    setenv("SECGEAR_DEVICE_STATES", "tcb=out_of_date slow=1", 1);
    ck_assert_msg(run("secgear device status") == 0, "%s", command_output);
    shows("pretends tcb=out_of_date slow=1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/pretend");
    TCase *tcase = tcase_of(suite, "pretend");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_loop_test(tcase, each_state_is_judged_as_if_it_were_so, 0,
                        sizeof judged / sizeof judged[0]);
    tcase_add_test(tcase, another_vendors_root_is_refused_by_its_rule);
    tcase_add_test(tcase, device_that_pretends_has_another_root_than_the_users_own);
    tcase_add_test(tcase, states_come_from_a_file_as_well);
    tcase_add_loop_test(tcase, states_that_make_no_sense_are_an_error, 0,
                        sizeof nonsense / sizeof nonsense[0]);
    tcase_add_test(tcase, device_that_serves_does_not_start_with_states);
    tcase_add_test(tcase, shared_device_is_not_asked_to_pretend);
    tcase_add_loop_test(tcase, each_fault_arrives_as_the_code_of_the_real_one, 0,
                        sizeof faults / sizeof faults[0]);
    tcase_add_test(tcase, enclaves_are_told_the_pretended_time);
    tcase_add_test(tcase, status_says_what_the_device_pretends);
    return suite_main(suite);
}
