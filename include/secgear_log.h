/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_log.h - messages from inside an enclave, one line each, through the host to its stderr,
 * or to syslog when the host's environment says SECGEAR_ENCLAVE_LOG=syslog:
 *
 *     [secGear][ERROR|WARNING|STRACE|DEBUG] text
 *
 * PRINT_LEVEL, at compile time, is the highest level that is emitted (default PRINT_ERROR).
 */
#ifndef SECGEAR_LOG_H
#define SECGEAR_LOG_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PRINT_ERROR 0
#define PRINT_WARNING 1
#define PRINT_STRACE 2
#define PRINT_DEBUG 3

#ifndef PRINT_LEVEL
#define PRINT_LEVEL PRINT_ERROR
#endif

/**
 * Sends one formatted line to the host's log; PrintInfo() is the way to call it.
 *
 * in      level  PRINT_ERROR .. PRINT_DEBUG
 * in      fmt    printf format
 * in      args   its arguments
 *
 * returns nothing; a thread that is not serving a call has nobody to print to
 *
 * owner   the caller keeps all
 * threads any
 * source  secGear secgear_log.h
 * sample  samples/secure_channel/enclave/enclave.c
 */
__attribute__((visibility("default"))) void cc_enclave_vprint(int level, const char *fmt,
                                                              va_list args)
    __attribute__((format(printf, 2, 0)));

__attribute__((format(printf, 2, 3))) static inline void PrintInfo(int level, const char *fmt, ...)
{
    va_list args;

    if (level > PRINT_LEVEL)
        return;
    va_start(args, fmt);
    cc_enclave_vprint(level, fmt, args);
    va_end(args);
}

#ifdef __cplusplus
}
#endif

#endif
