/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huawei.h - the vendor's keys above virtCCA and iTrustee devices. Layer: attestation/verify. */
#ifndef VERIFY_HUAWEI_H
#define VERIFY_HUAWEI_H

#include "verify/x509_chain.h"

extern const struct pins huawei_pins;

/* The collateral's certificates above a device: mandatory. Refuses by itself. */
bool huawei_issuers_read(const struct judge *j, struct certs *issuers)
    __attribute__((warn_unused_result));

#endif
