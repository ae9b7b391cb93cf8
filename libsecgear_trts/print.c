/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "runtime.h"
#include "secgear_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINT_LINE_ROOM = 1024, WRITE_CHUNK = 4000 };

bool print_redirected;

enum print_stream { STREAM_STDOUT = 1, STREAM_STDERR = 2, STREAM_LOG = 3 };

/* Best effort: output has no caller that could handle an error. */
static void print_send(enum print_stream stream, const char *text, size_t size)
{
    uint8_t chunk[1 + WRITE_CHUNK];

    for (size_t part; size > 0; text += part, size -= part) {
        part = size < WRITE_CHUNK ? size : WRITE_CHUNK;
        chunk[0] = (uint8_t)stream;
        memcpy(chunk + 1, text, part);
        if (service_call(SERVICE_WRITE, view_of(chunk, part + 1), NULL, 0) != CC_SUCCESS)
            return;
    }
}

static ssize_t stdout_write(void *cookie, const char *text, size_t size)
{
    (void)cookie;
    print_send(STREAM_STDOUT, text, size);
    return (ssize_t)size;
}

static ssize_t stderr_write(void *cookie, const char *text, size_t size)
{
    (void)cookie;
    print_send(STREAM_STDERR, text, size);
    return (ssize_t)size;
}

static FILE *stream_open(cookie_write_function_t *write_function, int mode)
{
    cookie_io_functions_t functions = {.write = write_function};
    FILE *file = fopencookie(NULL, "w", functions);

    if (file != NULL && setvbuf(file, NULL, mode, BUFSIZ) != 0)
        return NULL;
    return file;
}

/* An enclave has no file descriptors to print to: its streams end in the host's. */
void print_redirect(void)
{
    FILE *out = stream_open(stdout_write, _IOLBF);
    FILE *err = stream_open(stderr_write, _IONBF);

    if (out == NULL || err == NULL)
        abort(); /* the zygote has no other way to say so, and no enclave yet */
    stdout = out;
    stderr = err;
    print_redirected = true;
}

__attribute__((cold)) void print_flush_now(void)
{
    fflush(stdout);
}

static const char *level_name(int level)
{
    static const char *const names[] = {"ERROR", "WARNING", "STRACE", "DEBUG"};

    return level >= 0 && level < (int)(sizeof names / sizeof names[0]) ? names[level] : "DEBUG";
}

void cc_enclave_vprint(int level, const char *fmt, va_list args)
{
    char line[PRINT_LINE_ROOM];
    size_t used = (size_t)snprintf(line, sizeof line, "[secGear][%s] ", level_name(level));
    int added = vsnprintf(line + used, sizeof line - used - 1, fmt, args);

    if (added < 0)
        return;
    used = strlen(line);
    if (line[used - 1] != '\n')
        line[used++] = '\n';
    print_flush();
    print_send(STREAM_LOG, line, used);
}
