/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_measure.h - what an enclave loads or decides while it runs, measured into registers of
 * its device that only grow and stand in each of its reports, with a log to replay them. An
 * addition to secGear's interface.
 */
#ifndef SECGEAR_MEASURE_H
#define SECGEAR_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_REGISTER_COUNT 4
#define CC_EVENT_NAME_MAX 64
#define CC_EVENT_MAX_COUNT 512

/* One event: a register, a name of 1 to CC_EVENT_NAME_MAX printable ASCII characters, and data of
 * which the SHA-256 is kept. */
typedef struct {
    uint32_t reg;
    const char *name;
    const void *data;
    size_t size;
} cc_event_t;

/**
 * Extends a runtime register by an event, and writes the event down. It can not be taken back.
 *
 * in      event  not NULL; data may be NULL when size is 0
 *
 * returns CC_SUCCESS               extended
 *         CC_ERROR_BAD_PARAMETERS  a NULL, no such register, a name of another form
 *         CC_ERROR_EXCESS_DATA     the log has CC_EVENT_MAX_COUNT events; nothing was extended
 *         CC_ERROR_COMMUNICATION   the device did not answer: whether it was extended is not known,
 *                                  and replaying the log says so
 *         CC_FAIL                  SHA-256 failed
 *
 * owner   the caller keeps all
 * threads any; events are in the order in which the calls take the lock
 * source  docs/protocol.md, Runtime registers
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_extend(const cc_event_t *event);

/**
 * Hands out the log of all events so far, for a verifier beside a report.
 *
 * out     log       the log; NULL asks for the size only
 * in/out  log_size  in: room in log; out: size of the log, also when too small
 *
 * returns CC_SUCCESS               log written
 *         CC_ERROR_SHORT_BUFFER    nothing written, *log_size is the room to bring
 *         CC_ERROR_BAD_PARAMETERS  log_size NULL
 *
 * owner   the caller
 * threads any
 * source  docs/protocol.md, Runtime registers
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_get_event_log(uint8_t *log, size_t *log_size);

#ifdef __cplusplus
}
#endif

#endif
