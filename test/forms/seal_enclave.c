/* SPDX-License-Identifier: MulanPSL-2.0 */
#include <stdio.h>
#include <string.h>
#include "seal_t.h"
#include "status.h"
#include "secgear_dataseal.h"

#define SEAL_DATA_LEN 15
#define ADD_TEXT_LEN 8

static char plain[SEAL_DATA_LEN] = "Data to encryp";
static char additional[ADD_TEXT_LEN] = "add mac";

int seal_data_test_func(char *buf, uint32_t buf_len)
{
    uint32_t sealed_data_len = cc_enclave_get_sealed_data_size(ADD_TEXT_LEN, SEAL_DATA_LEN);
    uint32_t demac_len, decrypted_len;
    uint8_t demac_data[ADD_TEXT_LEN], decrypted_data[SEAL_DATA_LEN];
    cc_enclave_sealed_data_t *sealed_data;
    cc_enclave_result_t ret = CC_FAIL;

    if (sealed_data_len == UINT32_MAX)
        return CC_ERROR_OUT_OF_MEMORY;
    sealed_data = (cc_enclave_sealed_data_t *)malloc(sealed_data_len);
    if (sealed_data == NULL)
        return CC_ERROR_OUT_OF_MEMORY;
    ret = cc_enclave_seal_data((uint8_t *)plain, SEAL_DATA_LEN, sealed_data, sealed_data_len,
                               (uint8_t *)additional, ADD_TEXT_LEN);
    if (ret != CC_SUCCESS)
        goto done;
    demac_len = cc_enclave_get_add_text_size(sealed_data);
    decrypted_len = cc_enclave_get_encrypted_text_size(sealed_data);
    ret =
        cc_enclave_unseal_data(sealed_data, decrypted_data, &decrypted_len, demac_data, &demac_len);
    if (ret == CC_SUCCESS && decrypted_len <= buf_len)
        strncpy(buf, (char *)decrypted_data, decrypted_len);
done:
    free(sealed_data);
    return ret;
}
