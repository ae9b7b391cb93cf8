/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * agent.c - the functions of rust_attestation_agent.h, on those of libsecgear_urts and
 * libsecgear_verify. Layer: libattestation_agent. Threads: any; the level is atomic.
 */
#include "base/detail.h"
#include "base/sink.h"
#include "enclave.h"
#include "io/policy_file.h"
#include "rust_attestation_agent.h"
#include "secgear_verify.h"
#include "sg_ra_report.h"
#include "wire/pem.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHALLENGE_MAX_SIZE = MAX_NONCE_BUF_LEN, UUID_SIZE_TEXT = 36, REPORT_ROOM = 0x3000 };

static atomic_bool quiet;

static const Vec_uint8_t NOTHING = {NULL, 0, 0};

static Vec_uint8_t failed(const char *call, const char *why)
{
    if (!atomic_load(&quiet))
        sink_warn("attestation agent: %s: %.400s", call, why);
    return NOTHING;
}

static struct view bytes_of(const Vec_uint8_t *vec)
{
    return vec != NULL && vec->ptr != NULL ? view_of(vec->ptr, vec->len) : VIEW_EMPTY;
}

void init_env_logger(const Vec_uint8_t *c_level)
{
    atomic_store(&quiet, view_equal(bytes_of(c_level), view_text("off")));
}

/* A copy with a zero byte behind. */
static Vec_uint8_t vec_make(const void *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    if (copy == NULL)
        return NOTHING;
    memcpy(copy, data, size);
    copy[size] = 0;
    return (Vec_uint8_t){copy, size, size + 1};
}

static bool challenge_read(const Vec_uint8_t *text, cc_get_ra_report_input_t *ret_in)
{
    struct writer w = writer_over(ret_in->nonce, CHALLENGE_MAX_SIZE);

    if (!base64url_decode(bytes_of(text), &w) || w.failed || w.size == 0)
        return false;
    ret_in->nonce_len = (uint32_t)w.size;
    return true;
}

Vec_uint8_t get_report(const Vec_uint8_t *c_challenge, const Tuple2_bool_bool_t *c_ima,
                       const Vec_uint8_t *c_uuid)
{
    char uuid[UUID_SIZE_TEXT + 1] = "";
    cc_get_ra_report_input_t in = {.taid = (uint8_t *)uuid};
    struct view name = bytes_of(c_uuid);
    uint8_t text[REPORT_ROOM];
    cc_ra_buf_t report = {sizeof text, text};
    Vec_uint8_t made;

    if (!challenge_read(c_challenge, &in))
        return failed("get_report", "challenge: base64url of 1 to 64 bytes expected");
    if (name.size != UUID_SIZE_TEXT)
        return failed("get_report", "uuid: 36 characters expected");
    if (c_ima != NULL && c_ima->_0 && c_ima->_1)
        return failed("get_report", "a log of the kernel (IMA) is not there on this device");
    memcpy(uuid, name.data, UUID_SIZE_TEXT);
    if (cc_prepare_ra_env(CC_RA_SCENARIO_NO_AS) != CC_SUCCESS ||
        cc_get_ra_report(&in, &report) != CC_SUCCESS)
        return failed("get_report", cc_enclave_error_detail());
    made = vec_make(text, report.len);
    return made.ptr != NULL ? made : failed("get_report", "out of memory");
}

/* The first reason that is more than a note; NULL: accepted. */
static const char *refusal_find(const cc_verify_result_t *result)
{
    const cc_verify_reason_t *r;

    if (cc_verify_result_verdict(result) != CC_VERIFY_REFUSED)
        return NULL;
    for (size_t i = 0; (r = cc_verify_result_reason(result, i)) != NULL; i++)
        if (r->severity != CC_VERIFY_NOTE)
            return r->sentence;
    return "refused";
}

static Vec_uint8_t report_judge(const cc_verify_t *set, const cc_verify_policy_t *policy,
                                const cc_verify_input_t *input)
{
    cc_verify_result_t *result = NULL;
    Vec_uint8_t made = NOTHING;
    const char *why;

    if (cc_verify_judge(set, policy, input, &result) != CC_SUCCESS)
        return failed("verify_report", cc_verify_error_detail());
    why = refusal_find(result);
    if (why == NULL) {
        char *text = cc_verify_result_json(result);

        made = text != NULL ? vec_make(text, strlen(text)) : NOTHING;
        why = "out of memory";
        free(text);
    }
    if (made.ptr == NULL)
        made = failed("verify_report", why);
    cc_verify_result_free(result);
    return made;
}

Vec_uint8_t verify_report(const Vec_uint8_t *c_challenge, const Vec_uint8_t *report)
{
    struct view bytes = bytes_of(report);
    const cc_verify_blob_t blob = {"report", bytes.data, bytes.size};
    cc_get_ra_report_input_t in = {.taid = NULL};
    cc_verify_input_t input = {.evidence = &blob, .evidence_count = 1};
    struct buf json = BUF_EMPTY;
    char from[PATH_MAX];
    cc_verify_policy_t *policy = NULL;
    cc_verify_collateral_t *collateral = NULL;
    cc_verify_t *set = cc_verify_new();
    Vec_uint8_t made;

    input.now_s = (uint64_t)time(NULL);
    if (bytes.size == 0 || !challenge_read(c_challenge, &in)) {
        made = failed("verify_report", "a report and base64url of 1 to 64 bytes expected");
    } else if (set == NULL || policy_file_read(NULL, &json, from) != CC_SUCCESS) {
        made = failed("verify_report", set == NULL ? "out of memory" : detail_get());
    } else if (cc_verify_policy_parse((const char *)json.data, json.size, &policy) != CC_SUCCESS) {
        made = failed("verify_report", cc_verify_error_detail());
    } else if (cc_verify_collateral_load(NULL, &collateral) != CC_SUCCESS) {
        made = failed("verify_report", cc_verify_error_detail());
    } else {
        input.collateral = cc_verify_collateral_parts(collateral, &input.collateral_count);
        input.nonce = in.nonce;
        input.nonce_size = in.nonce_len;
        made = report_judge(set, policy, &input);
    }
    buf_free(&json);
    cc_verify_collateral_free(collateral);
    cc_verify_policy_free(policy);
    cc_verify_free(set);
    return made;
}

void free_rust_vec(Vec_uint8_t vec)
{
    free(vec.ptr);
}
