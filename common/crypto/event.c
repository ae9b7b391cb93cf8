/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/event.h"
#include "base/detail.h"
#include "crypto/hash.h"
#include <string.h>

bool event_digest(const struct event *event, uint8_t ret_digest[static EVENT_DIGEST_SIZE])
{
    uint8_t bytes[16 + 2 + EVENT_NAME_MAX + EVENT_DIGEST_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);

    writer_put(&w, view_text("SGEVENT-1"));
    event_encode(event, &w);
    return !w.failed && sha256(writer_view(&w), ret_digest);
}

bool register_extend(uint8_t value[static REPORT_HASH_SIZE],
                     const uint8_t digest[static EVENT_DIGEST_SIZE])
{
    uint8_t both[REPORT_HASH_SIZE + EVENT_DIGEST_SIZE];

    memcpy(both, value, REPORT_HASH_SIZE);
    memcpy(both + REPORT_HASH_SIZE, digest, EVENT_DIGEST_SIZE);
    return sha256(VIEW_OF(both), value);
}

cc_enclave_result_t event_log_replay(struct view log,
                                     uint8_t ret_registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE])
{
    uint8_t registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE] = {{0}};
    uint8_t digest[EVENT_DIGEST_SIZE];
    struct reader events;
    uint32_t count = 0;
    cc_enclave_result_t rc = event_log_decode(log, &count, &events);

    for (uint32_t i = 0; rc == CC_SUCCESS && i < count; i++) {
        struct event event = event_take(&events);

        if (!event_digest(&event, digest) || !register_extend(registers[event.reg], digest))
            rc = detail_fail(CC_ERROR_GENERIC, "event log: SHA-256 failed");
    }
    if (rc == CC_SUCCESS)
        memcpy(ret_registers, registers, sizeof registers);
    return rc;
}
