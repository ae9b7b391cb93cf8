/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "pretend.h"
#include <time.h>

enum { SOURCE_KERNEL_CLOCK = 1 };

static void enclave_time(const struct device *device, struct enclave *enclave)
{
    struct device_message answer = {.type = DEVICE_TIME_IS};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    answer.numbers[0] = pretend_time_s(device);
    answer.numbers[1] = (uint64_t)now.tv_nsec;
    answer.numbers[2] = SOURCE_KERNEL_CLOCK;
    link_try_send(enclave->control.fd, &answer, NULL);
}

/* Attacker: the enclave. While it is not running, all but IDENTITY say no by their own codes. */
bool enclave_serve(struct device *device, struct enclave *enclave,
                   const struct device_message *request)
{
    pretend_slow(device);
    switch (request->type) {
    case DEVICE_REPORT:
        enclave_report(device, enclave, request);
        return true;
    case DEVICE_SEAL_KEY:
        enclave_seal_key(device, enclave, request);
        return true;
    case DEVICE_IDENTITY:
        enclave_identity(device, enclave);
        return true;
    case DEVICE_COUNTER:
        enclave_count(device, enclave, request);
        return true;
    case DEVICE_LOCAL_REPORT:
        enclave_local_report(device, enclave, request);
        return true;
    case DEVICE_REPORT_KEY:
        enclave_report_key(device, enclave);
        return true;
    case DEVICE_ATTEST:
        enclave_attest(device, enclave, request);
        return true;
    case DEVICE_EXTEND:
        enclave_extend(device, enclave, request);
        return true;
    case DEVICE_TIME:
        enclave_time(device, enclave);
        return true;
    default:
        return false;
    }
}
