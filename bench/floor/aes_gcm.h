/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * aes_gcm.h - the floor of sealing: AES-256-GCM through EVP, context and key kept, a new nonce for
 * each message, no additional data, tag taken, by the calls that libcrypto's manual shows.
 * Layer: bench. Threads: one.
 */
#ifndef BENCH_AES_GCM_H
#define BENCH_AES_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool gcm_floor_start(void);
/* out: size + 16 bytes. */
bool gcm_floor_run(const uint8_t *plain, size_t size, uint8_t *out, unsigned messages);
void gcm_floor_stop(void);

#endif
