/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Cleared by each public call, so both are reached without a function: sixteen bytes of what a
 * library may claim when it is loaded, which the line itself would be too big for.
 */
_Thread_local bool detail_failed __attribute__((tls_model("initial-exec")));
static _Thread_local char *line __attribute__((tls_model("initial-exec"))); /* this thread's */

/* Lines end with their threads. */
static struct {
    pthread_once_t once;
    pthread_key_t key;
    bool made;
} lines = {.once = PTHREAD_ONCE_INIT};

/* Other destructors of this thread may still fail here: they get a line anew. */
static void line_end(void *own)
{
    free(own);
    line = NULL;
    detail_failed = false;
}

static void lines_begin(void)
{
    lines.made = pthread_key_create(&lines.key, line_end) == 0;
}

/* A library that is unloaded leaves no destructor behind that threads would call. */
__attribute__((destructor)) static void lines_end(void)
{
    if (lines.made)
        pthread_key_delete(lines.key);
}

/* False: no memory; then the code has to speak for itself. */
static bool line_ready(void)
{
    if (line != NULL)
        return true;
    pthread_once(&lines.once, lines_begin);
    if (!lines.made)
        return false;
    line = calloc(1, DETAIL_ROOM);
    if (line != NULL)
        pthread_setspecific(lines.key, line);
    return line != NULL;
}

/* One printable UTF-8 line: names of files may hold anything. */
static void line_tidy(void)
{
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

const char *detail_get(void)
{
    return detail_failed ? line : "";
}

cc_enclave_result_t detail_fail(cc_enclave_result_t code, const char *format, ...)
{
    va_list args;

    detail_failed = line_ready();
    if (!detail_failed)
        return code;
    va_start(args, format);
    vsnprintf(line, DETAIL_ROOM, format, args);
    va_end(args);
    line_tidy();
    return code;
}

void detail_prefix(const char *format, ...)
{
    char old[DETAIL_ROOM];
    va_list args;
    int used;

    snprintf(old, sizeof old, "%s", detail_get());
    detail_failed = line_ready();
    if (!detail_failed)
        return;
    va_start(args, format);
    used = vsnprintf(line, DETAIL_ROOM, format, args);
    va_end(args);
    if (used >= 0 && used < DETAIL_ROOM)
        snprintf(line + used, (size_t)(DETAIL_ROOM - used), "%s", old);
    line_tidy();
}
