/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_log.h - for compile tests of generated code where include/ has none yet.
 */
#ifndef TEST_SECGEAR_LOG_H
#define TEST_SECGEAR_LOG_H

#ifdef __cplusplus
extern "C" {
#endif
void PrintInfo(int level, const char *fmt, ...);
#ifdef __cplusplus
}
#endif

#define PRINT_ERROR 0
#define PRINT_WARNING 1
#define PRINT_STRACE 2
#define PRINT_DEBUG 3

#endif
