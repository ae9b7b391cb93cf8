/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a real enclave measures while it runs, as its verifier sees it: report and log in files, and
 * the installed secgear.
 */
#include "common.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_ROOM = 2048, LOG_ROOM = 4096, EVENT_SIZE = 39, HEADER_SIZE = 12 };

static cc_enclave_t enclave;
static char report_path[512], log_path[512];

static void begin(void)
{
    state_fresh();
    snprintf(report_path, sizeof report_path, "%s/report", getenv("XDG_STATE_HOME"));
    snprintf(log_path, sizeof log_path, "%s/log", getenv("XDG_STATE_HOME"));
    create_good(&enclave);
}

static void end(void)
{
    cc_enclave_destroy(&enclave);
}

static void file_put(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

/* A CBOR item's own size: of a report the signature is the end, 64 bytes behind 0x58 0x40. */
static size_t report_size(const uint8_t *report)
{
    size_t size = 0;

    for (size_t at = 2; at + 64 <= REPORT_ROOM; at++)
        if (report[at - 2] == 0x58 && report[at - 1] == 0x40)
            size = at + 64;
    return size;
}

static void report_put(void)
{
    static uint8_t report[REPORT_ROOM];
    uint8_t user_data[64] = {1};

    memset(report, 0, sizeof report);
    ck_assert_int_eq(call(&enclave, F_REPORT, user_data, sizeof user_data, report, sizeof report),
                     CC_SUCCESS);
    file_put(report_path, report, report_size(report));
}

static void log_put(size_t events)
{
    static uint8_t log[LOG_ROOM];

    ck_assert_int_eq(call(&enclave, F_LOG, NULL, 0, log, sizeof log), CC_SUCCESS);
    file_put(log_path, log, HEADER_SIZE + events * EVENT_SIZE);
}

static void extend(uint8_t reg, const char *data)
{
    uint8_t in[64] = {reg};

    memcpy(in + 1, data, strlen(data));
    ck_assert_int_eq(call(&enclave, F_EXTEND, in, 1 + strlen(data), NULL, 0), CC_SUCCESS);
}

/* Exit status; what it printed. */
static int secgear_show(char *ret_text, size_t room)
{
    char command[2048];
    FILE *out;
    size_t size;

    snprintf(command, sizeof command, "%s report show --log %s %s 2>&1",
             image_path("../../stage/bin/secgear"), log_path, report_path);
    out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    size = fread(ret_text, 1, room - 1, out);
    ret_text[size] = '\0';
    return pclose(out);
}

START_TEST(report_and_log_of_an_enclave_fit_together)
{
    char text[8192];

    extend(1, "a model");
    extend(1, "its configuration");
    extend(2, "a key");
    report_put();
    log_put(3);
    ck_assert_msg(secgear_show(text, sizeof text) == 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "register 1 agrees"));
    ck_assert_ptr_nonnull(strstr(text, "event 2      register 2, event"));
    ck_assert_ptr_nonnull(strstr(text, "NOT verified"));
}
END_TEST

START_TEST(a_log_that_hides_an_event_does_not_fit)
{
    char text[8192];

    extend(1, "a model");
    log_put(1);
    extend(1, "something that the host keeps quiet about");
    report_put();
    ck_assert_msg(secgear_show(text, sizeof text) != 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "register 1 DIFFERS"));
}
END_TEST

START_TEST(registers_of_one_enclave_are_not_anothers)
{
    char text[8192];
    cc_enclave_t other;

    extend(0, "of the first");
    ck_assert_int_eq(create("enclave.signed.so", &other), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    enclave = other;
    report_put();
    log_put(0);
    ck_assert_msg(secgear_show(text, sizeof text) == 0, "%s", text); /* all zero, empty log */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/measure");
    TCase *tcase = tcase_of(suite, "measure");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, report_and_log_of_an_enclave_fit_together);
    tcase_add_test(tcase, a_log_that_hides_an_event_does_not_fit);
    tcase_add_test(tcase, registers_of_one_enclave_are_not_anothers);
    return suite_main(suite);
}
