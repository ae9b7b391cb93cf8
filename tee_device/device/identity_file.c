/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "identity_file.h"
#include "base/detail.h"
#include "crypto/hash.h"
#include "private_file.h"
#include <string.h>
#include <unistd.h>

static cc_enclave_result_t file_parse(const char *folder, struct identity_file *file)
{
    uint8_t check[SHA256_SIZE];
    cc_enclave_result_t rc = state_decode(buf_view(&file->bytes), &file->state);

    if (rc == CC_SUCCESS &&
        (!sha256(file->state.checked, check) || !equal_ct(VIEW_OF(check), file->state.check)))
        rc = detail_fail(CC_ERROR_CORRUPT_OBJECT, "device state: its check does not fit");
    if (rc != CC_SUCCESS)
        detail_prefix("%s/%s is damaged (restore it, or move it away to get a new device; data "
                      "sealed by the old one is lost then): ",
                      folder, IDENTITY_FILE_NAME);
    return rc;
}

cc_enclave_result_t identity_file_load(const char *folder, struct identity_file *ret_file)
{
    cc_enclave_result_t rc =
        private_file_read(folder, IDENTITY_FILE_NAME, STATE_MAX_SIZE, &ret_file->bytes);

    return rc == CC_SUCCESS ? file_parse(folder, ret_file) : rc;
}

static cc_enclave_result_t file_put(const char *folder, const struct device_state *state,
                                    enum private_put how)
{
    uint8_t bytes[STATE_MAX_SIZE], check[SHA256_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    cc_enclave_result_t rc = CC_ERROR_GENERIC;

    state_encode(state, &w);
    if (!w.failed && sha256(writer_view(&w), check)) {
        writer_put(&w, VIEW_OF(check));
        if (!w.failed)
            rc = private_file_write(folder, IDENTITY_FILE_NAME, writer_view(&w), how);
    }
    wipe(bytes, sizeof bytes);
    return rc;
}

cc_enclave_result_t identity_file_create(const char *folder, const struct device_state *state,
                                         bool *ret_kept)
{
    cc_enclave_result_t rc;

    *ret_kept = false;
    if (!private_folder_make(folder))
        return CC_SUCCESS; /* ephemeral */
    rc = file_put(folder, state, PRIVATE_PUT_NEW);
    if (rc == CC_ERROR_ACCESS_CONFLICT || rc == CC_ERROR_GENERIC)
        return rc;
    *ret_kept = rc == CC_SUCCESS;
    return CC_SUCCESS;
}

cc_enclave_result_t identity_file_replace(const char *folder, const struct device_state *state)
{
    int lock = -1;
    cc_enclave_result_t rc = private_folder_lock(folder, &lock);

    if (rc != CC_SUCCESS)
        return rc;
    rc = file_put(folder, state, PRIVATE_PUT_REPLACE);
    close(lock);
    return rc;
}

void identity_file_done(struct identity_file *file)
{
    buf_free(&file->bytes);
    wipe(&file->state, sizeof file->state);
}
