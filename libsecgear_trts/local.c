/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/text.h"
#include "control.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "secgear_local_report.h"
#include "sg_local_attest.h"
#include "wire/local_report.h"
#include <string.h>

/* A REPORT_IS with a report in it. */
static cc_enclave_result_t report_ask(const struct device_message *question,
                                      struct control_answer *ret_answer)
{
    if (control_ask(question, DEVICE_REPORT_IS, ret_answer) != CC_SUCCESS ||
        ret_answer->message.numbers[0] != CC_SUCCESS || ret_answer->message.bytes.size == 0 ||
        ret_answer->message.bytes.size > LOCAL_REPORT_MAX_SIZE)
        return CC_ERROR_RA_GET_REPORT;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_get_local_report(const cc_local_target_t *target,
                                                const uint8_t *user_data, uint8_t *report,
                                                size_t *report_size)
{
    uint8_t bytes[DEVICE_LOCAL_REPORT_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct device_message question = {.type = DEVICE_LOCAL_REPORT};
    struct control_answer answer;
    cc_enclave_result_t rc;

    if (target == NULL || user_data == NULL || report_size == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (report == NULL || *report_size < LOCAL_REPORT_MAX_SIZE) {
        *report_size = LOCAL_REPORT_MAX_SIZE;
        return CC_ERROR_SHORT_BUFFER;
    }
    writer_put(&w, VIEW_OF(target->mrenclave));
    writer_put(&w, view_of(user_data, REPORT_USER_DATA_SIZE));
    question.numbers[0] = target->debug;
    question.bytes = writer_view(&w);
    rc = report_ask(&question, &answer);
    if (rc != CC_SUCCESS)
        return rc;
    memcpy(report, answer.message.bytes.data, answer.message.bytes.size);
    *report_size = answer.message.bytes.size;
    return CC_SUCCESS;
}

/* With the key that only this enclave gets: made on this device, for us. */
static cc_enclave_result_t mac_check(const struct local_report *report)
{
    const struct device_message question = {.type = DEVICE_REPORT_KEY};
    uint8_t structure[LOCAL_REPORT_MAX_SIZE], mac[SHA256_SIZE];
    struct writer w = writer_over(structure, sizeof structure);
    struct secret key = {{0}};
    cc_enclave_result_t rc = control_key(&question, &key);

    if (rc == CC_SUCCESS && (!local_report_to_be_authenticated(report->payload, &w) ||
                             !hmac_sha256(VIEW_OF(key.bytes), writer_view(&w), mac) ||
                             !equal_ct(VIEW_OF(mac), report->mac)))
        rc = CC_ERROR_LOCAL_REPORT_INVALID;
    wipe(&key, sizeof key);
    wipe(mac, sizeof mac);
    return rc;
}

static cc_enclave_result_t local_check(struct view message, enum report_origin origin,
                                       struct report_body *ret_body)
{
    struct local_report report;
    cc_enclave_identity_t self;
    cc_enclave_result_t rc;

    if (local_report_decode(message, &report) != CC_SUCCESS)
        return CC_ERROR_LOCAL_REPORT_INVALID;
    rc = mac_check(&report);
    if (rc == CC_SUCCESS)
        rc = cc_enclave_get_identity(&self);
    if (rc != CC_SUCCESS)
        return rc;
    if (report.body.origin != origin ||
        !view_equal(VIEW_OF(report.body.device_id), VIEW_OF(self.device_id)))
        return CC_ERROR_LOCAL_REPORT_INVALID;
    *ret_body = report.body;
    return CC_SUCCESS;
}

static void statement_fill(const struct report_body *body, cc_local_statement_t *ret)
{
    cc_enclave_identity_t *identity = &ret->identity;

    *identity = (cc_enclave_identity_t){
        .prod_id = body->prod_id,
        .svn = body->svn,
        .debug = body->debug,
        .level = (uint32_t)body->level,
        .protections = body->protections,
    };
    memcpy(identity->uuid, body->uuid.bytes, sizeof identity->uuid);
    memcpy(identity->mrenclave, body->mrenclave, sizeof identity->mrenclave);
    memcpy(identity->mrsigner, body->mrsigner, sizeof identity->mrsigner);
    memcpy(identity->device_id, body->device_id, sizeof identity->device_id);
    memcpy(ret->user_data, body->user_data, sizeof ret->user_data);
}

cc_enclave_result_t cc_enclave_verify_local_report(const uint8_t *report, size_t report_size,
                                                   cc_local_statement_t *statement)
{
    uint8_t copy[LOCAL_REPORT_MAX_SIZE]; /* the host may own the memory */
    cc_enclave_identity_t self;
    struct report_body body;
    cc_enclave_result_t rc;

    if (report == NULL || statement == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (report_size > sizeof copy)
        return CC_ERROR_LOCAL_REPORT_INVALID;
    memcpy(copy, report, report_size);
    rc = local_check(view_of(copy, report_size), REPORT_ORIGIN_TA, &body);
    if (rc == CC_SUCCESS)
        rc = cc_enclave_get_identity(&self);
    if (rc != CC_SUCCESS)
        return rc;
    statement_fill(&body, statement);
    statement->identity.tcb_svn = self.tcb_svn; /* the same device */
    return CC_SUCCESS;
}

/* What cc_local_attest() looks for. */
struct expected {
    struct uuid uuid;
    uint8_t image[REPORT_HASH_SIZE];
    uint8_t memory[REPORT_HASH_SIZE];
    uint8_t nonce[REPORT_USER_DATA_SIZE];
};

static bool hash_parse(const char *text, uint8_t ret_hash[static REPORT_HASH_SIZE])
{
    const size_t digits = (size_t)2 * REPORT_HASH_SIZE;

    return text != NULL && strnlen(text, digits + 1) == digits &&
           strspn(text, "0123456789abcdef") == digits &&
           hex_parse(text, ret_hash, REPORT_HASH_SIZE);
}

static cc_enclave_result_t body_judge(const struct report_body *body,
                                      const struct expected *expected)
{
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_get_identity(&self);

    if (rc != CC_SUCCESS)
        return CC_ERROR_RA_GET_REPORT;
    if (!equal_ct(VIEW_OF(body->user_data), VIEW_OF(expected->nonce)) ||
        !view_equal(VIEW_OF(body->uuid.bytes), VIEW_OF(expected->uuid.bytes)) ||
        (body->debug && !self.debug))
        return CC_ERROR_LOCAL_REPORT_INVALID;
    return equal_ct(VIEW_OF(body->mrenclave), VIEW_OF(expected->image)) &&
                   equal_ct(VIEW_OF(body->mrenclave), VIEW_OF(expected->memory))
               ? CC_SUCCESS
               : CC_ERROR_LOCAL_REPORT_HASH_MISMATCH;
}

/* The nth enclave that runs under the UUID: anybody may sign an image with anybody's. */
static cc_enclave_result_t nth_attest(struct expected *expected, uint64_t nth)
{
    uint8_t bytes[DEVICE_ATTEST_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct device_message question = {.type = DEVICE_ATTEST, .numbers = {nth}};
    struct control_answer answer;
    struct report_body body;
    cc_enclave_result_t rc;

    if (!random_fill(expected->nonce, sizeof expected->nonce))
        return CC_ERROR_RA_GET_REPORT;
    writer_put(&w, VIEW_OF(expected->uuid.bytes));
    writer_put(&w, VIEW_OF(expected->nonce));
    question.bytes = writer_view(&w);
    rc = report_ask(&question, &answer);
    if (rc == CC_SUCCESS)
        rc = local_check(answer.message.bytes, REPORT_ORIGIN_REE, &body);
    return rc == CC_SUCCESS ? body_judge(&body, expected) : rc;
}

cc_enclave_result_t cc_local_attest(const char *taid, const char *img_hash, const char *mem_hash)
{
    struct expected expected;
    cc_enclave_result_t rc, first = CC_SUCCESS;

    if (taid == NULL || strnlen(taid, UUID_TEXT_ROOM) != UUID_TEXT_SIZE ||
        !uuid_parse(view_text(taid), &expected.uuid) || !hash_parse(img_hash, expected.image) ||
        !hash_parse(mem_hash, expected.memory))
        return CC_ERROR_BAD_PARAMETERS;
    for (uint64_t nth = 0;; nth++) {
        rc = nth_attest(&expected, nth);
        if (rc == CC_ERROR_RA_GET_REPORT && first != CC_SUCCESS)
            return first; /* there is no further one */
        if (rc != CC_ERROR_LOCAL_REPORT_INVALID && rc != CC_ERROR_LOCAL_REPORT_HASH_MISMATCH)
            return rc;
        if (first == CC_SUCCESS)
            first = rc;
    }
}
