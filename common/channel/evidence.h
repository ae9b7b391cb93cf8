/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * evidence.h - the report that proves to the peer which enclave holds this end of its handshake:
 * purpose `channel` about one that is called, `client` about one that calls.
 * Layer: common/channel, for enclaves only. Threads: any.
 */
#ifndef CHANNEL_EVIDENCE_H
#define CHANNEL_EVIDENCE_H

#include "channel/schedule.h"
#include "wire/report.h"

struct evidence {
    uint8_t bytes[REPORT_MAX_SIZE];
    size_t size;
};

/* CC_ERROR_SEC_CHL_GET_RA_REPORT, also when the report is not the one that was asked for. */
cc_enclave_result_t evidence_make(enum report_purpose purpose,
                                  const uint8_t user_data[static SCHEDULE_USER_DATA_SIZE],
                                  struct evidence *ret_evidence)
    __attribute__((warn_unused_result));

/* CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT unless uuid is this enclave's own. */
cc_enclave_result_t evidence_uuid_check(const struct uuid *uuid)
    __attribute__((warn_unused_result));

#endif
