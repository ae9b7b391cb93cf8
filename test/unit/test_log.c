/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Messages of enclaves to syslog; this program's own syslog() stands in for libc's. */
#include "log.h"
#include "ocall_log.h"
#include "support.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static char said[8192];
static int priority_said;

static void say(int priority, const char *format, va_list args)
{
    priority_said = priority;
    vsnprintf(said, sizeof said, format, args);
}

void syslog(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(priority, format, args);
    va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list args;

    (void)flag;
    va_start(args, format);
    say(priority, format, args);
    va_end(args);
}

START_TEST(messages_go_to_syslog_only_when_asked)
{
    unsetenv("SECGEAR_ENCLAVE_LOG");
    ck_assert(!log_to_syslog());
    setenv("SECGEAR_ENCLAVE_LOG", "stderr", 1);
    ck_assert(!log_to_syslog());
    setenv("SECGEAR_ENCLAVE_LOG", "syslog", 1);
    ck_assert(log_to_syslog());
    cc_enclave_PrintInfo("from generated code");
    ck_assert_str_eq(said, "[secGear] from generated code");
}
END_TEST

START_TEST(each_message_has_its_priority_and_its_mark_once)
{
    static const struct {
        const char *line;
        const char *expected;
        int priority;
    } rows[] = {{"[secGear][ERROR] bad", "[secGear][ERROR] bad", LOG_ERR},
                {"[secGear][WARNING] odd", "[secGear][WARNING] odd", LOG_WARNING},
                {"[secGear][STRACE] in", "[secGear][STRACE] in", LOG_INFO},
                {"[secGear][DEBUG] 1", "[secGear][DEBUG] 1", LOG_DEBUG},
                {"no mark", "[secGear] no mark", LOG_INFO},
                {"%s%n%s", "[secGear] %s%n%s", LOG_INFO}, /* never a format */
                {"", "[secGear] ", LOG_INFO}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        log_syslog(view_text(rows[i].line));
        ck_assert_str_eq(said, rows[i].expected);
        ck_assert_int_eq(priority_said, LOG_USER | rows[i].priority);
    }
}
END_TEST

START_TEST(long_messages_are_cut)
{
    static char line[100000];

    memset(line, 'x', sizeof line);
    log_syslog(view_of(line, sizeof line));
    ck_assert_uint_lt(strlen(said), 5000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_urts/log");
    TCase *tcase = tcase_of(suite, "log");

    tcase_add_test(tcase, messages_go_to_syslog_only_when_asked);
    tcase_add_test(tcase, each_message_has_its_priority_and_its_mark_once);
    tcase_add_test(tcase, long_messages_are_cut);
    return suite_main(suite);
}
