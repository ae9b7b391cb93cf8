/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pool.h - handshakes between HELLO and FINISH: bounded, short-lived, the oldest gives way.
 *
 * Anybody may fill it, so an entry is small, holds no private key (the shared secret is derived
 * while HELLO is answered), and nothing else depends on it: established sessions live in roster.h.
 *
 * Layer: libtsecure_channel. Threads: any; one lock, never held over cryptography.
 */
#ifndef TSECURE_CHANNEL_POOL_H
#define TSECURE_CHANNEL_POOL_H

#include "channel/schedule.h"
#include <pthread.h>

enum { POOL_MAX_COUNT = 512, POOL_BAD_MAX_COUNT = 3 };

struct half_open {
    uint64_t id; /* 0: a free place */
    uint64_t born_ms;
    unsigned bad_count;       /* FINISH messages that did not authenticate */
    struct schedule schedule; /* secret; after schedule_evidence() */
    uint8_t fin_s[SC2_MAC_SIZE];
    uint8_t nonce_c[SC2_NONCE_SIZE]; /* the HELLO's: one that is sent again opens nothing */
};

struct pool {
    pthread_mutex_t lock;
    bool open;
    struct half_open entry[POOL_MAX_COUNT];
};

/* Open or closed; both drop and wipe what is in it. */
void pool_reset(struct pool *pool, bool open);

/* Takes a copy; drops the oldest of max entries. False: closed, or the id or nonce is in use. */
bool pool_add(struct pool *pool, const struct half_open *entry, size_t max)
    __attribute__((warn_unused_result));
bool pool_contains(struct pool *pool, uint64_t id);
bool pool_copy(struct pool *pool, uint64_t id, struct half_open *ret_entry)
    __attribute__((warn_unused_result));
/* Removes it; false when another thread did so before. */
bool pool_take(struct pool *pool, uint64_t id) __attribute__((warn_unused_result));
/* Counts a FINISH that did not authenticate; the third drops the entry. */
void pool_punish(struct pool *pool, uint64_t id);
void pool_expire(struct pool *pool, uint64_t before_ms);
size_t pool_count(struct pool *pool);
bool pool_contains_nonce(struct pool *pool, struct view nonce_c);

void half_open_wipe(struct half_open *entry);

#endif
