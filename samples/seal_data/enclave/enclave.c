/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "seal_data_t.h"
#include "secgear_dataseal.h"
#include "secgear_identity.h"
#include <stdlib.h>
#include <string.h>

#define DATA "Data to encrypt"
#define TEXT "a label that stays in clear"

int seal_data_test_func(char *buf, uint32_t buf_len)
{
    uint32_t room = cc_enclave_get_sealed_data_size(sizeof TEXT, sizeof DATA);
    cc_enclave_sealed_data_t *sealed = malloc(room);
    uint8_t data[sizeof DATA], text[sizeof TEXT];
    uint32_t data_len = sizeof data, text_len = sizeof text;
    cc_enclave_result_t rc;

    if (sealed == NULL)
        return CC_ERROR_OUT_OF_MEMORY;
    rc = cc_enclave_seal_data((const uint8_t *)DATA, sizeof DATA, sealed, room,
                              (const uint8_t *)TEXT, sizeof TEXT);
    if (rc == CC_SUCCESS && (cc_enclave_get_encrypted_text_size(sealed) != sizeof DATA ||
                             cc_enclave_get_add_text_size(sealed) != sizeof TEXT))
        rc = CC_FAIL;
    if (rc == CC_SUCCESS)
        rc = cc_enclave_unseal_data(sealed, data, &data_len, text, &text_len);
    if (rc == CC_SUCCESS && buf_len >= data_len)
        memcpy(buf, data, data_len);
    free(sealed);
    return (int)rc;
}

/* The host may hand back anything, also an older file: that is what counters are for. */
static int count_open(const uint8_t *old, uint32_t old_len, uint64_t *ret_count)
{
    uint32_t size = sizeof *ret_count, no_text = 0;
    cc_enclave_result_t rc = cc_enclave_check_sealed_data(old, old_len);

    if (rc == CC_SUCCESS)
        rc = cc_enclave_unseal_data((const cc_enclave_sealed_data_t *)old, (uint8_t *)ret_count,
                                    &size, NULL, &no_text);
    return (int)(rc == CC_SUCCESS && size != sizeof *ret_count ? CC_ERROR_BAD_FORMAT : rc);
}

int start_count(const uint8_t *old, uint32_t old_len, uint8_t *sealed, uint32_t room,
                uint32_t *sealed_len, uint64_t *count)
{
    uint64_t number = 0;
    cc_seal_input_t input = {.policy = CC_SEAL_POLICY_MRSIGNER, /* also for the next release */
                             .seal_data = (const uint8_t *)&number,
                             .seal_data_len = sizeof number};
    cc_enclave_identity_t self;
    int rc = (int)cc_enclave_get_identity(&self);

    if (rc == CC_SUCCESS && !(self.protections & CC_PROTECTION_PERSISTENT))
        rc = CC_ERROR_STORAGE_NOT_AVAILABLE; /* the device would not know its keys again */
    if (rc == CC_SUCCESS && old_len > 0)
        rc = count_open(old, old_len, &number);
    if (rc != CC_SUCCESS)
        return rc;
    number++;
    *count = number;
    *sealed_len = cc_enclave_get_sealed_data_size(0, sizeof number);
    return (int)cc_enclave_seal_data_ex(&input, (cc_enclave_sealed_data_t *)sealed, room);
}
