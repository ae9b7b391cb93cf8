/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device.h"
#include "base/detail.h"
#include "crypto/event.h"
#include "pretend.h"
#include <stdio.h>
#include <string.h>

/* All but the user data comes from our own records of the socket's owner, not from the enclave. */
bool enclave_describe(struct device *device, const struct enclave *enclave,
                      struct report_body *ret_body)
{
    const struct image_identity *identity = &enclave->identity;
    struct report_body body = {
        .level = enclave_level(device, enclave),
        .protections = enclave_protections(device, enclave),
        .debug = enclave->debug,
        .prod_id = identity->manifest.prod_id,
        .svn = identity->manifest.svn,
        .issued_at_s = pretend_time_s(device),
        .uuid = identity->uuid,
    };

    body.has_registers = true;
    snprintf(body.states, sizeof body.states, "%s", device->states_text);
    memcpy(body.registers, enclave->registers, sizeof body.registers);
    memcpy(body.device_id, device->keys.device_id, sizeof body.device_id);
    memcpy(body.mrenclave, identity->mrenclave, sizeof body.mrenclave);
    memcpy(body.mrsigner, identity->mrsigner, sizeof body.mrsigner);
    if (!tcb_measure(&device->tcb, body.mrtcb))
        return false;
    *ret_body = body;
    return true;
}

static bool purpose_known(uint64_t purpose)
{
    return purpose == REPORT_PURPOSE_APP || purpose == REPORT_PURPOSE_CHANNEL ||
           purpose == REPORT_PURPOSE_RA_TLS || purpose == REPORT_PURPOSE_LOCAL ||
           purpose == REPORT_PURPOSE_CLIENT;
}

static cc_enclave_result_t report_sign(struct device *device, struct tenant *tenant,
                                       const struct report_body *body, struct writer *w)
{
    const struct view chain[2] = {keys_cert(&device->keys, STATE_CERT_AK),
                                  keys_cert(&device->keys, STATE_CERT_DEVICE)};
    cc_enclave_result_t rc = keys_report(&device->keys.ak, chain, body, w);

    if (rc == CC_SUCCESS)
        tenant->report_count++;
    return rc;
}

void enclave_report(struct device *device, struct enclave *enclave,
                    const struct device_message *request)
{
    struct device_message answer = {.type = DEVICE_REPORT_IS, .numbers = {CC_ERROR_BAD_PARAMETERS}};
    uint8_t report[REPORT_MAX_SIZE];
    struct writer w = writer_over(report, sizeof report);
    struct report_body body;

    if (enclave->state == ENCLAVE_RUNNING && purpose_known(request->numbers[0]) &&
        request->bytes.size == REPORT_USER_DATA_SIZE) {
        answer.numbers[0] = CC_ERROR_RA_GET_REPORT;
        if (enclave_describe(device, enclave, &body)) {
            body.origin = REPORT_ORIGIN_TA;
            body.purpose = (enum report_purpose)request->numbers[0];
            memcpy(body.user_data, request->bytes.data, REPORT_USER_DATA_SIZE);
            answer.numbers[0] = (uint64_t)report_sign(device, enclave->tenant, &body, &w);
        }
    }
    if (answer.numbers[0] == CC_SUCCESS)
        answer.bytes = writer_view(&w);
    link_try_send(enclave->control.fd, &answer, NULL);
}

/* Attacker: the host, who chooses the user data; so the origin says host, which no verifier takes
 * for the enclave's own word. */
void connection_report(struct device *device, struct connection *connection,
                       const struct device_message *request)
{
    struct device_message answer = {.type = DEVICE_REE_REPORT_IS};
    const struct enclave *enclave = NULL;
    uint8_t report[REPORT_MAX_SIZE];
    struct writer w = writer_over(report, sizeof report);
    struct report_body body;

    if (request->bytes.size == DEVICE_ATTEST_SIZE)
        enclave = enclave_running(device, connection->tenant, request->bytes.data, 0);
    if (enclave == NULL) {
        connection_fail(connection, CC_ERROR_ITEM_NOT_FOUND,
                        "device: no enclave runs under this UUID on this device");
        return;
    }
    if (!enclave_describe(device, enclave, &body)) {
        connection_fail(connection, CC_ERROR_RA_GET_REPORT, "device: it can not be measured");
        return;
    }
    body.origin = REPORT_ORIGIN_REE;
    body.purpose = REPORT_PURPOSE_APP;
    memcpy(body.user_data, request->bytes.data + UUID_SIZE, REPORT_USER_DATA_SIZE);
    if (report_sign(device, connection->tenant, &body, &w) != CC_SUCCESS) {
        connection_fail(connection, CC_ERROR_RA_GET_REPORT, detail_get());
        return;
    }
    answer.bytes = writer_view(&w);
    link_try_send(connection->source.fd, &answer, NULL);
}

void enclave_extend(struct device *device, struct enclave *enclave,
                    const struct device_message *request)
{
    struct device_message answer = {.type = DEVICE_EXTENDED, .numbers = {CC_ERROR_BAD_PARAMETERS}};

    (void)device;
    if (enclave->state != ENCLAVE_RUNNING)
        answer.numbers[0] = CC_ERROR_BAD_STATE;
    else if (request->numbers[0] < REPORT_REGISTER_COUNT &&
             request->bytes.size == EVENT_DIGEST_SIZE)
        answer.numbers[0] =
            register_extend(enclave->registers[request->numbers[0]], request->bytes.data)
                ? CC_SUCCESS
                : CC_ERROR_GENERIC;
    link_try_send(enclave->control.fd, &answer, NULL);
}
