/* SPDX-License-Identifier: MulanPSL-2.0 */
/* host.h - what the generated host half stands on. Layer: test. */
#ifndef ROUNDTRIP_HOST_H
#define ROUNDTRIP_HOST_H

#include "enclave.h" /* of the SDK */
#include "functions.h"

extern cc_enclave_t enclave;

#endif
