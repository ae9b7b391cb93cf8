/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * prepare.h - does once what libcrypto does at first use, for a process that many are forked from.
 *
 * Layer: common/crypto. Threads: once, before any other thread.
 */
#ifndef CC_CRYPTO_PREPARE_H
#define CC_CRYPTO_PREPARE_H

/* Never touches the random generator: forks of a seeded one would draw the same numbers. */
void crypto_prepare(void);

/* Of the library that is in use, as it says it itself: "OpenSSL 3.0.2 ...". */
const char *crypto_version(void);

#endif
