/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "trust.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { POLICY_MAX_SIZE = 1 << 20, CACHE_COUNT = 64 };

static pthread_once_t cache_once = PTHREAD_ONCE_INIT;
static struct verify_cache *cache; /* NULL when there was no memory: chains verify each time */

static void cache_init(void)
{
    cache = verify_cache_new(CACHE_COUNT);
}

static cc_enclave_result_t refuse_policy(const char *path, const char *why)
{
    return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT, "policy %s: %s", path, why);
}

/* The whole file, at most POLICY_MAX_SIZE; *ret_missing when there is no such file. */
static cc_enclave_result_t policy_read(const char *path, struct buf *ret_json, bool *ret_missing)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct buf json = BUF_EMPTY;
    struct stat st;
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo must not hang us */

    *ret_missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return refuse_policy(path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > POLICY_MAX_SIZE)
        rc = refuse_policy(path, "not a regular file of at most 1 MiB");
    else if (!buf_alloc(&json, POLICY_MAX_SIZE + 1))
        rc = detail_fail(CC_ERROR_SEC_CHL_MEMORY, "policy %s: out of memory", path);

    while (rc == CC_SUCCESS && size < json.size) {
        ssize_t part = read(fd, json.data + size, json.size - size);

        if (part == 0)
            break;
        if (part < 0 && errno != EINTR)
            rc = refuse_policy(path, strerror(errno));
        size += part > 0 ? (size_t)part : 0;
    }
    close(fd);
    if (rc == CC_SUCCESS && size > POLICY_MAX_SIZE)
        rc = refuse_policy(path, "larger than 1 MiB");
    if (rc != CC_SUCCESS) {
        buf_free(&json);
        return rc;
    }
    json.size = size;
    buf_move(ret_json, &json);
    return CC_SUCCESS;
}

static cc_enclave_result_t policy_take(struct view json, const char *from,
                                       struct policy **ret_policy)
{
    if (policy_parse(json, ret_policy) == CC_SUCCESS)
        return CC_SUCCESS;
    detail_prefix("policy %s: ", from);
    return CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT;
}

static cc_enclave_result_t policy_load(const char *path, struct policy **ret_policy,
                                       bool *ret_missing)
{
    struct buf json = BUF_EMPTY;
    cc_enclave_result_t rc = policy_read(path, &json, ret_missing);

    if (rc == CC_SUCCESS)
        rc = policy_take(buf_view(&json), path, ret_policy);
    buf_free(&json);
    return rc;
}

/* The user's own file: an empty text when there is no home. */
static void user_path(char path[PATH_MAX])
{
    const char *config = secure_getenv("XDG_CONFIG_HOME");
    const char *home = secure_getenv("HOME");
    int size = 0;

    path[0] = '\0';
    if (config != NULL && config[0] == '/')
        size = snprintf(path, PATH_MAX, "%s/secgear/policy.json", config);
    else if (home != NULL && home[0] == '/')
        size = snprintf(path, PATH_MAX, "%s/.config/secgear/policy.json", home);
    if (size < 0 || size >= PATH_MAX)
        path[0] = '\0';
}

/* Only a file that does not exist makes us look at the next place; a bad one is a refusal. */
static cc_enclave_result_t policy_search(struct policy **ret_policy)
{
    static const char SYSTEM_PATH[] = "/etc/secgear/policy.json";
    const char *named = secure_getenv("SECGEAR_POLICY");
    char user[PATH_MAX];
    cc_enclave_result_t rc;
    bool missing = true;

    if (named != NULL && named[0] != '\0')
        return policy_load(named, ret_policy, &missing);
    user_path(user);
    if (user[0] != '\0') {
        rc = policy_load(user, ret_policy, &missing);
        if (!missing)
            return rc;
    }
    rc = policy_load(SYSTEM_PATH, ret_policy, &missing);
    if (!missing)
        return rc;
    return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                       "policy: none found, so no enclave is trusted; looked for the options, "
                       "SECGEAR_POLICY, %s%s%s; make one with `secgear policy from-image`",
                       user, user[0] != '\0' ? ", " : "", SYSTEM_PATH);
}

cc_enclave_result_t trust_load(const cc_sec_chl_client_opts_t *opts, struct policy **ret_policy)
{
    bool missing;

    if (opts->policy_json != NULL && opts->policy_json_len > POLICY_MAX_SIZE)
        return refuse_policy("of the options", "larger than 1 MiB");
    if (opts->policy_json != NULL)
        return policy_take(view_of(opts->policy_json, opts->policy_json_len), "of the options",
                           ret_policy);
    if (opts->policy_path != NULL)
        return policy_load(opts->policy_path, ret_policy, &missing);
    return policy_search(ret_policy);
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

cc_enclave_result_t trust_check(const struct trust_request *request,
                                cc_sec_chl_attested_t *ret_attested)
{
    struct verify_request wanted = {.purpose = REPORT_PURPOSE_CHANNEL,
                                    .uuid = request->uuid,
                                    .user_data = request->user_data,
                                    .now_s = (uint64_t)time(NULL)};
    struct report_body body;
    cc_enclave_result_t rc;

    pthread_once(&cache_once, cache_init);
    rc = verify_evidence(request->policy, request->verify_chain ? NULL : cache, request->evidence,
                         &wanted, &body);
    if (rc == CC_ERROR_SEC_CHL_INVALID_REPORT)
        return rc;
    if (rc != CC_SUCCESS)
        return CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT; /* which rule stands in the detail */

    attested_fill(&body, ret_attested);
    return CC_SUCCESS;
}
