/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "foreign.h"
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* The functions of secgear_verify.h that are used here. */
static struct {
    void *library;
    char why[256]; /* it can not be used; "": it can */
    __typeof__(&cc_verify_new) make;
    __typeof__(&cc_verify_load) load;
    __typeof__(&cc_verify_free) drop;
    __typeof__(&cc_verify_policy_parse) policy_parse;
    __typeof__(&cc_verify_policy_free) policy_free;
    __typeof__(&cc_verify_collateral_load) collateral_load;
    __typeof__(&cc_verify_collateral_parts) collateral_parts;
    __typeof__(&cc_verify_collateral_free) collateral_free;
    __typeof__(&cc_verify_judge) judge;
    __typeof__(&cc_verify_result_verdict) verdict;
    __typeof__(&cc_verify_result_claim) claim;
    __typeof__(&cc_verify_result_reason) reason;
    __typeof__(&cc_verify_result_free) result_free;
    __typeof__(&cc_verify_error_detail) detail;
} lib;
static pthread_once_t lib_once = PTHREAD_ONCE_INIT;

/* The loader's places only; it ignores the environment where a program has more rights. */
static void lib_open(void)
{
    const struct {
        const char *name;
        void **at;
    } NAMES[] = {{"cc_verify_new", (void **)&lib.make},
                 {"cc_verify_load", (void **)&lib.load},
                 {"cc_verify_free", (void **)&lib.drop},
                 {"cc_verify_policy_parse", (void **)&lib.policy_parse},
                 {"cc_verify_policy_free", (void **)&lib.policy_free},
                 {"cc_verify_collateral_load", (void **)&lib.collateral_load},
                 {"cc_verify_collateral_parts", (void **)&lib.collateral_parts},
                 {"cc_verify_collateral_free", (void **)&lib.collateral_free},
                 {"cc_verify_judge", (void **)&lib.judge},
                 {"cc_verify_result_verdict", (void **)&lib.verdict},
                 {"cc_verify_result_claim", (void **)&lib.claim},
                 {"cc_verify_result_reason", (void **)&lib.reason},
                 {"cc_verify_result_free", (void **)&lib.result_free},
                 {"cc_verify_error_detail", (void **)&lib.detail}};
    const char *error = "";

    lib.library = dlopen("libsecgear_verify.so.1", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; lib.library != NULL && i < sizeof NAMES / sizeof NAMES[0]; i++) {
        *NAMES[i].at = dlsym(lib.library, NAMES[i].name);
        if (*NAMES[i].at == NULL)
            error = NAMES[i].name;
    }
    if (lib.library == NULL)
        error = dlerror();
    strncpy(lib.why, error != NULL ? error : "unknown", sizeof lib.why - 1);
}

static cc_enclave_result_t refused(const char *what)
{
    return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT, "verify: %.300s", what);
}

/* The first reason that is more than a note. */
static cc_enclave_result_t verdict_take(const cc_verify_result_t *result, bool *ret_debug)
{
    const cc_verify_reason_t *reason;
    const cc_verify_claim_t *claim;
    bool debug = true;

    if (lib.verdict(result) == CC_VERIFY_REFUSED) {
        for (size_t i = 0; (reason = lib.reason(result, i)) != NULL; i++)
            if (reason->severity != CC_VERIFY_NOTE)
                return refused(reason->sentence);
        return refused("the evidence is refused");
    }
    for (size_t i = 0; (claim = lib.claim(result, i)) != NULL; i++)
        if (strcmp(claim->name, "debug") == 0)
            debug = claim->number != 0;
    *ret_debug = debug;
    return CC_SUCCESS;
}

/* With the collateral of the client's user. */
static cc_enclave_result_t judge_run(const struct foreign_request *r, const cc_verify_t *set,
                                     const cc_verify_policy_t *policy, bool *ret_debug)
{
    const cc_verify_blob_t blob = {"evidence", r->evidence.data, r->evidence.size};
    cc_verify_input_t input = {.evidence = &blob,
                               .evidence_count = 1,
                               .nonce = r->user_data.data,
                               .nonce_size = r->user_data.size,
                               .now_s = r->now_s};
    cc_verify_collateral_t *collateral = NULL;
    cc_verify_result_t *result = NULL;
    cc_enclave_result_t rc = lib.collateral_load(NULL, &collateral);

    if (rc != CC_SUCCESS)
        return refused(lib.detail());
    input.collateral = lib.collateral_parts(collateral, &input.collateral_count);
    rc = lib.judge(set, policy, &input, &result);
    lib.collateral_free(collateral);
    if (rc == CC_ERROR_NOT_SUPPORTED)
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_REPORT, "%.300s", lib.detail());
    if (rc != CC_SUCCESS)
        return refused(lib.detail());
    rc = verdict_take(result, ret_debug);
    lib.result_free(result);
    return rc;
}

cc_enclave_result_t foreign_check(const struct foreign_request *request, bool *ret_debug)
{
    cc_verify_policy_t *policy = NULL;
    cc_verify_t *set;
    cc_enclave_result_t rc;

    pthread_once(&lib_once, lib_open);
    if (lib.why[0] != '\0')
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "verify: evidence that is not of our device takes libsecgear_verify: "
                           "%.200s; install it, or leave other types out of the policy",
                           lib.why);
    set = lib.make();
    if (set == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "verify: out of memory");
    if (lib.load(set, NULL) != CC_SUCCESS ||
        lib.policy_parse((const char *)request->policy_json.data, request->policy_json.size,
                         &policy) != CC_SUCCESS)
        rc = refused(lib.detail());
    else
        rc = judge_run(request, set, policy, ret_debug);
    lib.policy_free(policy);
    lib.drop(set);
    return rc;
}
