/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trts_internal.h - what libsecgear_trts offers our own enclave libraries and the zygote, in its
 * version node SECGEAR_PRIVATE_1; in no public header.
 *
 * Layer: common/wire, enclave side. Threads: any.
 */
#ifndef CC_WIRE_TRTS_INTERNAL_H
#define CC_WIRE_TRTS_INTERNAL_H

#include "secgear_defs.h"
#include "status.h"
#include "wire/boot.h"

/*
 * A report with the given purpose (enum report_purpose) over 64 bytes of user data. Libraries use
 * their own purpose only; an application's cc_enclave_get_report() always gets REPORT_PURPOSE_APP.
 * report NULL or *report_size < REPORT_MAX_SIZE: CC_ERROR_SHORT_BUFFER and the size to bring.
 */
CC_API_SPEC cc_enclave_result_t secgear_trts_report(uint32_t purpose, const uint8_t *user_data,
                                                    uint8_t *report, size_t *report_size);

/* This enclave's UUID (16 bytes, network order) and whether it is a debug enclave. */
CC_API_SPEC cc_enclave_result_t secgear_trts_identity(uint8_t *ret_uuid, bool *ret_debug);

CC_API_SPEC void secgear_trts_prepare(void);
CC_API_SPEC cc_enclave_result_t secgear_trts_start(const struct trts_boot *boot,
                                                   const char **ret_reason);
CC_API_SPEC void secgear_trts_seed(void);
CC_API_SPEC void secgear_trts_watch(void *window, bool held);
CC_API_SPEC void secgear_trts_watch_thread(void);
CC_API_SPEC void secgear_trts_crashed(int signal, const siginfo_t *info, const void *context);

#endif
