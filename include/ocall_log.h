/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ocall_log.h - where a line printed inside an enclave ends up on the host.
 */
#ifndef SGX_LOG_H_
#define SGX_LOG_H_

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Prints one line of an enclave to stderr.
 *
 * in      str  text; NULL is ignored
 *
 * returns nothing
 *
 * owner   the caller keeps str
 * threads any
 * source  secGear ocall_log.h
 * sample  none yet
 */
__attribute__((visibility("default"))) void cc_enclave_PrintInfo(const char *str);

#ifdef __cplusplus
}
#endif

#endif
