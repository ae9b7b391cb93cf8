/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huawei.h - the vendor's keys above virtCCA and iTrustee devices. Layer: attestation/verify. */
#ifndef VERIFY_HUAWEI_H
#define VERIFY_HUAWEI_H

#include "verify/x509_chain.h"

extern const struct pins huawei_pins;

#endif
