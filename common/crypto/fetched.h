/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fetched.h - libcrypto's algorithms, looked up once: naming one in each call (EVP_sha256()) makes
 * libcrypto search its providers each time, which costs as much as hashing a short message.
 *
 * They are made at first use and never released. Nothing here touches the random generator, so the
 * zygote may make them for all enclaves that it forks.
 *
 * Layer: common/crypto, private to it. Threads: any; the objects are read-only, also after a fork.
 */
#ifndef CC_CRYPTO_FETCHED_H
#define CC_CRYPTO_FETCHED_H

#include "crypto/hash.h"
#include <openssl/evp.h>

/* Never NULL: without memory for the lookup, the object that is looked up in each call. */
const EVP_MD *fetched_sha256(void);
const EVP_MD *fetched_sha512(void);
/* NULL where libcrypto has no such hash. */
const EVP_MD *fetched_hash(enum hash_alg alg);
const EVP_CIPHER *fetched_aes_256_gcm(void);
const EVP_CIPHER *fetched_sm4_gcm(void); /* NULL: this OpenSSL has none (before 3.1) */

#endif
