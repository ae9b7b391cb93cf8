/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report.c - cc_verify_report(): a report of a host program, by base values and policy.
 * Layer: libsecgear_verify. Threads: no state.
 */
#include "base/detail.h"
#include "base_value.h"
#include "files/parts.h"
#include "io/policy_file.h"
#include "sg_ra_report_verify.h"
#include "verify/judge.h"
#include "verify/policy.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPORT_MIN = 100, REPORT_MAX = 20000, NONCE_SIZE = MAX_NONCE_BUF_LEN };

static const char NO_COLLATERAL[] =
    "; put it into a folder that SECGEAR_COLLATERAL names, or into /etc/secgear/collateral";

struct asked {
    const cc_ra_buf_t *report;
    struct view nonce; /* without its zeros */
    cc_ra_verify_type_t type;
    const char *basevalue;
    const struct parts *collateral;
};

static cc_enclave_result_t policy_open(struct policy **ret_policy)
{
    struct buf json = BUF_EMPTY;
    char from[PATH_MAX];
    cc_enclave_result_t rc = policy_file_read(NULL, &json, from);

    if (rc == CC_SUCCESS) {
        rc = policy_parse(buf_view(&json), ret_policy);
        if (rc != CC_SUCCESS)
            detail_prefix("policy %s: ", from);
    }
    buf_free(&json);
    if (rc == CC_SUCCESS || rc == CC_ERROR_OUT_OF_MEMORY)
        return rc == CC_SUCCESS ? rc : CC_ERROR_RA_MEMORY;
    return CC_ERROR_RA_REPORT_VERIFY_SIGNATURE; /* nobody is trusted then */
}

/* Whose word it is comes first, then whether it answers us, then what it says. */
static int rank_of(const char *rule)
{
    static const char *const GENUINE[] = {"format",    "chain",     "ca",           "path_length",
                                          "key_usage", "device_id", "device_roots", "dates",
                                          "signature", "root",      "critical",     "key",
                                          "binding",   "memory",    "size"};

    for (size_t i = 0; i < sizeof GENUINE / sizeof GENUINE[0]; i++)
        if (strcmp(rule, GENUINE[i]) == 0)
            return 2;
    return strcmp(rule, "nonce") == 0 ? 1 : 0;
}

/* A report for the host is the host's by its nature; all other reasons count. */
static cc_enclave_result_t reasons_check(const struct asked *a, const struct cc_verify_result *v)
{
    static const cc_enclave_result_t CODES[] = {CC_ERROR_RA_REPORT_VERIFY_HASH,
                                                CC_ERROR_RA_REPORT_VERIFY_NONCE,
                                                CC_ERROR_RA_REPORT_VERIFY_SIGNATURE};
    const cc_verify_reason_t *worst = NULL;

    for (size_t i = 0; i < v->reason_count; i++) {
        const cc_verify_reason_t *r = &v->reasons[i];

        if (r->severity == CC_VERIFY_NOTE ||
            (r->severity == CC_VERIFY_RULE && strcmp(r->rule, "origin") == 0))
            continue;
        if (worst == NULL || rank_of(r->rule) > rank_of(worst->rule))
            worst = r;
    }
    if (worst != NULL)
        return detail_fail(CODES[rank_of(worst->rule)], "verify: %.400s%s", worst->sentence,
                           a->collateral->count == 0 &&
                                   strstr(worst->sentence, "collateral") != NULL
                               ? NO_COLLATERAL
                               : "");
    return v->overflowed ? detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                                       "verify: the report says more than a result holds")
                         : CC_SUCCESS;
}

static bool claim_is(const struct cc_verify_result *v, const char *name, const uint8_t *hash)
{
    const cc_verify_claim_t *claim = verdict_claim(v, name, 0);

    return claim != NULL && claim->kind == CC_VERIFY_CLAIM_BYTES &&
           view_equal(view_of(claim->data, claim->size), view_of(hash, BASE_VALUE_HASH_SIZE));
}

