/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/codes.h"
#include "base/sink.h"
#include "enclave.h"
#include "enclave_log.h"
#include "ocall_log.h"
#include <stdarg.h>
#include <stdio.h>

int print_log(cc_enclave_level_t level, const char *fmt, ...)
{
    va_list args;
    int printed;

    va_start(args, fmt);
    printed = vfprintf(level == SECGEAR_LOG_LEVEL_NOTICE ? stdout : stderr, fmt, args);
    va_end(args);
    return printed;
}

void cc_enclave_PrintInfo(const char *str)
{
    if (str != NULL)
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
