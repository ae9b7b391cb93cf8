/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Local attestation: statements about one enclave that another one on this device can check. */
#include "device.h"
#include "wire/local_report.h"
#include <string.h>

/* Debug and production twins have one MRENCLAVE: a debugger must not make reports for the other. */
static bool report_key_derive(const struct secret *root, const uint8_t *mrenclave, bool debug,
                              struct secret *ret_key)
{
    uint8_t info[64];
    struct writer w = writer_over(info, sizeof info);
    struct secret local;
    bool good;

    writer_put(&w, view_text("REPORT-1"));
    writer_put(&w, view_of(mrenclave, REPORT_HASH_SIZE));
    writer_u8(&w, debug);
    good = !w.failed && keys_derive(root, "local reports", &local) &&
           hkdf_expand(&local, writer_view(&w), ret_key->bytes, sizeof ret_key->bytes);
    wipe(&local, sizeof local);
    return good;
}

static bool report_write(const struct report_body *body, const struct secret *key, struct writer *w)
{
    uint8_t payload[LOCAL_REPORT_MAX_SIZE], structure[LOCAL_REPORT_MAX_SIZE], mac[SHA256_SIZE];
    struct writer payload_w = writer_over(payload, sizeof payload);
    struct writer structure_w = writer_over(structure, sizeof structure);

    report_body_encode(body, &payload_w);
    if (payload_w.failed ||
        !local_report_to_be_authenticated(writer_view(&payload_w), &structure_w) ||
        !hmac_sha256(VIEW_OF(key->bytes), writer_view(&structure_w), mac))
        return false;
    local_report_encode(writer_view(&payload_w), VIEW_OF(mac), w);
    return !w->failed;
}

/* One statement: about whom, who chose the user data, which, and who can check it. */
struct statement {
    const struct enclave *about;
    enum report_origin origin;
    const uint8_t *user_data;
    const uint8_t *target;
    bool target_debug;
};

static cc_enclave_result_t statement_write(struct device *device, const struct statement *s,
                                           struct writer *w)
{
    struct report_body body;
    struct secret key = {{0}};
    bool good = report_key_derive(device->keys.root, s->target, s->target_debug, &key) &&
                enclave_describe(device, s->about, &body);

    if (good) {
        body.purpose = REPORT_PURPOSE_LOCAL;
        body.origin = s->origin;
        memcpy(body.user_data, s->user_data, sizeof body.user_data);
        good = report_write(&body, &key, w);
    }
    wipe(&key, sizeof key);
    return good ? CC_SUCCESS : CC_ERROR_RA_GET_REPORT;
}

static void report_answer(const struct enclave *enclave, cc_enclave_result_t rc,
                          const struct writer *w)
{
    struct device_message answer = {.type = DEVICE_REPORT_IS, .numbers = {(uint64_t)rc}};

    if (rc == CC_SUCCESS)
        answer.bytes = writer_view(w);
    link_try_send(enclave->control.fd, &answer, NULL);
}

void enclave_local_report(struct device *device, struct enclave *enclave,
                          const struct device_message *request)
{
    uint8_t report[LOCAL_REPORT_MAX_SIZE];
    struct writer w = writer_over(report, sizeof report);
    cc_enclave_result_t rc = CC_ERROR_BAD_PARAMETERS;

    if (enclave->state != ENCLAVE_RUNNING)
        rc = CC_ERROR_BAD_STATE;
    else if (request->bytes.size == DEVICE_LOCAL_REPORT_SIZE && request->numbers[0] <= 1)
        rc = statement_write(device,
                             &(struct statement){
                                 .about = enclave,
                                 .origin = REPORT_ORIGIN_TA,
                                 .user_data = request->bytes.data + REPORT_HASH_SIZE,
                                 .target = request->bytes.data,
                                 .target_debug = request->numbers[0] == 1,
                             },
                             &w);
    report_answer(enclave, rc, &w);
}

void enclave_report_key(struct device *device, struct enclave *enclave)
{
    struct device_message answer = {.type = DEVICE_KEY_IS, .numbers = {CC_ERROR_BAD_STATE}};
    struct secret key = {{0}};

    if (enclave->state == ENCLAVE_RUNNING) {
        bool good =
            report_key_derive(device->keys.root, enclave->identity.mrenclave, enclave->debug, &key);

        answer.numbers[0] = good ? CC_SUCCESS : CC_ERROR_GENERIC;
        if (good)
            answer.bytes = VIEW_OF(key.bytes);
    }
    link_try_send(enclave->control.fd, &answer, NULL);
    wipe(&key, sizeof key);
}

/* Who runs what is nobody else's business, so a UUID finds enclaves of the asker's user only. */
const struct enclave *enclave_running(const struct device *device, const struct tenant *tenant,
                                      const uint8_t *uuid, uint64_t nth)
{
    for (const struct enclave *e = device->enclaves; e != NULL; e = e->next)
        if (e->state == ENCLAVE_RUNNING && e->tenant == tenant &&
            memcmp(e->identity.uuid.bytes, uuid, UUID_SIZE) == 0 && nth-- == 0)
            return e;
    return NULL;
}

/* About another enclave, which did not choose the user data: the origin says so. */
void enclave_attest(struct device *device, struct enclave *enclave,
                    const struct device_message *request)
{
    uint8_t report[LOCAL_REPORT_MAX_SIZE];
    struct writer w = writer_over(report, sizeof report);
    struct statement statement = {
        .origin = REPORT_ORIGIN_REE,
        .target = enclave->identity.mrenclave,
        .target_debug = enclave->debug,
    };
    cc_enclave_result_t rc = CC_ERROR_BAD_PARAMETERS;

    if (enclave->state != ENCLAVE_RUNNING) {
        rc = CC_ERROR_BAD_STATE;
    } else if (request->bytes.size == DEVICE_ATTEST_SIZE) {
        statement.about =
            enclave_running(device, enclave->tenant, request->bytes.data, request->numbers[0]);
        statement.user_data = request->bytes.data + UUID_SIZE;
        rc = statement.about != NULL ? statement_write(device, &statement, &w)
                                     : CC_ERROR_ITEM_NOT_FOUND;
    }
    report_answer(enclave, rc, &w);
}
