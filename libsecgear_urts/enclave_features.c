/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "enclave_features.h"
#include "base/detail.h"
#include "image_key.h"
#include "switchless.h"

static cc_enclave_result_t feature_read(const enclave_features_t *feature,
                                        struct features *features)
{
    switch (feature->setting_type) {
    case ENCLAVE_FEATURE_SWITCHLESS:
        if (features->switchless.tworkers > 0)
            return detail_fail(CC_ERROR_SWITCHLESS_REINIT,
                               "host: the switchless feature is given twice");
        return switchless_configure(feature->feature_desc, &features->switchless);
    case ENCLAVE_FEATURE_PROTECTED_CODE_LOADER:
        if (features->image_key.size > 0)
            return detail_fail(CC_ERROR_BAD_STATE,
                               "host: the protected code loader's feature is given twice");
        return image_key_read(feature->feature_desc, &features->image_key);
    default:
        return detail_fail(CC_ERROR_FEATURE_FUNC_NOT_EXIST, "host: there is no feature %u",
                           feature->setting_type);
    }
}

cc_enclave_result_t features_read(const enclave_features_t *list, uint32_t count,
                                  struct features *ret_features)
{
    struct features features = {.image_key = BUF_EMPTY};
    cc_enclave_result_t rc = CC_SUCCESS;

    for (uint32_t i = 0; rc == CC_SUCCESS && i < count; i++)
        rc = feature_read(&list[i], &features);
    if (rc == CC_SUCCESS)
        *ret_features = features;
    else
        features_done(&features);
    return rc;
}

void features_done(struct features *features)
{
    buf_free(&features->image_key);
}
