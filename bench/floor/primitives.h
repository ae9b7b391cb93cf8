/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * primitives.h - the floors of keys: the cryptography that no sealing or signing does without,
 * one primitive after the other through EVP, in this process.
 * Layer: bench. Threads: one; the signer of signer_start() is a process of its own.
 */
#ifndef BENCH_PRIMITIVES_H
#define BENCH_PRIMITIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool seal_floor_start(void);
/* Random salt and nonce, HMAC-SHA-256 for a fresh key, AES-256-GCM with it. */
bool seal_floor_run(const uint8_t *plain, size_t size, unsigned count);
/* The same without random numbers, opening what seal_floor_run() made last. */
bool unseal_floor_run(size_t size, unsigned count);

/* Another process signs SHA-256 by ECDSA P-256; question and answer over SOCK_SEQPACKET. */
bool signer_start(void);
bool signer_run(unsigned count);
void signer_stop(void);

#endif
