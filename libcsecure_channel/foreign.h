/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * foreign.h - evidence that is not of our device: judged by libsecgear_verify, which is opened when
 * a policy that names other types meets some. A client that needs none of it needs no such library.
 *
 * Layer: libcsecure_channel. Threads: any; the library is opened once and stays.
 */
#ifndef CSECURE_CHANNEL_FOREIGN_H
#define CSECURE_CHANNEL_FOREIGN_H

#include "base/detail.h"
#include "channel/world.h"
#include "secgear_verify.h"

/* CC_ERROR_SEC_CHL_INVALID_REPORT: no verifier knows it; CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT:
 * refused, or the library is not installed. The detail says which rule. */
cc_enclave_result_t foreign_check(const struct foreign_request *request, bool *ret_debug)
    __attribute__((warn_unused_result));

#endif
