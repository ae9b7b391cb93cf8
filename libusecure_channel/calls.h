/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * calls.h - the way into the enclave: the wrappers that codegen made from the application's EDL.
 *
 * Their numbers depend on that EDL, so they live in the application; this library refers to them
 * weakly and says what is missing when they are absent.
 *
 * Layer: libusecure_channel. Threads: constant data.
 */
#ifndef USECURE_CHANNEL_CALLS_H
#define USECURE_CHANNEL_CALLS_H

#include "enclave.h"

struct relay_calls {
    cc_enclave_result_t (*start)(cc_enclave_t *enclave, int *retval);
    cc_enclave_result_t (*stop)(cc_enclave_t *enclave, int *retval);
    cc_enclave_result_t (*tick)(cc_enclave_t *enclave, int *retval);
    cc_enclave_result_t (*process)(cc_enclave_t *enclave, int *retval, const uint8_t *req,
                                   size_t req_len, uint8_t *rsp, size_t rsp_cap, size_t *rsp_len);
};

/* Each is NULL when the application has none. */
struct relay_calls relay_calls_find(void);

#endif
