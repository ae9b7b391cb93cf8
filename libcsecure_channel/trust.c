/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "trust.h"
#include "base/detail.h"
#include "channel/world.h"
#include "crypto/hash.h"
#include "verify/policy.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CACHE_COUNT = 64, KEPT_COUNT = 4 };

struct trust {
    unsigned users; /* with the lock; the table is one of them */
    uint8_t digest[SHA256_SIZE];
    struct policy *policy;
    struct buf json; /* of which it was parsed; kept where it names other types */
};

/* What was parsed last; places are taken in turn. */
static struct {
    pthread_mutex_t lock;
    struct trust *kept[KEPT_COUNT];
    size_t next;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_once_t cache_once = PTHREAD_ONCE_INIT;
static struct verify_cache *cache; /* NULL when there was no memory: chains verify each time */

static void cache_init(void)
{
    cache = verify_cache_new(CACHE_COUNT);
}

void trust_release(struct trust *trust)
{
    bool last;

    if (trust == NULL)
        return;
    pthread_mutex_lock(&table.lock);
    last = --trust->users == 0;
    pthread_mutex_unlock(&table.lock);
    if (!last)
        return;
    policy_free(trust->policy);
    buf_free(&trust->json);
    free(trust);
}

/* NULL: these bytes were not parsed lately. */
static struct trust *trust_find(const uint8_t digest[static SHA256_SIZE])
{
    struct trust *found = NULL;

    pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < KEPT_COUNT && found == NULL; i++)
        if (table.kept[i] != NULL &&
            view_equal(VIEW_OF(table.kept[i]->digest), view_of(digest, SHA256_SIZE)))
            found = table.kept[i];
    if (found != NULL)
        found->users++;
    pthread_mutex_unlock(&table.lock);
    return found;
}

/* The table becomes a second owner; whom it pushes out loses one. */
static void trust_keep(struct trust *trust)
{
    struct trust *pushed;

    pthread_mutex_lock(&table.lock);
    trust->users++;
    pushed = table.kept[table.next];
    table.kept[table.next] = trust;
    table.next = (table.next + 1) % KEPT_COUNT;
    pthread_mutex_unlock(&table.lock);
    trust_release(pushed);
}

/* A policy that can not be had is as none, but for want of memory. */
static cc_enclave_result_t load_code(cc_enclave_result_t rc)
{
    return rc == CC_ERROR_OUT_OF_MEMORY ? CC_ERROR_SEC_CHL_MEMORY
                                        : CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT;
}

static cc_enclave_result_t policy_take(struct view json, const char *from, struct trust **ret_trust)
{
    uint8_t digest[SHA256_SIZE];
    struct trust *trust;
    cc_enclave_result_t rc;

    if (!sha256(json, digest))
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "policy %s: out of memory", from);
    trust = trust_find(digest);
    if (trust == NULL) {
        trust = calloc(1, sizeof *trust);
        if (trust == NULL)
            return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "policy %s: out of memory", from);
        rc = policy_parse(json, &trust->policy);
        if (rc != CC_SUCCESS) {
            detail_prefix("policy %s: ", from);
            free(trust);
            return load_code(rc);
        }
        trust->users = 1;
        if (trust->policy->tees.count > 0 && !buf_copy(&trust->json, json)) {
            trust_release(trust);
            return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "policy %s: out of memory", from);
        }
        memcpy(trust->digest, digest, sizeof digest);
        trust_keep(trust);
    }
    *ret_trust = trust;
    return CC_SUCCESS;
}

/* path NULL: wherever the user has one. */
static cc_enclave_result_t policy_load(const char *path, struct trust **ret_trust)
{
    struct buf json = BUF_EMPTY;
    char from[PATH_MAX];
    cc_enclave_result_t rc;

    if (client_world.policy_read == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "secure channel: an enclave has no files: give policy_json");
    rc = client_world.policy_read(path, &json, from);
    if (rc == CC_SUCCESS)
        rc = policy_take(buf_view(&json), from, ret_trust);
    else
        rc = load_code(rc);
    buf_free(&json);
    return rc;
}

cc_enclave_result_t trust_load(const cc_sec_chl_client_opts_t *opts, struct trust **ret_trust)
{
    if (opts->policy_json != NULL && opts->policy_json_len > POLICY_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "policy of the options: larger than 1 MiB");
    if (opts->policy_json != NULL)
        return policy_take(view_of(opts->policy_json, opts->policy_json_len), "of the options",
                           ret_trust);
    return policy_load(opts->policy_path, ret_trust);
}

static void attested_fill(const struct report_body *body, cc_sec_chl_attested_t *ret_attested)
{
    cc_sec_chl_attested_t a;

    memset(&a, 0, sizeof a);
    a.struct_size = sizeof a;
    a.level = body->level;
    a.protections = body->protections;
    a.prod_id = body->prod_id;
    a.svn = body->svn;
    a.issued_at_s = body->issued_at_s;
    memcpy(a.uuid, body->uuid.bytes, sizeof a.uuid);
    memcpy(a.device_id, body->device_id, sizeof a.device_id);
    memcpy(a.mrenclave, body->mrenclave, sizeof a.mrenclave);
    memcpy(a.mrsigner, body->mrsigner, sizeof a.mrsigner);
    memcpy(a.mrtcb, body->mrtcb, sizeof a.mrtcb);
    a.debug = body->debug;
    a.simulated = true; /* the only profile that report_decode() accepts */
    *ret_attested = a;
}

/* Whether it claims to be of our device; the verifier decides whether it is. */
static bool is_ours(struct view evidence)
{
    static const char PROFILE[] = "tag:secgear,2026:simulated-tee/";

    return memmem(evidence.data, evidence.size, PROFILE, sizeof PROFILE - 1) != NULL;
}

/* Other vendors' evidence knows no levels, UUIDs and signers of ours: only the policy's claims. */
static cc_enclave_result_t others_check(const struct trust_request *request,
                                        cc_sec_chl_attested_t *ret_attested)
{
    const struct foreign_request asked = {buf_view(&request->trust->json), request->evidence,
                                          request->user_data, (uint64_t)time(NULL)};
    cc_sec_chl_attested_t a;
    cc_enclave_result_t rc;

    if (client_world.foreign_check == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "secure channel: an enclave judges evidence of this project's device "
                           "only");
    memset(&a, 0, sizeof a);
    a.struct_size = sizeof a;
    rc = client_world.foreign_check(&asked, &a.debug);
    if (rc == CC_SUCCESS)
        *ret_attested = a;
    return rc;
}

cc_enclave_result_t trust_check(const struct trust_request *request,
                                cc_sec_chl_attested_t *ret_attested)
{
    struct verify_request wanted = {.purpose = REPORT_PURPOSE_CHANNEL,
                                    .uuid = request->uuid,
                                    .user_data = request->user_data,
                                    .now_s = (uint64_t)time(NULL)};
    struct report_body body;
    cc_enclave_result_t rc;

    if (request->trust->json.size > 0 && !is_ours(request->evidence))
        return others_check(request, ret_attested);
    pthread_once(&cache_once, cache_init);
    rc = verify_evidence(request->trust->policy, request->verify_chain ? NULL : cache,
                         request->evidence, &wanted, &body);
    if (rc == CC_ERROR_SEC_CHL_INVALID_REPORT)
        return rc;
    if (rc != CC_SUCCESS)
        return CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT; /* which rule stands in the detail */

    attested_fill(&body, ret_attested);
    return CC_SUCCESS;
}
