/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api.c - the functions of secgear_verify.h, on top of attestation/verify.
 * Layer: libsecgear_verify. Threads: a set and a policy are read-only once made.
 */
#include "base/detail.h"
#include "files/parts.h"
#include "files/plugin.h"
#include "secgear_verify.h"
#include "verify/judge.h"
#include "verify/policy.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cc_verify {
    struct verifiers set;
    struct plugins plugins;
};

struct cc_verify_policy {
    struct policy *policy;
};

cc_verify_t *cc_verify_new(void)
{
    cc_verify_t *verify = calloc(1, sizeof *verify);

    if (verify != NULL)
        verifiers_builtin(&verify->set);
    return verify;
}

/* Beside this library. */
static bool installed_path(char ret_path[static PATH_MAX])
{
    Dl_info info;
    const char *slash;
    int made;

    if (dladdr((void *)(uintptr_t)&cc_verify_load, &info) == 0)
        return false;
    slash = strrchr(info.dli_fname, '/');
    if (slash == NULL)
        return false;
    made = snprintf(ret_path, PATH_MAX, "%.*s/" PLUGINS_FOLDER, (int)(slash - info.dli_fname),
                    info.dli_fname);
    return made > 0 && made < PATH_MAX;
}

cc_enclave_result_t cc_verify_load(cc_verify_t *verify, const char *folder)
{
    char own[PATH_MAX];

    detail_clear();
    if (verify == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verify: a set of verifiers expected");
    if (folder != NULL)
        return plugins_load(&verify->plugins, &verify->set, folder, false);
    return installed_path(own) ? plugins_load(&verify->plugins, &verify->set, own, true)
                               : CC_SUCCESS;
}

void cc_verify_free(cc_verify_t *verify)
{
    if (verify == NULL)
        return;
    plugins_free(&verify->plugins);
    free(verify);
}

cc_enclave_result_t cc_verify_policy_parse(const char *json, size_t size,
                                           cc_verify_policy_t **policy)
{
    cc_verify_policy_t *made;
    cc_enclave_result_t rc;

    detail_clear();
    if (json == NULL || policy == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verify: a policy expected, found NULL");
    made = malloc(sizeof *made);
    if (made == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "verify: out of memory");
    rc = policy_parse(view_of(json, size), &made->policy);
    if (rc != CC_SUCCESS)
        free(made);
    else
        *policy = made;
    return rc;
}

void cc_verify_policy_free(cc_verify_policy_t *policy)
{
    if (policy == NULL)
        return;
    policy_free(policy->policy);
    free(policy);
}

struct cc_verify_collateral {
    struct parts parts;
};

cc_enclave_result_t cc_verify_collateral_load(const char *path, cc_verify_collateral_t **collateral)
{
    cc_verify_collateral_t *made;
    cc_enclave_result_t rc;

    detail_clear();
    if (collateral == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verify: an argument is NULL");
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "verify: out of memory");
    rc = path != NULL ? parts_load(path, false, &made->parts) : parts_load_user(&made->parts);
    if (rc != CC_SUCCESS)
        cc_verify_collateral_free(made);
    else
        *collateral = made;
    return rc;
}

const cc_verify_blob_t *cc_verify_collateral_parts(const cc_verify_collateral_t *collateral,
                                                   size_t *count)
{
    *count = collateral->parts.count;
    return collateral->parts.blobs;
}

void cc_verify_collateral_free(cc_verify_collateral_t *collateral)
{
    if (collateral == NULL)
        return;
    parts_free(&collateral->parts);
    free(collateral);
}

struct cc_verify_cache {
    struct verify_cache *cache;
};

cc_verify_cache_t *cc_verify_cache_new(size_t entries)
{
    cc_verify_cache_t *made = malloc(sizeof *made);

    if (made == NULL)
        return NULL;
    made->cache = verify_cache_new(entries);
    if (made->cache == NULL) {
        free(made);
        return NULL;
    }
    return made;
}

void cc_verify_cache_free(cc_verify_cache_t *cache)
{
    if (cache == NULL)
        return;
    verify_cache_free(cache->cache);
    free(cache);
}

cc_enclave_result_t cc_verify_judge(const cc_verify_t *verify, const cc_verify_policy_t *policy,
                                    const cc_verify_input_t *input, cc_verify_result_t **result)
{
    return cc_verify_judge_cached(verify, policy, input, NULL, result);
}

cc_enclave_result_t cc_verify_judge_cached(const cc_verify_t *verify,
                                           const cc_verify_policy_t *policy,
                                           const cc_verify_input_t *input, cc_verify_cache_t *cache,
                                           cc_verify_result_t **result)
{
    cc_verify_result_t *made;
    cc_enclave_result_t rc;

    detail_clear();
    if (verify == NULL || input == NULL || result == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "verify: an argument is NULL");
    made = malloc(sizeof *made);
    if (made == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "verify: out of memory");
    const struct judge_by by = {&verify->set, policy != NULL ? policy->policy : NULL,
                                cache != NULL ? cache->cache : NULL};
    rc = judge_evidence(&by, input, made);
    if (rc != CC_SUCCESS)
        free(made);
    else
        *result = made;
    return rc;
}

cc_verify_verdict_t cc_verify_result_verdict(const cc_verify_result_t *result)
{
    return result != NULL ? result->verdict : CC_VERIFY_REFUSED;
}

const char *cc_verify_result_tee(const cc_verify_result_t *result)
{
    return result->tee;
}

const cc_verify_claim_t *cc_verify_result_claim(const cc_verify_result_t *result, size_t index)
{
    return index < result->claim_count ? &result->claims[index] : NULL;
}

const cc_verify_reason_t *cc_verify_result_reason(const cc_verify_result_t *result, size_t index)
{
    return index < result->reason_count ? &result->reasons[index] : NULL;
}

cc_verify_vector_t cc_verify_result_vector(const cc_verify_result_t *result)
{
    return result->vector;
}

uint64_t cc_verify_result_expiry(const cc_verify_result_t *result)
{
    return result->expiry_s;
}

char *cc_verify_result_json(const cc_verify_result_t *result)
{
    return verdict_json(result);
}

void cc_verify_result_free(cc_verify_result_t *result)
{
    free(result);
}

const char *cc_verify_error_detail(void)
{
    return detail_get();
}
