/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "roster.h"
#include "base/detail.h"
#include <stdlib.h>

/* Ids are random, so any bits of them spread well. */
static struct roster_shard *shard_of(struct roster *roster, uint64_t id)
{
    return &roster->shard[id % ROSTER_SHARDS];
}

static struct member **bucket_of(struct roster_shard *shard, uint64_t id)
{
    return &shard->bucket[id / ROSTER_SHARDS % ROSTER_BUCKETS];
}

/* The place that points to the member, or to NULL at the end of its bucket. */
static struct member **member_place(struct roster_shard *shard, uint64_t id)
{
    struct member **place = bucket_of(shard, id);

    while (*place != NULL && (*place)->session.id != id)
        place = &(*place)->next;
    return place;
}

void roster_init(struct roster *roster)
{
    atomic_init(&roster->count, 0);
    for (size_t i = 0; i < ROSTER_SHARDS; i++)
        pthread_mutex_init(&roster->shard[i].lock, NULL);
}

void roster_release(struct member *member)
{
    if (member == NULL || atomic_fetch_sub(&member->users, 1) != 1)
        return;
    session_done(&member->session);
    free(member);
}

bool member_over(struct member *member, uint64_t idle_ms, uint64_t now_ms)
{
    uint64_t used_ms = atomic_load_explicit(&member->used_ms, memory_order_relaxed);

    return elapsed_ms(used_ms, now_ms) >= idle_ms || session_over(&member->session, now_ms);
}

/* Unlinks all of a shard that are over, or all; returns them as a list. */
static struct member *shard_reap(struct roster *roster, struct roster_shard *shard,
                                 const struct roster_age *age)
{
    struct member *reaped = NULL;

    for (size_t b = 0; b < ROSTER_BUCKETS; b++) {
        for (struct member **place = &shard->bucket[b]; *place != NULL;) {
            struct member *m = *place;

            if (age != NULL && !member_over(m, age->idle_ms, age->now_ms)) {
                session_tick(&m->session, age->now_ms);
                place = &m->next;
                continue;
            }
            *place = m->next;
            m->next = reaped;
            reaped = m;
            atomic_fetch_sub(&roster->count, 1);
        }
    }
    return reaped;
}

static void list_release(struct member *list)
{
    while (list != NULL) {
        struct member *next = list->next;

        roster_release(list);
        list = next;
    }
}

void roster_expire(struct roster *roster, const struct roster_age *age)
{
    for (size_t i = 0; i < ROSTER_SHARDS; i++) {
        struct roster_shard *shard = &roster->shard[i];
        struct member *reaped;

        pthread_mutex_lock(&shard->lock);
        reaped = shard_reap(roster, shard, age);
        pthread_mutex_unlock(&shard->lock);
        list_release(reaped);
    }
}

void roster_reset(struct roster *roster, bool open)
{
    for (size_t i = 0; i < ROSTER_SHARDS; i++) {
        struct roster_shard *shard = &roster->shard[i];
        struct member *reaped;

        pthread_mutex_lock(&shard->lock);
        shard->open = open;
        reaped = shard_reap(roster, shard, NULL);
        pthread_mutex_unlock(&shard->lock);
        list_release(reaped);
    }
}

/* Counts one more, but never above max. */
static bool count_raise(struct roster *roster, size_t max)
{
    size_t count = atomic_load(&roster->count);

    do
        if (count >= max)
            return false;
    while (!atomic_compare_exchange_weak(&roster->count, &count, count + 1));
    return true;
}

/* Makes it findable; false when closed or the id is taken. */
static bool member_link(struct roster *roster, struct member *member)
{
    struct roster_shard *shard = shard_of(roster, member->session.id);
    struct member **place;
    bool linked = false;

    pthread_mutex_lock(&shard->lock);
    place = member_place(shard, member->session.id);
    if (shard->open && *place == NULL) {
        *place = member;
        linked = true;
    }
    pthread_mutex_unlock(&shard->lock);
    return linked;
}

cc_enclave_result_t roster_add(struct roster *roster, const struct roster_entry *entry, size_t max)
{
    struct member *member;
    cc_enclave_result_t rc = CC_ERROR_SEC_CHL_MEMORY;

    if (!count_raise(roster, max))
        return detail_fail(CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT,
                           "secure channel: %zu sessions are open already", max);
    member = calloc(1, sizeof *member);
    if (member == NULL ||
        !session_init(&member->session, SESSION_ENCLAVE, entry->id, entry->keys, entry->limits))
        goto out;
    member->peer = *entry->peer;
    atomic_init(&member->users, 1);
    atomic_init(&member->used_ms, session_now_ms());
    rc = CC_ERROR_SEC_CHL_INIT_SESSEION;
    if (!member_link(roster, member))
        goto out;
    return CC_SUCCESS;
out:
    if (member != NULL)
        session_done(&member->session); /* a session that was not initialised is fine */
    free(member);
    atomic_fetch_sub(&roster->count, 1);
    return detail_fail(rc, "secure channel: no place for a new session");
}

struct member *roster_acquire(struct roster *roster, uint64_t id)
{
    struct roster_shard *shard = shard_of(roster, id);
    struct member *member;

    pthread_mutex_lock(&shard->lock);
    member = *member_place(shard, id);
    if (member != NULL)
        atomic_fetch_add(&member->users, 1);
    pthread_mutex_unlock(&shard->lock);
    return member;
}

void roster_remove(struct roster *roster, uint64_t id)
{
    struct roster_shard *shard = shard_of(roster, id);
    struct member **place, *member;

    pthread_mutex_lock(&shard->lock);
    place = member_place(shard, id);
    member = *place;
    if (member != NULL) {
        *place = member->next;
        atomic_fetch_sub(&roster->count, 1);
    }
    pthread_mutex_unlock(&shard->lock);
    roster_release(member);
}

size_t roster_count(struct roster *roster)
{
    return atomic_load(&roster->count);
}
