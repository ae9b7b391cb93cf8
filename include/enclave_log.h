/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enclave_log.h - the host's log macros of secGear, and where this library's own warnings go.
 */
#ifndef SECGEAR_ENCLAVE_LOG_H
#define SECGEAR_ENCLAVE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _enclave_log_level {
    SECGEAR_LOG_LEVEL_ERROR = 0,
    SECGEAR_LOG_LEVEL_WARNING = 1,
    SECGEAR_LOG_LEVEL_NOTICE = 2,
    SECGEAR_LOG_LEVEL_DEBUG = 3
} cc_enclave_level_t;

#ifndef SECGEAR_DEBUG_LEVEL
#define SECGEAR_DEBUG_LEVEL SECGEAR_LOG_LEVEL_ERROR
#endif

/**
 * Prints one message of an application: notices to stdout, all others to stderr.
 *
 * in      level  how serious
 * in      fmt    printf format, then its arguments
 *
 * returns the number of bytes printed, negative on failure
 *
 * owner   the caller keeps all
 * threads any
 * source  secGear enclave_log.h
 * sample  samples/helloworld/host/main.c
 */
__attribute__((visibility("default"))) int print_log(cc_enclave_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Sends this library's own warnings, and debug lines under SECGEAR_LOG=debug, somewhere else than
 * stderr.
 *
 * in      callback  gets a level, one line without its end, and arg; NULL: back to stderr
 * in      arg       passed on
 *
 * returns nothing
 *
 * owner   arg stays the caller's and must live until another callback is set
 * threads any; the callback is called from whichever thread has something to say
 * source  ours
 * sample  none yet
 */
__attribute__((visibility("default"))) void
cc_enclave_set_log(void (*callback)(int level, const char *line, void *arg), void *arg);

#ifdef DEBUG_FILE_LINE
#define SECGEAR_LOG_AT_(LEVEL, NAME, FMT, ...)                                                     \
    print_log(LEVEL, NAME ":[%s %s:%d] " FMT, __func__, __FILE__, __LINE__, ##__VA_ARGS__)
#else
#define SECGEAR_LOG_AT_(LEVEL, NAME, FMT, ...)                                                     \
    print_log(LEVEL, NAME ":[%s] " FMT, __func__, ##__VA_ARGS__)
#endif
#define SECGEAR_LOG_IF_(LEVEL, NAME, ...)                                                          \
    do {                                                                                           \
        if ((int)(LEVEL) <= (int)SECGEAR_DEBUG_LEVEL)                                              \
            SECGEAR_LOG_AT_(LEVEL, NAME, __VA_ARGS__);                                             \
    } while (0)

#define print_error_goto(...)                                                                      \
    do {                                                                                           \
        SECGEAR_LOG_IF_(SECGEAR_LOG_LEVEL_ERROR, "ERROR", __VA_ARGS__);                            \
        goto done;                                                                                 \
    } while (0)
#define print_error_term(...) SECGEAR_LOG_IF_(SECGEAR_LOG_LEVEL_ERROR, "ERROR", __VA_ARGS__)
#define print_warning(...) SECGEAR_LOG_IF_(SECGEAR_LOG_LEVEL_WARNING, "WARNING", __VA_ARGS__)
#define print_notice(...) SECGEAR_LOG_IF_(SECGEAR_LOG_LEVEL_NOTICE, "NOTICE", __VA_ARGS__)
#define print_debug(...) SECGEAR_LOG_IF_(SECGEAR_LOG_LEVEL_DEBUG, "DEBUG", __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
