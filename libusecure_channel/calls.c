/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "calls.h"

#define FROM_APPLICATION __attribute__((weak, visibility("default")))

FROM_APPLICATION cc_enclave_result_t cc_sc_start(cc_enclave_t *enclave, int *retval);
FROM_APPLICATION cc_enclave_result_t cc_sc_stop(cc_enclave_t *enclave, int *retval);
FROM_APPLICATION cc_enclave_result_t cc_sc_tick(cc_enclave_t *enclave, int *retval);
FROM_APPLICATION cc_enclave_result_t cc_sc_process(cc_enclave_t *enclave, int *retval,
                                                   const uint8_t *req, size_t req_len, uint8_t *rsp,
                                                   size_t rsp_cap, size_t *rsp_len);

struct relay_calls relay_calls_find(void)
{
    return (struct relay_calls){cc_sc_start, cc_sc_stop, cc_sc_tick, cc_sc_process};
}
