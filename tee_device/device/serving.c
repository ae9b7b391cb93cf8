/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device.h"

/* Attacker: the enclave. While it is not running, all but IDENTITY say no by their own codes. */
bool enclave_serve(struct device *device, struct enclave *enclave,
                   const struct device_message *request)
{
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
    default:
        return false;
    }
}
