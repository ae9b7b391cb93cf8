/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fault.h - makes the n-th malloc or calloc from now fail, the n-th RAND_bytes() of our own code,
 * or the n-th use of one function of common/crypto (the program is linked with --wrap; under a
 * sanitizer not for malloc and calloc, and fault_available() says so).
 * Layer: test. Threads: one.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>

enum fault_crypto {
    FAULT_HASH,
    FAULT_SHA256,
    FAULT_SHA512,
    FAULT_HMAC,
    FAULT_EXTRACT,
    FAULT_EXPAND,
    FAULT_ECDH,
    FAULT_CRYPTO_COUNT
};

bool fault_available(void);
void fault_arm(unsigned nth);
void fault_random_arm(unsigned nth);
void fault_crypto_arm(enum fault_crypto which, unsigned nth);
void fault_pause(bool on); /* what is the test's own neither counts nor fails */
void fault_zero(bool on);  /* malloc(0) answers NULL, as some libraries do */
bool fault_disarm(void);   /* whether a failure was injected */

#endif
