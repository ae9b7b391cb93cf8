/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "forge.h"
#include "pretend.h"
#include "support.h"
#include "wire/crash.h"
#include "wire/states.h"
#include <signal.h>
#include <stdio.h>

static cc_enclave_result_t decode(const char *text, struct states *ret_states)
{
    return states_decode(view_text(text), ret_states);
}

START_TEST(states_decode_reads_each_word)
{
    struct states s = {.slow_ms = 7};

    ck_assert_int_eq(decode("tcb=out_of_date certificate=expired clock=-86400 create=no_thread "
                            "counters=disk_full device_dies=3 enclave_dies=1000000 slow=60000 "
                            "unconfined_insecure=valgrind",
                            &s),
                     CC_SUCCESS);
    ck_assert_int_eq(s.tcb, STATES_TCB_OUT_OF_DATE);
    ck_assert_int_eq(s.certificate, STATES_CERTIFICATE_EXPIRED);
    ck_assert_int_eq(s.clock_s, -86400);
    ck_assert_int_eq(s.create, STATES_CREATE_NO_THREAD);
    ck_assert_int_eq(s.counters, STATES_COUNTERS_DISK_FULL);
    ck_assert_uint_eq(s.device_dies, 3);
    ck_assert_uint_eq(s.enclave_dies, 1000000);
    ck_assert_uint_eq(s.slow_ms, 60000);
    ck_assert_int_eq(s.tool, STATES_TOOL_VALGRIND);
    ck_assert_str_eq(states_tcb_name(s.tcb), "OutOfDate");
    ck_assert_ptr_null(states_tcb_name(STATES_TCB_NONE));
}
END_TEST

static const char *const bad[] = {
    "",
    " ",
    "tcb=revoked ",
    " tcb=revoked",
    "tcb=revoked  slow=1",
    "tcb=Revoked",
    "tcb=",
    "=revoked",
    "tcb",
    "slow=60001",
    "slow=",
    "slow=+1",
    "slow=1 slow=1",
    "clock=+2147483648",
    "clock=1",
    "clock=+",
    "device_dies=0",
    "enclave_dies=1000001",
    "tcb=revoked\nslow=1",
    "unconfined=asan",
};

