/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sink.h - the one place a library says something nobody asked for: warnings (missing protections,
 * weakened modes), and debug lines when SECGEAR_LOG=debug.
 *
 * Goes to the callback if one is set, else to stderr. Never secrets, never a caller's bytes.
 * Layer: common/base. Threads: any; the callback must be thread-safe.
 */
#ifndef CC_BASE_SINK_H
#define CC_BASE_SINK_H

#include <stdatomic.h>

typedef void (*sink_callback)(int level, const char *line, void *arg); /* level: enclave_log.h */

enum { SINK_WARNING = 1, SINK_DEBUG = 3 };

void sink_set(sink_callback callback, void *arg); /* NULL: back to stderr */
void sink_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Several lines that belong together, each with its end: on stderr nobody's comes in between; a
 * callback gets one after the other, as warnings. */
void sink_lines(const char *lines);
void sink_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Once per process and place. */
#define SINK_WARN_ONCE(...)                                                                        \
    do {                                                                                           \
        static atomic_flag said = ATOMIC_FLAG_INIT;                                                \
        if (!atomic_flag_test_and_set(&said))                                                      \
            sink_warn(__VA_ARGS__);                                                                \
    } while (0)

#endif
