/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_local_report.h - what two enclaves on one device tell each other about themselves, with
 * the device as their witness and the host as their messenger. An addition to secGear's interface.
 */
#ifndef SECGEAR_LOCAL_REPORT_H
#define SECGEAR_LOCAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secgear_identity.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_LOCAL_REPORT_MAX_SIZE 1024
#define CC_LOCAL_USER_DATA_SIZE 64

/* Who can check a report: take both from that enclave's cc_enclave_get_identity(). */
typedef struct {
    uint8_t mrenclave[CC_MEASUREMENT_SIZE];
    bool debug;
} cc_local_target_t;

typedef struct {
    cc_enclave_identity_t identity; /* of who asked for the report */
    uint8_t user_data[CC_LOCAL_USER_DATA_SIZE];
} cc_local_statement_t;

/**
 * Asks for a report about this enclave that one other enclave can check.
 *
 * in      target       who is to check it
 * in      user_data    CC_LOCAL_USER_DATA_SIZE bytes: the other's nonce, a hash of a key, ...
 * out     report       the report; NULL asks for the size only
 * in/out  report_size  in: room in report; out: size of the report, also when too small
 *
 * returns CC_SUCCESS               report written
 *         CC_ERROR_SHORT_BUFFER    nothing written, *report_size is the room to bring
 *         CC_ERROR_BAD_PARAMETERS  a NULL
 *         CC_ERROR_RA_GET_REPORT   the device did not answer, or refused
 *
 * owner   the caller keeps all buffers
 * threads any
 * source  RFC 9052, 6.2; docs/protocol.md, Local report
 * sample  samples/local_attest/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_get_local_report(const cc_local_target_t *target, const uint8_t *user_data,
                            uint8_t *report, size_t *report_size);

/**
 * Checks a report that another enclave made for this one. Whether that enclave is the right one,
 * and user_data fresh, is for the caller to judge.
 *
 * in      report       report_size bytes, from anybody
 * in      report_size  as received
 * out     statement    who says it, and what
 *
 * returns CC_SUCCESS                     it was made on this device for this enclave
 *         CC_ERROR_BAD_PARAMETERS        a NULL
 *         CC_ERROR_LOCAL_REPORT_INVALID  it was not; nothing written
 *         CC_ERROR_OUT_OF_MEMORY         no memory
 *         CC_ERROR_COMMUNICATION         the device did not answer
 *
 * owner   the caller
 * threads any
 * source  RFC 9052, 6.3; docs/protocol.md, Local report
 * sample  samples/local_attest/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_verify_local_report(const uint8_t *report, size_t report_size,
                               cc_local_statement_t *statement);

#ifdef __cplusplus
}
#endif

#endif