START_TEST(states_decode_refuses_what_it_does_not_know_and_leaves_the_output_alone)
{
    struct states s = {.slow_ms = 7};

    ck_assert_int_eq(decode(bad[_i], &s), CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(s.slow_ms, 7);
}
END_TEST

START_TEST(states_tidy_drops_comments_and_gaps)
{
    char text[STATES_TEXT_ROOM], longest[STATES_TEXT_MAX + 2];

    ck_assert(states_tidy(view_text("# none\n\n  tcb=revoked\t# why\r\nslow=1  \n"), text));
    ck_assert_str_eq(text, "tcb=revoked slow=1");
    memset(longest, 'x', sizeof longest);
    ck_assert(!states_tidy(VIEW_OF(longest), text));
}
END_TEST

/* Profile 3: what a test device signs; no state that a reader does not know gets through. */
START_TEST(report_says_what_its_device_pretends)
{
    struct forge *device = forge_new(1);
    struct view message;
    struct report r;

    device->body.has_registers = true;
    snprintf(device->body.states, sizeof device->body.states, "tcb=revoked slow=1");
    message = forge_report(device);
    ck_assert_int_eq(report_decode(message, &r), CC_SUCCESS);
    ck_assert_str_eq(r.body.states, "tcb=revoked slow=1");
    ck_assert(r.body.has_registers);
    for (size_t size = 0; size < message.size; size++)
        ck_assert_int_eq(report_decode(view_of(message.data, size), &r), CC_ERROR_BAD_FORMAT);
    snprintf(device->body.states, sizeof device->body.states, "tcb=perfect");
    ck_assert_int_eq(report_decode(forge_report(device), &r), CC_ERROR_BAD_FORMAT);
    forge_free(device);
}
END_TEST

static const struct {
    enum report_level level;
    bool serving;
    cc_enclave_result_t rc;
} started[] = {
    {REPORT_LEVEL_EMBEDDED, false, CC_SUCCESS},
    {REPORT_LEVEL_EMBEDDED, true, CC_ERROR_NOT_SUPPORTED},
    {REPORT_LEVEL_INSTALLED, false, CC_ERROR_NOT_SUPPORTED},
    {REPORT_LEVEL_SYSTEM, true, CC_ERROR_NOT_SUPPORTED},
    {REPORT_LEVEL_SYSTEM, false, CC_ERROR_NOT_SUPPORTED},
};

/* And is of the debug level then, with keys of its own. */
START_TEST(device_that_serves_or_is_installed_pretends_nothing)
{
    struct start start = {.level = started[_i].level,
                          .serving = started[_i].serving,
                          .state_folder = "/state",
                          .states = "tcb=revoked"};
    struct states s;

    ck_assert_int_eq(pretend_judge(&start, &s), started[_i].rc);
    if (started[_i].rc == CC_SUCCESS) {
        ck_assert_int_eq(start.level, REPORT_LEVEL_DEBUG);
        ck_assert_str_eq(start.state_folder, "/state/debug");
    } else {
        ck_assert_int_eq(start.level, started[_i].level);
        ck_assert_str_eq(start.state_folder, "/state");
    }
}
END_TEST

static struct crash_record crash_good(void)
{
    struct crash_record crash = {
        .signal = SIGSEGV, .thread = CRASH_THREAD_CALL, .frame_count = 1, .module_count = 1};

    atomic_init(&crash.state, CRASH_WHOLE);
    crash.frames[0] = 0x1010;
    crash.modules[0] = (struct crash_module){0x1000, 0x2000, "sg-image"};
    return crash;
}

static cc_enclave_result_t crash_judge(const struct crash_record *crash)
{
    struct crash_record out;

    return crash_decode(view_of(crash, CRASH_SIZE), &out);
}

START_TEST(crash_decode_bounds_what_an_enclave_writes)
{
    struct crash_record crash = crash_good(), out;

    ck_assert_int_eq(crash_judge(&crash), CC_SUCCESS);
    memset(crash.modules[0].name, '/', sizeof crash.modules[0].name);
    ck_assert_int_eq(crash_decode(view_of(&crash, CRASH_SIZE), &out), CC_SUCCESS);
    ck_assert_uint_eq(strlen(out.modules[0].name), CRASH_NAME_ROOM - 1);
    ck_assert_ptr_null(strchr(out.modules[0].name, '/'));
    ck_assert_ptr_eq(crash_module_of(&out, 0x1fff), &out.modules[0]);
    ck_assert_ptr_null(crash_module_of(&out, 0x2000));
    for (size_t size = 0; size < CRASH_SIZE; size++)
        ck_assert_int_eq(crash_decode(view_of(&crash, size), &out), CC_ERROR_BAD_FORMAT);
    crash = crash_good();
    crash.frame_count = CRASH_FRAMES_MAX + 1;
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
    crash = crash_good();
    crash.module_count = CRASH_MODULES_MAX + 1;
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
    crash = crash_good();
    crash.index = WINDOW_TCS_MAX;
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
    crash = crash_good();
    crash.modules[0].end = crash.modules[0].begin;
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
    crash = crash_good();
    crash.thread = 0;
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
    atomic_store(&crash.state, CRASH_NONE);
    ck_assert_int_eq(crash_judge(&crash), CC_ERROR_BAD_FORMAT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire/states");
    TCase *tcase = tcase_of(suite, "states");

    tcase_add_test(tcase, states_decode_reads_each_word);
    tcase_add_loop_test(tcase,
                        states_decode_refuses_what_it_does_not_know_and_leaves_the_output_alone, 0,
                        sizeof bad / sizeof bad[0]);
    tcase_add_test(tcase, states_tidy_drops_comments_and_gaps);
    tcase_add_test(tcase, report_says_what_its_device_pretends);
    tcase_add_loop_test(tcase, device_that_serves_or_is_installed_pretends_nothing, 0,
                        sizeof started / sizeof started[0]);
    tcase_add_test(tcase, crash_decode_bounds_what_an_enclave_writes);
    return suite_main(suite);
}
