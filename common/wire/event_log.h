/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * event_log.h - what an enclave measured into its runtime registers, in order: with it a verifier
 * computes again what the registers of a report must hold.
 *
 *   offset  size  field
 *        0     8  magic   "SGEVLOG1"
 *        8     4  count   little-endian, at most 512
 *       12        events, each: u8 register, u8 name_size (1 .. 64), name (printable ASCII),
 *                 digest (32): SHA-256 of the event's data
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_EVENT_LOG_H
#define CC_WIRE_EVENT_LOG_H

#include "wire/report.h"

enum {
    EVENT_NAME_MAX = 64,
    EVENT_DIGEST_SIZE = 32,
    EVENT_MAX_COUNT = 512,
    EVENT_LOG_HEADER_SIZE = 12,
    EVENT_LOG_MAX_SIZE =
        EVENT_LOG_HEADER_SIZE + EVENT_MAX_COUNT * (2 + EVENT_NAME_MAX + EVENT_DIGEST_SIZE),
};

struct event {
    uint8_t reg;      /* below REPORT_REGISTER_COUNT */
    struct view name; /* decoded: borrows */
    uint8_t digest[EVENT_DIGEST_SIZE];
};

bool event_valid(const struct event *event);

void event_log_header_encode(uint32_t count, struct writer *w);
void event_encode(const struct event *event, struct writer *w);

/* Checks all of it; then events are read one after the other: count times event_take(). */
cc_enclave_result_t event_log_decode(struct view log, uint32_t *ret_count,
                                     struct reader *ret_events)
    __attribute__((warn_unused_result)); /* CC_ERROR_BAD_FORMAT, output untouched */
struct event event_take(struct reader *events);

#endif
