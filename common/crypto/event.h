/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * event.h - how runtime registers grow, the same for the device, the enclave and the verifier:
 *
 *   event    := SHA-256("SGEVENT-1" | number u8 | name_size u8 | name | SHA-256(data))
 *   register := SHA-256(register | event)
 *
 * Layer: common/crypto. Threads: no state.
 */
#ifndef CC_CRYPTO_EVENT_H
#define CC_CRYPTO_EVENT_H

#include "wire/event_log.h"

bool event_digest(const struct event *event, uint8_t ret_digest[static EVENT_DIGEST_SIZE])
    __attribute__((warn_unused_result));
bool register_extend(uint8_t value[static REPORT_HASH_SIZE],
                     const uint8_t digest[static EVENT_DIGEST_SIZE])
    __attribute__((warn_unused_result));
/* What the registers hold after the log, from zero. CC_ERROR_BAD_FORMAT. */
cc_enclave_result_t event_log_replay(struct view log,
                                     uint8_t ret_registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE])
    __attribute__((warn_unused_result));

#endif