/* Our device measures an image before it loads it: there is one hash for both. */
static cc_enclave_result_t hashes_check(const struct asked *a, const struct cc_verify_result *v)
{
    bool ours = strcmp(v->tee, "sim") == 0;
    const cc_verify_claim_t *uuid = verdict_claim(v, "uuid", 0);
    struct base_value value;
    struct uuid found;

    if (uuid == NULL || !uuid_parse(view_of(uuid->data, uuid->size), &found))
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_HASH, "verify: uuid: one expected");
    if (base_value_read(a->basevalue, &found, &value) != CC_SUCCESS)
        return CC_ERROR_RA_REPORT_VERIFY_HASH;
    if (!claim_is(v, ours ? "mrenclave" : "ta_img", value.image))
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_HASH,
                           "verify: base values: the hash of another image expected");
    if (a->type == CC_RA_VERIFY_TYPE_STRICT &&
        !claim_is(v, ours ? "mrenclave" : "ta_mem", value.memory))
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_HASH,
                           "verify: base values: the hash of other memory expected");
    return CC_SUCCESS;
}

static bool is_judged_here(const char *tee)
{
    return strcmp(tee, "sim") == 0 || strcmp(tee, "itrustee") == 0;
}

static cc_enclave_result_t report_judge(const struct asked *a, const struct policy *policy,
                                        struct cc_verify_result *v)
{
    const cc_verify_blob_t blob = {"report", a->report->buf, a->report->len};
    const cc_verify_input_t input = {.evidence = &blob,
                                     .evidence_count = 1,
                                     .collateral = a->collateral->blobs,
                                     .collateral_count = a->collateral->count,
                                     .nonce = a->nonce.data,
                                     .nonce_size = a->nonce.size,
                                     .now_s = (uint64_t)time(NULL)};
    struct verifiers set;
    const struct judge_by by = {.set = &set, .policy = policy};
    cc_enclave_result_t rc;

    verifiers_builtin(&set);
    rc = judge_evidence(&by, &input, v);
    if (rc != CC_SUCCESS || !is_judged_here(v->tee))
        return detail_fail(CC_ERROR_RA_VERIFY_AGENT_NOT_INIT,
                           "verify: a report of a simulated device or of iTrustee expected");
    rc = reasons_check(a, v);
    return rc == CC_SUCCESS ? hashes_check(a, v) : rc;
}

/* By the collateral of this program's user. */
static cc_enclave_result_t report_verify(struct asked *a, const struct policy *policy)
{
    struct cc_verify_result *v = malloc(sizeof *v);
    struct parts *collateral = calloc(1, sizeof *collateral);
    cc_enclave_result_t rc = detail_fail(CC_ERROR_RA_MEMORY, "verify: out of memory");

    a->collateral = collateral;
    if (v != NULL && collateral != NULL)
        rc = parts_load_user(collateral) == CC_SUCCESS ? report_judge(a, policy, v)
                                                       : CC_ERROR_RA_REPORT_VERIFY_SIGNATURE;
    if (collateral != NULL)
        parts_free(collateral);
    free(collateral);
    free(v);
    return rc;
}

cc_enclave_result_t cc_verify_report(const cc_ra_buf_t *report, const cc_ra_buf_t *nonce,
                                     cc_ra_verify_type_t type, const char *basevalue)
{
    struct asked a = {.report = report, .type = type, .basevalue = basevalue};
    struct policy *policy = NULL;
    cc_enclave_result_t rc;

    detail_clear();
    if (report == NULL || report->buf == NULL || nonce == NULL || nonce->buf == NULL ||
        basevalue == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verify: an argument is NULL");
    if (type != CC_RA_VERIFY_TYPE_LOOSE && type != CC_RA_VERIFY_TYPE_STRICT)
        return detail_fail(CC_FAIL, "verify: type %d, loose (0) or strict (1) expected", (int)type);
    if (nonce->len == 0 || nonce->len > NONCE_SIZE || report->len < REPORT_MIN ||
        report->len > REPORT_MAX)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "verify: a nonce of 1 to %d bytes and a report of %d to %d expected, "
                           "found %u and %u",
                           NONCE_SIZE, REPORT_MIN, REPORT_MAX, nonce->len, report->len);
    a.nonce = view_of(nonce->buf, nonce->len);
    while (a.nonce.size > 1 && a.nonce.data[a.nonce.size - 1] == 0)
        a.nonce.size--; /* what is longer in the report must be zeros */
    rc = policy_open(&policy);
    if (rc != CC_SUCCESS)
        return rc;
    rc = report_verify(&a, policy);
    policy_free(policy);
    return rc;
}
