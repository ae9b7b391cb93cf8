/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secgear_counter.h"
#include "control.h"
#include "secgear_identity.h"
#include "wire/counters.h"
#include <time.h>

enum { WAIT_FIRST_MS = 1, WAIT_TOTAL_MS = 5000, WAIT_MAX_MS = 64 };

static cc_enclave_result_t counter_ask(enum counter_op op, const cc_counter_name_t *name,
                                       uint64_t *ret_value)
{
    const struct device_message question = {
        .type = DEVICE_COUNTER, .numbers = {(uint64_t)op, (uint64_t)name->policy, name->id}};
    struct control_answer answer;
    cc_enclave_result_t rc = control_ask(&question, DEVICE_COUNTER_IS, &answer);

    if (rc == CC_SUCCESS)
        rc = (cc_enclave_result_t)answer.message.numbers[0];
    if (rc == CC_SUCCESS)
        *ret_value = answer.message.numbers[1];
    return rc;
}

/* Another device of this user is at the file: we wait, not the device. */
static cc_enclave_result_t counter_ask_patiently(enum counter_op op, const cc_counter_name_t *name,
                                                 uint64_t *ret_value)
{
    cc_enclave_result_t rc = counter_ask(op, name, ret_value);

    for (long wait_ms = WAIT_FIRST_MS, waited = 0; rc == CC_ERROR_BUSY && waited < WAIT_TOTAL_MS;
         waited += wait_ms) {
        struct timespec time = {0, wait_ms * 1000000};

        nanosleep(&time, NULL);
        rc = counter_ask(op, name, ret_value);
        wait_ms = wait_ms < WAIT_MAX_MS ? 2 * wait_ms : wait_ms;
    }
    return rc;
}

static cc_enclave_result_t counter_do(enum counter_op op, const cc_counter_name_t *name,
                                      cc_counter_t *ret_counter)
{
    cc_enclave_identity_t self;
    cc_counter_name_t copy;
    uint64_t value = 0;
    cc_enclave_result_t rc;

    if (name == NULL || ret_counter == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    copy = *name;
    if (copy.policy != CC_SEAL_POLICY_MRENCLAVE && copy.policy != CC_SEAL_POLICY_MRSIGNER)
        return CC_ERROR_BAD_PARAMETERS;
    rc = cc_enclave_get_identity(&self);
    if (rc == CC_SUCCESS)
        rc = counter_ask_patiently(op, &copy, &value);
    if (rc == CC_SUCCESS)
        *ret_counter = (cc_counter_t){value, (self.protections & CC_PROTECTION_ROLLBACK) != 0};
    return rc;
}

cc_enclave_result_t cc_counter_create(const cc_counter_name_t *name, cc_counter_t *counter)
{
    return counter_do(COUNTER_CREATE, name, counter);
}

cc_enclave_result_t cc_counter_read(const cc_counter_name_t *name, cc_counter_t *counter)
{
    return counter_do(COUNTER_READ, name, counter);
}

cc_enclave_result_t cc_counter_increment(const cc_counter_name_t *name, cc_counter_t *counter)
{
    return counter_do(COUNTER_INCREMENT, name, counter);
}
