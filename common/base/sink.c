/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/sink.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    pthread_mutex_t lock;
    sink_callback callback;
    void *arg;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER};

void sink_set(sink_callback callback, void *arg)
{
    pthread_mutex_lock(&sink.lock);
    sink.callback = callback;
    sink.arg = arg;
    pthread_mutex_unlock(&sink.lock);
}

__attribute__((format(printf, 2, 0))) static void sink_emit(int level, const char *format,
                                                            va_list args)
{
    sink_callback callback;
    char line[512];
    void *arg;

    vsnprintf(line, sizeof line, format, args);
    pthread_mutex_lock(&sink.lock);
    callback = sink.callback;
    arg = sink.arg;
    pthread_mutex_unlock(&sink.lock);

    if (callback != NULL)
        callback(level, line, arg); /* not under the lock: it may set another one */
    else
        fprintf(stderr, "secgear %s: %s\n", level == SINK_WARNING ? "warning" : "debug", line);
}

void sink_warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    sink_emit(SINK_WARNING, format, args);
    va_end(args);
}

void sink_lines(const char *lines)
{
    sink_callback callback;
    char line[512];
    void *arg;

    pthread_mutex_lock(&sink.lock);
    callback = sink.callback;
    arg = sink.arg;
    pthread_mutex_unlock(&sink.lock);
    if (callback == NULL) {
        fputs(lines, stderr);
        return;
    }
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n");

        snprintf(line, sizeof line, "%.*s", (int)size, lines);
        callback(SINK_WARNING, line, arg);
        lines += size + (lines[size] == '\n');
    }
}

void sink_debug(const char *format, ...)
{
    const char *wanted = secure_getenv("SECGEAR_LOG");
    va_list args;

    if (wanted == NULL || strcmp(wanted, "debug") != 0)
        return;
    va_start(args, format);
    sink_emit(SINK_DEBUG, format, args);
    va_end(args);
}
