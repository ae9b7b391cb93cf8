/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "control.h"
#include "secgear_time.h"
#include <pthread.h>

enum { NANOSECONDS = 1000000000 };

/* The latest that was told, so that nobody turns it back on us. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static cc_time_t latest;

static bool earlier(const cc_time_t *a, const cc_time_t *b)
{
    return a->seconds < b->seconds || (a->seconds == b->seconds && a->nanoseconds < b->nanoseconds);
}

static cc_enclave_result_t time_ask(cc_time_t *ret_time)
{
    const struct device_message question = {.type = DEVICE_TIME};
    struct control_answer answer;
    cc_enclave_result_t rc = control_ask(&question, DEVICE_TIME_IS, &answer);

    if (rc != CC_SUCCESS)
        return rc;
    if (answer.message.numbers[1] >= NANOSECONDS ||
        answer.message.numbers[2] != CC_TIME_SOURCE_KERNEL_CLOCK)
        return CC_ERROR_COMMUNICATION;
    *ret_time = (cc_time_t){answer.message.numbers[0], (uint32_t)answer.message.numbers[1],
                            CC_TIME_SOURCE_KERNEL_CLOCK};
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_get_time(cc_time_t *now)
{
    cc_time_t asked;
    cc_enclave_result_t rc;

    if (now == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    pthread_mutex_lock(&lock);
    rc = time_ask(&asked);
    if (rc == CC_SUCCESS && earlier(&asked, &latest))
        rc = CC_ERROR_TIME_NEEDS_RESET;
    if (rc == CC_SUCCESS)
        *now = latest = asked;
    pthread_mutex_unlock(&lock);
    return rc;
}
