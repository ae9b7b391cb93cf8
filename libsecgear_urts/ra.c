/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "base/text.h"
#include "engine_sim.h"
#include "sg_ra_report.h"
#include "wire/pem.h"
#include "wire/report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

cc_enclave_result_t cc_prepare_ra_env(cc_ra_scenario_t scenario)
{
    const struct device_message question = {.type = DEVICE_ROOT};
    struct link_packet packet;

    detail_clear();
    if (scenario != CC_RA_SCENARIO_NO_AS)
        return detail_fail(CC_ERROR_RA_PRE_ENV_INVALID_SCENARIO,
                           "host: scenario %d, only CC_RA_SCENARIO_NO_AS is there", (int)scenario);
    if (sim_ask(&question, DEVICE_ROOT_IS, &packet) != CC_SUCCESS)
        return CC_ERROR_RA_PROVISION_NO_AS;
    link_packet_done(&packet);
    return CC_SUCCESS;
}

static void member_put(const char *name, struct view bytes, struct writer *w)
{
    writer_put(w, view_text(",\""));
    writer_put(w, view_text(name));
    writer_put(w, view_text("\":\""));
    base64url_encode(bytes, w);
    writer_put(w, view_text("\""));
}

/* Nothing but `evidence` counts; the rest repeats it for people and scripts. */
static void envelope_put(struct view evidence, const struct report_body *body, struct writer *w)
{
    char uuid[UUID_TEXT_ROOM], text[160];

    uuid_format(&body->uuid, uuid);
    writer_put(w, view_text("{\"tee\":\"sim\""));
    member_put("evidence", evidence, w);
    snprintf(text, sizeof text,
             ",\"payload\":{\"version\":\"TEE.RA.1.0\",\"timestamp\":\"%" PRIu64 "\"",
             body->issued_at_s);
    writer_put(w, view_text(text));
    member_put("nonce", VIEW_OF(body->user_data), w);
    snprintf(text, sizeof text, ",\"scenario\":\"sce_no_as\",\"uuid\":\"%s\"", uuid);
    writer_put(w, view_text(text));
    writer_put(w, view_text(",\"sign_alg\":\"ES256\""));
    member_put("ta_img", VIEW_OF(body->mrenclave), w);
    member_put("ta_mem", VIEW_OF(body->mrenclave), w);
    writer_put(w, view_text("}}"));
}

static cc_enclave_result_t input_check(const cc_get_ra_report_input_t *in,
                                       const cc_ra_buf_t *report, struct uuid *ret_uuid)
{
    if (in == NULL || in->taid == NULL || report == NULL || report->buf == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: in, taid, report, buf: none may be NULL");
    if (strnlen((const char *)in->taid, UUID_TEXT_ROOM) != UUID_TEXT_SIZE ||
        !uuid_parse(view_of(in->taid, UUID_TEXT_SIZE), ret_uuid))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: taid: a UUID of 36 characters expected");
    if (in->nonce_len > MAX_NONCE_BUF_LEN)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: nonce_len: at most %d expected, found %u", MAX_NONCE_BUF_LEN,
                           in->nonce_len);
    if (report->len < CC_RA_REPORT_MIN_ROOM || report->len >= CC_RA_REPORT_MAX_ROOM)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: report->len: its room, 0x%x or more and below 0x%x, found 0x%x",
                           CC_RA_REPORT_MIN_ROOM, CC_RA_REPORT_MAX_ROOM, report->len);
    if (in->req_key)
        return detail_fail(CC_ERROR_NOT_SUPPORTED, "host: req_key: no report carries a key yet");
    return CC_SUCCESS;
}

cc_enclave_result_t cc_get_ra_report(cc_get_ra_report_input_t *in, cc_ra_buf_t *report)
{
    uint8_t bytes[DEVICE_ATTEST_SIZE] = {0};
    const struct device_message question = {.type = DEVICE_REE_REPORT, .bytes = VIEW_OF(bytes)};
    struct link_packet packet;
    struct report decoded;
    struct uuid uuid;
    struct writer w;
    cc_enclave_result_t rc;

    detail_clear();
    rc = input_check(in, report, &uuid);
    if (rc != CC_SUCCESS)
        return rc;
    memcpy(bytes, uuid.bytes, UUID_SIZE);
    memcpy(bytes + UUID_SIZE, in->nonce, in->nonce_len);
    if (sim_ask(&question, DEVICE_REE_REPORT_IS, &packet) != CC_SUCCESS)
        return CC_ERROR_RA_GET_REPORT;
    w = writer_over(report->buf, report->len);
    rc = report_decode(packet.message.bytes, &decoded);
    if (rc == CC_SUCCESS)
        envelope_put(packet.message.bytes, &decoded.body, &w);
    link_packet_done(&packet);
    if (rc != CC_SUCCESS || w.failed)
        return detail_fail(CC_ERROR_RA_GET_REPORT, "host: the device's report is malformed");
    report->len = (uint32_t)w.size;
    return CC_SUCCESS;
}
