/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char line[DETAIL_ROOM];

/* Whether the line counts. Cleared by each public call, so it is reached without a function: eight
 * bytes of what a library may claim when it is loaded, which the line itself would be too big for.
 */
static _Thread_local bool failed __attribute__((tls_model("initial-exec")));

/* One printable UTF-8 line: names of files may hold anything. */
static void line_tidy(void)
{
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void detail_clear(void)
{
    failed = false;
}

const char *detail_get(void)
{
    return failed ? line : "";
}

cc_enclave_result_t detail_fail(cc_enclave_result_t code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    line_tidy();
    failed = true;
    return code;
}

void detail_prefix(const char *format, ...)
{
    char old[DETAIL_ROOM];
    va_list args;
    int used;

    snprintf(old, sizeof old, "%s", detail_get());
    va_start(args, format);
    used = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof line)
        snprintf(line + used, sizeof line - (size_t)used, "%s", old);
    line_tidy();
    failed = true;
}
