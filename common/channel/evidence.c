/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/evidence.h"
#include "base/detail.h"
#include "wire/trts_internal.h"
#include <string.h>

_Static_assert((int)SCHEDULE_USER_DATA_SIZE == (int)REPORT_USER_DATA_SIZE, "one hash fills it");

/*
 * Whether the signed body is what this enclave asked for. Without this check whoever carries the
 * report could swap it for one of another device, and a client would name that device while sharing
 * keys with us (docs/protocol.md, "Why", 3).
 */
static bool body_is_ours(const struct report_body *body, enum report_purpose purpose,
                         const uint8_t *user_data)
{
    struct uuid uuid;
    bool debug;

    if (secgear_trts_identity(uuid.bytes, &debug) != CC_SUCCESS)
        return false;
    return body->origin == REPORT_ORIGIN_TA && body->purpose == purpose && body->debug == debug &&
           view_equal(VIEW_OF(body->uuid.bytes), VIEW_OF(uuid.bytes)) &&
           equal_ct(VIEW_OF(body->user_data), view_of(user_data, REPORT_USER_DATA_SIZE));
}

cc_enclave_result_t evidence_make(enum report_purpose purpose,
                                  const uint8_t user_data[static SCHEDULE_USER_DATA_SIZE],
                                  struct evidence *ret_evidence)
{
    uint8_t bytes[REPORT_MAX_SIZE];
    size_t size = sizeof bytes;
    struct report report;

    if (secgear_trts_report(purpose, user_data, bytes, &size) != CC_SUCCESS || size == 0 ||
        size > sizeof bytes)
        return detail_fail(CC_ERROR_SEC_CHL_GET_RA_REPORT,
                           "secure channel: the device gave no report");
    if (report_decode(view_of(bytes, size), &report) != CC_SUCCESS ||
        !body_is_ours(&report.body, purpose, user_data))
        return detail_fail(CC_ERROR_SEC_CHL_GET_RA_REPORT,
                           "secure channel: the report is not the one that was asked for");

    memcpy(ret_evidence->bytes, bytes, size);
    ret_evidence->size = size;
    return CC_SUCCESS;
}

cc_enclave_result_t evidence_uuid_check(const struct uuid *uuid)
{
    struct uuid own;
    bool debug;

    if (secgear_trts_identity(own.bytes, &debug) != CC_SUCCESS)
        return detail_fail(CC_ERROR_SEC_CHL_GET_RA_REPORT, "secure channel: no own identity");
    if (!view_equal(VIEW_OF(own.bytes), VIEW_OF(uuid->bytes)))
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "secure channel: the client wants another enclave");
    return CC_SUCCESS;
}
