/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char line[DETAIL_ROOM];

/* One printable UTF-8 line: names of files may hold anything. */
static void line_tidy(void)
{
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void detail_clear(void)
{
    line[0] = '\0';
}

const char *detail_get(void)
{
    return line;
}

cc_enclave_result_t detail_fail(cc_enclave_result_t code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    line_tidy();
    return code;
}

void detail_prefix(const char *format, ...)
{
    char old[DETAIL_ROOM];
    va_list args;
    int used;

    memcpy(old, line, sizeof old);
    va_start(args, format);
    used = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof line)
        snprintf(line + used, sizeof line - (size_t)used, "%s", old);
    line_tidy();
}
