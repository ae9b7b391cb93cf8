/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "files/parts.h"
#include "base/detail.h"
#include "io/file_read.h"
#include "io/policy_file.h"
#include "wire/pem.h"
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = PATH_MAX };

static const char SYSTEM_PATH[] = "/etc/secgear/collateral";

/* Takes the bytes over, also when it fails. */
static cc_enclave_result_t part_add(struct parts *parts, const char *name, struct buf *bytes)
{
    size_t at = parts->count;

    if (at == PARTS_MAX_COUNT || strlen(name) >= PARTS_NAME_ROOM) {
        buf_free(bytes);
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%.60s: at most %d parts with short names",
                           name, PARTS_MAX_COUNT);
    }
    strncpy(parts->names[at], name, PARTS_NAME_ROOM - 1);
    buf_move(&parts->bytes[at], bytes);
    parts->blobs[at] =
        (cc_verify_blob_t){parts->names[at], parts->bytes[at].data, parts->bytes[at].size};
    parts->count++;
    return CC_SUCCESS;
}

static cc_enclave_result_t base64_add(struct parts *parts, const char *name, const json_t *value)
{
    struct view text = view_of(json_string_value(value), json_string_length(value));
    struct buf bytes;
    struct writer w;

    if (!json_is_string(value) || !buf_alloc(&bytes, text.size + 1))
        return detail_fail(CC_ERROR_BAD_FORMAT, "bundle: %.60s: base64 expected", name);
    w = writer_over(bytes.data, bytes.size);
    if (!base64_decode(text, &w)) {
        buf_free(&bytes);
        return detail_fail(CC_ERROR_BAD_FORMAT, "bundle: %.60s: base64 expected", name);
    }
    bytes.size = w.size;
    return part_add(parts, name, &bytes);
}

/* NULL: no bundle. */
static json_t *bundle_open(struct view text)
{
    json_t *all = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(json_object_get(all, "parts")) &&
        json_integer_value(json_object_get(all, "secgear_bundle")) == 1)
        return all;
    json_decref(all);
    return NULL;
}

static cc_enclave_result_t file_load(const char *path, const char *name, struct parts *parts)
{
    struct buf bytes = BUF_EMPTY;
    cc_enclave_result_t rc = file_read(path, PARTS_FILE_MAX_SIZE, &bytes);
    json_t *bundle, *value;
    const char *key;

    if (rc != CC_SUCCESS)
        return rc;
    bundle = bundle_open(buf_view(&bytes));
    if (bundle == NULL)
        return part_add(parts, name, &bytes);
    json_object_foreach(json_object_get(bundle, "parts"), key, value)
    {
        if (rc == CC_SUCCESS)
            rc = base64_add(parts, key, value);
    }
    json_decref(bundle);
    buf_free(&bytes);
    return rc;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static cc_enclave_result_t entry_load(const char *folder, const char *name, bool evidence,
                                      struct parts *parts)
{
    char path[PATH_ROOM], part[PATH_ROOM];
    struct stat info;
    char *dot;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return CC_SUCCESS; /* folders within are no parts */
    snprintf(part, sizeof part, "%s", name);
    dot = strrchr(part, '.');
    if (evidence && dot != NULL)
        *dot = '\0';
    return file_load(path, part, parts);
}

static cc_enclave_result_t folder_load(const char *path, bool evidence, struct parts *parts)
{
    struct dirent **entries = NULL;
    cc_enclave_result_t rc = CC_SUCCESS;
    int count = scandir(path, &entries, is_visible, by_name);

    if (count < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: can not be listed", path);
    for (int i = 0; i < count; i++) {
        if (rc == CC_SUCCESS)
            rc = entry_load(path, entries[i]->d_name, evidence, parts);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* What other parts go with: it says of which type the evidence is. */
static void first_choose(struct parts *parts)
{
    static const char *const FIRST[] = {"hcl_report", "quote", "report", "token", "document"};

    for (size_t f = 0; f < sizeof FIRST / sizeof FIRST[0]; f++)
        for (size_t i = 0; i < parts->count; i++)
            if (strcmp(parts->blobs[i].name, FIRST[f]) == 0) {
                cc_verify_blob_t blob = parts->blobs[i];

                parts->blobs[i] = parts->blobs[0];
                parts->blobs[0] = blob;
                return;
            }
}

cc_enclave_result_t parts_load(const char *path, bool evidence, struct parts *parts)
{
    struct stat info;
    cc_enclave_result_t rc;

    if (stat(path, &info) != 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: there is no such file or folder", path);
    if (S_ISDIR(info.st_mode))
        rc = folder_load(path, evidence, parts);
    else
        rc = file_load(path,
                       evidence                     ? "evidence"
                       : strrchr(path, '/') != NULL ? strrchr(path, '/') + 1
                                                    : path,
                       parts);
    if (rc == CC_SUCCESS && parts->count == 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: there is nothing in it", path);
    if (evidence)
        first_choose(parts);
    return rc;
}

cc_enclave_result_t parts_load_user(struct parts *parts)
{
    const char *named = secure_getenv("SECGEAR_COLLATERAL");
    char own[PATH_MAX];

    if (named != NULL && named[0] != '\0')
        return parts_load(named, false, parts);
    config_user_path("collateral", own);
    if (own[0] != '\0' && access(own, F_OK) == 0)
        return parts_load(own, false, parts);
    return access(SYSTEM_PATH, F_OK) == 0 ? parts_load(SYSTEM_PATH, false, parts) : CC_SUCCESS;
}

void parts_free(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        buf_free(&parts->bytes[i]);
    parts->count = 0;
}
