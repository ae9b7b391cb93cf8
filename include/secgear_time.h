/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_time.h - the time, and whose word it is. An addition to secGear's interface.
 */
#ifndef SECGEAR_TIME_H
#define SECGEAR_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the time comes from: the only source of this release is the kernel's clock as the device
 * reads it. The host program and its enclaves can not set it; root can, and so can whoever
 * answers that machine's time protocol. */
typedef enum { CC_TIME_SOURCE_KERNEL_CLOCK = 1 } cc_time_source_t;

typedef struct {
    uint64_t seconds; /* since 1970, UTC */
    uint32_t nanoseconds;
    cc_time_source_t source;
} cc_time_t;

/**
 * Asks the device for the time, instead of the enclave's own clock calls, for which
 * nothing vouches. To an enclave time never runs backwards: a clock that was set back is an error.
 *
 * out     now  the time and its source
 *
 * returns CC_SUCCESS                 written
 *         CC_ERROR_BAD_PARAMETERS    now NULL
 *         CC_ERROR_TIME_NEEDS_RESET  the clock is behind what this enclave was told before
 *         CC_ERROR_COMMUNICATION     the device did not answer
 *
 * owner   the caller; nothing is written on error
 * threads any
 * source  docs/protocol.md, Device protocol
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t cc_enclave_get_time(cc_time_t *now);

#ifdef __cplusplus
}
#endif

#endif
