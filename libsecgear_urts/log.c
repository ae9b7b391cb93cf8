/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/codes.h"
#include "base/sink.h"
#include "log.h"
#include "enclave.h"
#include "enclave_log.h"
#include "ocall_log.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

enum { LINE_MAX_SIZE = 4096 };

int print_log(cc_enclave_level_t level, const char *fmt, ...)
{
    va_list args;
    int printed;

    va_start(args, fmt);
    printed = vfprintf(level == SECGEAR_LOG_LEVEL_NOTICE ? stdout : stderr, fmt, args);
    va_end(args);
    return printed;
}

bool log_to_syslog(void)
{
    const char *where = secure_getenv("SECGEAR_ENCLAVE_LOG");

    return where != NULL && strcmp(where, "syslog") == 0;
}

/* The priority is read off the text that PrintInfo() of an enclave begins with. */
static int priority_of(struct view line)
{
    static const struct {
        const char *mark;
        int priority;
    } levels[] = {{"[secGear][ERROR]", LOG_ERR},
                  {"[secGear][WARNING]", LOG_WARNING},
                  {"[secGear][STRACE]", LOG_INFO},
                  {"[secGear][DEBUG]", LOG_DEBUG}};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (line.size >= strlen(levels[i].mark) &&
            memcmp(line.data, levels[i].mark, strlen(levels[i].mark)) == 0)
            return levels[i].priority;
    return LOG_INFO;
}

void log_syslog(struct view line)
{
    bool marked = line.size >= 9 && memcmp(line.data, "[secGear]", 9) == 0;
    int size = line.size < LINE_MAX_SIZE ? (int)line.size : LINE_MAX_SIZE;

    syslog(LOG_USER | priority_of(line), "%s%.*s", marked ? "" : "[secGear] ", size,
           (const char *)line.data);
}

void cc_enclave_PrintInfo(const char *str)
{
    if (str != NULL && log_to_syslog())
        log_syslog(view_of(str, strlen(str)));
    else if (str != NULL)
        fprintf(stderr, "%s\n", str);
}

void cc_enclave_set_log(void (*callback)(int level, const char *line, void *arg), void *arg)
{
    sink_set(callback, arg);
}

CC_API_SPEC const char *cc_enclave_res2_str(cc_enclave_result_t res)
{
    return status_text(res);
}
