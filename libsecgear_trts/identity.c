/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secgear_identity.h"
#include "control.h"
#include "runtime.h"
#include "wire/trts_internal.h"
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static cc_enclave_identity_t known;
static bool is_known;

static cc_enclave_result_t identity_ask(cc_enclave_identity_t *ret_identity)
{
    const struct device_message question = {.type = DEVICE_IDENTITY};
    struct control_answer answer;
    cc_enclave_result_t rc = control_ask(&question, DEVICE_IDENTITY_IS, &answer);
    const uint64_t *numbers = answer.message.numbers;
    struct reader r;

    if (rc != CC_SUCCESS)
        return rc;
    *ret_identity = (cc_enclave_identity_t){
        .prod_id = (uint16_t)numbers[0],
        .svn = (uint16_t)numbers[1],
        .tcb_svn = (uint16_t)numbers[2],
        .debug = numbers[3] != 0,
        .protections = (uint32_t)numbers[4],
        .level = (uint32_t)numbers[5],
    };
    r = reader_over(answer.message.bytes);
    reader_copy(&r, ret_identity->uuid, sizeof ret_identity->uuid);
    reader_copy(&r, ret_identity->mrenclave, sizeof ret_identity->mrenclave);
    reader_copy(&r, ret_identity->mrsigner, sizeof ret_identity->mrsigner);
    reader_copy(&r, ret_identity->device_id, sizeof ret_identity->device_id);
    return reader_done(&r) ? CC_SUCCESS : CC_ERROR_COMMUNICATION;
}

cc_enclave_result_t cc_enclave_get_identity(cc_enclave_identity_t *identity)
{
    cc_enclave_identity_t asked;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (identity == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    pthread_mutex_lock(&lock);
    if (!is_known) {
        rc = identity_ask(&asked);
        if (rc == CC_SUCCESS)
            known = asked;
        is_known = rc == CC_SUCCESS;
    }
    if (rc == CC_SUCCESS)
        *identity = known;
    pthread_mutex_unlock(&lock);
    return rc;
}

cc_enclave_result_t secgear_trts_identity(uint8_t *ret_uuid, bool *ret_debug)
{
    const struct trts_boot *boot = runtime_boot();

    if (boot == NULL)
        return CC_ERROR_BAD_STATE;
    memcpy(ret_uuid, boot->uuid.bytes, UUID_SIZE);
    *ret_debug = boot->debug;
    return CC_SUCCESS;
}
