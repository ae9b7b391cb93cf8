/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/random.h"
#include "secgear_random.h"

cc_enclave_result_t cc_enclave_generate_random(void *buffer, size_t size)
{
    if (buffer == NULL || size == 0)
        return CC_ERROR_BAD_PARAMETERS;
    return random_fill(buffer, size) ? CC_SUCCESS : CC_FAIL;
}
