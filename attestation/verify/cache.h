/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cache.h - what verified before, by SHA-256 of all that it depends on but the time: 8-way
 * set-associative, the least recently used of a set goes out. Who finds something checks its dates.
 *
 * Layer: attestation/verify, private to it. Threads: a cache has its own lock; what is kept is
 * read-only and has as many owners as use it.
 */
#ifndef VERIFY_CACHE_H
#define VERIFY_CACHE_H

#include "crypto/hash.h"
#include "secgear_verifier.h"
#include "verify/verify.h"

/* Head of what is kept; done() frees the whole of it when the last owner is gone. */
struct kept {
    unsigned owners;
    void (*done)(struct kept *kept);
};

/* The finder becomes one more owner; NULL: it is not there. */
struct kept *cache_find(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE]);
/* The cache becomes one more owner, unless it has something under that id. */
void cache_keep(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE],
                struct kept *kept);
void kept_release(struct kept *kept); /* NULL is fine */

/* A digest of blobs, by comparing them with those of their kind that came lately: all parts of the
 * collateral, or the certificates in a quote. False: too large, or no memory. */
enum cache_seen { SEEN_COLLATERAL, SEEN_CERTIFICATES, SEEN_KINDS };
bool cache_digest(struct verify_cache *cache, enum cache_seen kind, const cc_verify_blob_t *blobs,
                  size_t count, uint8_t ret_digest[static SHA256_SIZE])
    __attribute__((warn_unused_result));

#endif
