/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * roster.h - the established sessions, found by their random id.
 *
 * 64 shards with a lock each; a lock is held while a list of a few members is searched, never over
 * cryptography, so records of different sessions do not wait for each other. A member stays alive
 * while somebody uses it: removal makes it unfindable, the last release wipes it.
 *
 * Layer: libtsecure_channel. Threads: any.
 */
#ifndef TSECURE_CHANNEL_ROSTER_H
#define TSECURE_CHANNEL_ROSTER_H

#include "channel/session.h"
#include "secure_channel_enclave.h"
#include <pthread.h>
#include <stdatomic.h>

enum { ROSTER_SHARDS = 64, ROSTER_BUCKETS = 64 };

struct member {
    struct member *next; /* in its bucket */
    atomic_uint users;   /* the roster is one of them */
    _Atomic uint64_t used_ms;
    struct session session;
    cc_sec_chl_peer_t peer;
};

struct roster_shard {
    pthread_mutex_t lock;
    bool open;
    struct member *bucket[ROSTER_BUCKETS];
};

struct roster {
    atomic_size_t count;
    struct roster_shard shard[ROSTER_SHARDS];
};

void roster_init(struct roster *roster);             /* once, closed */
void roster_reset(struct roster *roster, bool open); /* drops everybody */

struct roster_entry {
    uint64_t id;
    const struct traffic_keys *keys;
    const struct session_limits *limits;
    const cc_sec_chl_peer_t *peer;
};

/* CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT, _MEMORY, _INIT_SESSEION (closed, or the id is used).
 */
cc_enclave_result_t roster_add(struct roster *roster, const struct roster_entry *entry, size_t max)
    __attribute__((warn_unused_result));
struct member *roster_acquire(struct roster *roster, uint64_t id); /* NULL: none; else release it */
void roster_release(struct member *member);
void roster_remove(struct roster *roster, uint64_t id); /* no such id: nothing */
/* Drops those who are over, and the old keys of the others. */
struct roster_age {
    uint64_t idle_ms;
    uint64_t now_ms;
};

void roster_expire(struct roster *roster, const struct roster_age *age);
/* Unused for too long, or older than it may become; time is this side's own. */
bool member_over(struct member *member, uint64_t idle_ms, uint64_t now_ms);
size_t roster_count(struct roster *roster);

#endif
