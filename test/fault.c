/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "fault.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/* Atomic, since tests of several threads are linked with it too; only one thread arms it. */
static _Atomic unsigned countdown, random_countdown, crypto_countdown[FAULT_CRYPTO_COUNT];
static _Atomic bool fired, none_for_zero, paused;

void *__real_malloc(size_t size) __attribute__((weak));
void *__wrap_malloc(size_t size);

void *__real_calloc(size_t count, size_t size) __attribute__((weak));
void *__wrap_calloc(size_t count, size_t size);

static bool fails_now(_Atomic unsigned *left)
{
    if (atomic_load_explicit(left, memory_order_relaxed) == 0 || paused ||
        atomic_fetch_sub(left, 1) != 1)
        return false;
    fired = true;
    return true;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now(&countdown) ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    if (fails_now(&countdown))
        return NULL;
    return size == 0 && none_for_zero ? NULL : __real_malloc(size);
}

int __real_RAND_bytes(unsigned char *data, int size);
int __wrap_RAND_bytes(unsigned char *data, int size);

int __wrap_RAND_bytes(unsigned char *data, int size)
{
    return fails_now(&random_countdown) ? 0 : __real_RAND_bytes(data, size);
}

/* A function of common/crypto, in front of which this one stands. */
#define IN_FRONT(which, name, parameters, arguments)                                               \
    bool __real_##name parameters;                                                                 \
    bool __wrap_##name parameters;                                                                 \
    bool __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails_now(&crypto_countdown[which]) ? false : __real_##name arguments;              \
    }

IN_FRONT(FAULT_HASH, hash_final, (struct hash * hash, uint8_t *digest), (hash, digest))
IN_FRONT(FAULT_SHA256, sha256, (struct view message, uint8_t *digest), (message, digest))
IN_FRONT(FAULT_SHA512, sha512, (struct view message, uint8_t *digest), (message, digest))
IN_FRONT(FAULT_HMAC, hmac_sha256, (struct view key, struct view message, uint8_t *mac),
         (key, message, mac))
IN_FRONT(FAULT_HMAC, hmac_by,
         (enum hash_alg alg, struct view key, struct view message, uint8_t *mac),
         (alg, key, message, mac))
IN_FRONT(FAULT_EXTRACT, hkdf_extract_by,
         (enum hash_alg alg, struct view salt, struct view ikm, struct secret *prk),
         (alg, salt, ikm, prk))
IN_FRONT(FAULT_EXPAND, hkdf_expand_by,
         (enum hash_alg alg, const struct secret *prk, struct view info, void *okm, size_t size),
         (alg, prk, info, okm, size))
IN_FRONT(FAULT_ECDH, ecdh_generate, (struct ecdh * key, enum ecdh_group group), (key, group))

bool fault_available(void)
{
    void *(*volatile allocate)(size_t) = malloc;

    return allocate == __wrap_malloc;
}

void fault_arm(unsigned nth)
{
    countdown = nth;
    fired = false;
}

void fault_random_arm(unsigned nth)
{
    random_countdown = nth;
    fired = false;
}

void fault_crypto_arm(enum fault_crypto which, unsigned nth)
{
    crypto_countdown[which] = nth;
    fired = false;
}

void fault_pause(bool on)
{
    paused = on;
}

void fault_zero(bool on)
{
    none_for_zero = on;
}

bool fault_disarm(void)
{
    countdown = 0;
    random_countdown = 0;
    for (size_t i = 0; i < FAULT_CRYPTO_COUNT; i++)
        crypto_countdown[i] = 0;
    return fired;
}
