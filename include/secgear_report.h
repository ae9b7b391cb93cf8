/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_report.h - an enclave asks its device for a signed report about itself.
 */
#ifndef SECGEAR_REPORT_H
#define SECGEAR_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_REPORT_USER_DATA_SIZE 64
#define CC_REPORT_MAX_SIZE 2048

/**
 * Asks for a report: a COSE_Sign1 EAT that says what this enclave is, on which simulated device,
 * how well that one is isolated, and repeats user_data. Its purpose is always `app`.
 *
 * in      user_data    CC_REPORT_USER_DATA_SIZE bytes that the verifier expects
 * out     report       the report; NULL asks for the size only
 * in/out  report_size  in: room in report; out: size of the report, also when too small
 *
 * returns CC_SUCCESS               report written
 *         CC_ERROR_SHORT_BUFFER    nothing written, *report_size is the room to bring
 *         CC_ERROR_BAD_PARAMETERS  user_data or report_size NULL
 *         CC_ERROR_RA_GET_REPORT   the device did not answer, or refused
 *
 * owner   the caller keeps all buffers
 * threads any
 * source  RFC 9711; RFC 9052; docs/protocol.md
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_get_report(const uint8_t *user_data, uint8_t *report, size_t *report_size);

#ifdef __cplusplus
}
#endif

#endif
