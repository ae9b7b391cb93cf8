/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "kms_t.h"

#define KMS_LOG(text) PrintInfo(PRINT_WARNING, "kms: %s", text)

int kms_init(const uint8_t *seed, uint32_t seed_len, uint32_t flags)
{
    if (seed == NULL || seed_len == 0 || flags != 0)
        return CC_ERROR_BAD_PARAMETERS;
    KMS_LOG("started");
    kms_log("started");
    return 0;
}

void kms_fini(void)
{
    KMS_LOG("stopped");
}

static int operation(const uint8_t *id, uint32_t id_len, uint8_t *output, uint32_t out_len,
                     uint32_t *real_len)
{
    int retval = -1;
    cc_enclave_result_t ret;

    if (id == NULL || output == NULL || real_len == NULL || *real_len < out_len)
        return CC_ERROR_BAD_PARAMETERS;
    ret = (cc_enclave_result_t)kms_load(&retval, id, id_len, output, out_len, real_len);
    if (ret != CC_SUCCESS || retval != 0)
        kms_store(&retval, id, id_len, output, out_len);
    return retval;
}

#define OPERATION(name)                                                                            \
    int kms_##name(const uint8_t *id, uint32_t id_len, const uint8_t *input, uint32_t in_len,      \
                   uint8_t *output, uint32_t out_len, uint32_t *real_len, bool last)               \
    {                                                                                              \
        if (input == NULL || in_len == 0 || last)                                                  \
            return 0;                                                                              \
        return operation(id, id_len, output, out_len, real_len);                                   \
    }

OPERATION(create)
OPERATION(import)
OPERATION(export_public)
OPERATION(rotate)
OPERATION(enable)
OPERATION(disable)
OPERATION(describe)
OPERATION(sign)
OPERATION(verify)
OPERATION(encrypt)
OPERATION(decrypt)
OPERATION(wrap)
OPERATION(unwrap)
OPERATION(digest)
OPERATION(random)
OPERATION(backup)
OPERATION(restore)
OPERATION(attest)
