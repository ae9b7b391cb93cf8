/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secgear_dataseal.h"
#include "secgear_pcl.h"
#include "wire/encrypted_image.h"

_Static_assert((int)CC_PCL_KEY_SIZE == (int)IMAGE_KEY_SIZE, "one key, two names for its size");

cc_enclave_result_t cc_enclave_pcl_key_seal(const uint8_t key[CC_PCL_KEY_SIZE], uint8_t *blob,
                                            uint32_t *blob_size)
{
    const uint32_t label_size = sizeof IMAGE_KEY_LABEL - 1;
    const uint32_t needed = cc_enclave_get_sealed_data_size(label_size, CC_PCL_KEY_SIZE);
    cc_seal_input_t input = {
        .policy = CC_SEAL_POLICY_MRSIGNER,
        .seal_data = key,
        .seal_data_len = CC_PCL_KEY_SIZE,
        .additional_text = (const uint8_t *)IMAGE_KEY_LABEL,
        .additional_text_len = label_size,
    };

    uint32_t room;

    if (key == NULL || blob_size == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    room = *blob_size; /* once */
    if (blob == NULL && room != 0)
        return CC_ERROR_BAD_PARAMETERS;
    if (room < needed) {
        *blob_size = needed;
        return CC_ERROR_SHORT_BUFFER;
    }
    *blob_size = needed;
    return cc_enclave_seal_data_ex(&input, (cc_enclave_sealed_data_t *)(void *)blob, needed);
}
