/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/local_report.h"
#include "base/detail.h"
#include "wire/cbor.h"

enum { COSE_MAC0_TAG = 17, COSE_MAC0_COUNT = 4 }; /* RFC 9052, 6.2 */

/* {1: 5}: HMAC 256/256 (RFC 9053, 3.1). */
static const uint8_t PROTECTED[] = {0xa1, 0x01, 0x05};

bool local_report_to_be_authenticated(struct view payload, struct writer *w)
{
    cbor_put_array(w, 4);
    cbor_put_text(w, view_text("MAC0"));
    cbor_put_bytes(w, VIEW_OF(PROTECTED));
    cbor_put_bytes(w, VIEW_EMPTY); /* no external data */
    cbor_put_bytes(w, payload);
    return !w->failed;
}

void local_report_encode(struct view payload, struct view mac, struct writer *w)
{
    if (mac.size != LOCAL_REPORT_MAC_SIZE)
        w->failed = true;
    cbor_put_tag(w, COSE_MAC0_TAG);
    cbor_put_array(w, COSE_MAC0_COUNT);
    cbor_put_bytes(w, VIEW_OF(PROTECTED));
    cbor_put_map(w, 0);
    cbor_put_bytes(w, payload);
    cbor_put_bytes(w, mac);
}

cc_enclave_result_t local_report_decode(struct view message, struct local_report *ret_report)
{
    struct reader r = reader_over(message);
    struct local_report report;
    bool shaped = message.size <= LOCAL_REPORT_MAX_SIZE && cbor_take_tag(&r) == COSE_MAC0_TAG &&
                  cbor_take_array(&r, COSE_MAC0_COUNT) == COSE_MAC0_COUNT &&
                  view_equal(cbor_take_bytes(&r), VIEW_OF(PROTECTED)) && cbor_take_map(&r, 0) == 0;

    report.payload = cbor_take_bytes(&r);
    report.mac = cbor_take_bytes(&r);
    if (!shaped || !reader_done(&r) || report.mac.size != LOCAL_REPORT_MAC_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "local report: not a COSE_Mac0 of HMAC 256/256");
    if (!report_body_decode(report.payload, &report.body) ||
        report.body.purpose != REPORT_PURPOSE_LOCAL)
        return detail_fail(CC_ERROR_BAD_FORMAT, "local report: claims malformed, or not local");
    *ret_report = report;
    return CC_SUCCESS;
}
