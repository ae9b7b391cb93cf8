/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * protections.h - what the device says that protects an enclave, against what the application asked
 * for, and warnings about what is missing.
 *
 * Layer: libsecgear_urts. Threads: no state.
 */
#ifndef URTS_PROTECTIONS_H
#define URTS_PROTECTIONS_H

#include "status.h"
#include "wire/device.h"

/* CC_ERROR_NO_DEVICE: SECGEAR_REQUIRE names one that is not there, or that does not exist. */
cc_enclave_result_t protections_require(uint32_t have);
/* Of the answer to a create with these flags; each is said once. */
void weaknesses_say(const struct device_message *created, uint64_t flags);

#endif
