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

/* Where ciphertexts go: one behind the other, then from the first place again. */
struct gcm_places {
    uint8_t *first;
    size_t step; /* at least size + 16 bytes */
    unsigned count;
};

bool gcm_floor_start(void);
bool gcm_floor_run(const uint8_t *plain, size_t size, const struct gcm_places *places,
                   unsigned messages);
/* The same, and each opened at once, where the caches still hold it: no transport. */
bool gcm_floor_open(const uint8_t *plain, size_t size, const struct gcm_places *places,
                    unsigned messages);
void gcm_floor_stop(void);

#endif
