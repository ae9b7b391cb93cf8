/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/policy_file.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cc_enclave_result_t refuse_policy(const char *path, const char *why)
{
    return detail_fail(CC_ERROR_INVALID_PATH, "policy %s: %s", path, why);
}

/* Reads to the end, which must be where fstat() saw it. */
static cc_enclave_result_t policy_fill(int fd, const char *path, struct buf *json)
{
    size_t size = 0;

    while (size < json->size) {
        ssize_t part = read(fd, json->data + size, json->size - size);

        if (part == 0)
            break;
        if (part < 0 && errno != EINTR)
            return refuse_policy(path, strerror(errno));
        size += part > 0 ? (size_t)part : 0;
    }
    if (size == json->size)
        return refuse_policy(path, "it grew while it was read; try again");
    json->size = size;
    return CC_SUCCESS;
}

/* The whole file, at most POLICY_FILE_MAX_SIZE; *ret_missing when there is no such file. */
static cc_enclave_result_t policy_read(const char *path, struct buf *ret_json, bool *ret_missing)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct buf json = BUF_EMPTY;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo must not hang us */

    *ret_missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return refuse_policy(path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > POLICY_FILE_MAX_SIZE)
        rc = refuse_policy(path, "not a regular file of at most 1 MiB");
    else if (!buf_alloc(&json, (size_t)st.st_size + 1)) /* one more, to see the end */
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "policy %s: out of memory", path);
    else
        rc = policy_fill(fd, path, &json);
    close(fd);
    if (rc == CC_SUCCESS)
        buf_move(ret_json, &json);
    buf_free(&json);
    return rc;
}

void config_user_path(const char *name, char path[static PATH_MAX])
{
    const char *config = secure_getenv("XDG_CONFIG_HOME");
    const char *home = secure_getenv("HOME");
    int size = 0;

    path[0] = '\0';
    if (config != NULL && config[0] == '/')
        size = snprintf(path, PATH_MAX, "%s/secgear/%s", config, name);
    else if (home != NULL && home[0] == '/')
        size = snprintf(path, PATH_MAX, "%s/.config/secgear/%s", home, name);
    if (size < 0 || size >= PATH_MAX)
        path[0] = '\0';
}

static cc_enclave_result_t policy_search(struct buf *ret_json, char from[static PATH_MAX])
{
    static const char SYSTEM_PATH[] = "/etc/secgear/policy.json";
    const char *named = secure_getenv("SECGEAR_POLICY");
    char user[PATH_MAX];
    cc_enclave_result_t rc;
    bool missing = true;

    if (named != NULL && named[0] != '\0') {
        snprintf(from, PATH_MAX, "%s", named);
        return policy_read(from, ret_json, &missing);
    }
    config_user_path("policy.json", user);
    if (user[0] != '\0') {
        memcpy(from, user, sizeof user);
        rc = policy_read(from, ret_json, &missing);
        if (!missing)
            return rc;
    }
    memcpy(from, SYSTEM_PATH, sizeof SYSTEM_PATH);
    rc = policy_read(from, ret_json, &missing);
    if (!missing)
        return rc;
    return detail_fail(CC_ERROR_INVALID_PATH,
                       "policy: none found, so no enclave is trusted; looked for the options, "
                       "SECGEAR_POLICY, %s%s%s; make one with `secgear policy from-image`",
                       user, user[0] != '\0' ? ", " : "", SYSTEM_PATH);
}

cc_enclave_result_t policy_file_read(const char *path, struct buf *ret_json,
                                     char ret_from[static PATH_MAX])
{
    bool missing;

    if (path == NULL)
        return policy_search(ret_json, ret_from);
    if (strlen(path) >= PATH_MAX)
        return detail_fail(CC_ERROR_INVALID_PATH, "policy: a path of less than %d characters",
                           PATH_MAX);
    memcpy(ret_from, path, strlen(path) + 1);
    return policy_read(ret_from, ret_json, &missing);
}
