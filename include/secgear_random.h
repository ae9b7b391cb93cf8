/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_random.h - random bytes inside an enclave.
 */
#ifndef SECGEAR_RANDOM_H
#define SECGEAR_RANDOM_H

#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Fills a buffer from the enclave's own deterministic random bit generator.
 *
 * out     buffer  size bytes
 * in      size    at least 1
 *
 * returns CC_SUCCESS               filled
 *         CC_ERROR_BAD_PARAMETERS  buffer NULL or size 0
 *         CC_FAIL                  the generator failed; buffer wiped
 *
 * owner   the caller
 * threads any
 * source  secGear secgear_random.h; NIST SP 800-90A
 * sample  samples/secure_channel/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t cc_enclave_generate_random(void *buffer,
                                                                                      size_t size);

#ifdef __cplusplus
}
#endif

#endif
