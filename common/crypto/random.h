/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * random.h - random bytes from libcrypto's DRBG (SP 800-90A).
 * Layer: common/crypto. Threads: any. Never call it in the zygote (docs/threat-model.md).
 */
#ifndef CC_CRYPTO_RANDOM_H
#define CC_CRYPTO_RANDOM_H

#include "base/bytes.h"

bool random_fill(void *ret_data, size_t size) __attribute__((warn_unused_result));

/* After a fork, and at start: fresh seed, and the CPU's generator mixed in where it has one, so
 * that a starter who answers getrandom() itself does not choose our keys. */
bool random_reseed(void) __attribute__((warn_unused_result));

#endif
