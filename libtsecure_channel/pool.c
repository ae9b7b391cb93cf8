/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "pool.h"

void half_open_wipe(struct half_open *entry)
{
    wipe(entry, sizeof *entry);
}

/* The entry, or NULL; 0 finds a free place. 512 words are read faster than a hash is kept. */
static struct half_open *pool_find(struct pool *pool, uint64_t id)
{
    for (size_t i = 0; i < POOL_MAX_COUNT; i++)
        if (pool->entry[i].id == id)
            return &pool->entry[i];
    return NULL;
}

/* Public bytes, so how long it takes says nothing. */
static struct half_open *pool_find_nonce(struct pool *pool, struct view nonce_c)
{
    for (size_t i = 0; i < POOL_MAX_COUNT; i++)
        if (pool->entry[i].id != 0 && view_equal(VIEW_OF(pool->entry[i].nonce_c), nonce_c))
            return &pool->entry[i];
    return NULL;
}

static struct half_open *pool_oldest(struct pool *pool, size_t *ret_count)
{
    struct half_open *oldest = NULL;
    size_t count = 0;

    for (size_t i = 0; i < POOL_MAX_COUNT; i++) {
        struct half_open *e = &pool->entry[i];

        if (e->id == 0)
            continue;
        count++;
        if (oldest == NULL || e->born_ms < oldest->born_ms)
            oldest = e;
    }
    *ret_count = count;
    return oldest;
}

void pool_reset(struct pool *pool, bool open)
{
    pthread_mutex_lock(&pool->lock);
    pool->open = open;
    wipe(pool->entry, sizeof pool->entry);
    pthread_mutex_unlock(&pool->lock);
}

bool pool_add(struct pool *pool, const struct half_open *entry, size_t max)
{
    struct half_open *oldest, *place;
    size_t count;
    bool added = false;

    pthread_mutex_lock(&pool->lock);
    if (pool->open && entry->id != 0 && pool_find(pool, entry->id) == NULL &&
        pool_find_nonce(pool, VIEW_OF(entry->nonce_c)) == NULL) {
        oldest = pool_oldest(pool, &count);
        if (oldest != NULL && count >= max)
            half_open_wipe(oldest);
        place = pool_find(pool, 0);
        if (place != NULL) {
            *place = *entry;
            added = true;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return added;
}

bool pool_contains(struct pool *pool, uint64_t id)
{
    bool found;

    pthread_mutex_lock(&pool->lock);
    found = id != 0 && pool_find(pool, id) != NULL;
    pthread_mutex_unlock(&pool->lock);
    return found;
}

bool pool_copy(struct pool *pool, uint64_t id, struct half_open *ret_entry)
{
    struct half_open *entry = NULL;

    pthread_mutex_lock(&pool->lock);
    if (id != 0)
        entry = pool_find(pool, id);
    if (entry != NULL)
        *ret_entry = *entry;
    pthread_mutex_unlock(&pool->lock);
    return entry != NULL;
}

bool pool_take(struct pool *pool, uint64_t id)
{
    struct half_open *entry = NULL;

    pthread_mutex_lock(&pool->lock);
    if (id != 0)
        entry = pool_find(pool, id);
    if (entry != NULL)
        half_open_wipe(entry);
    pthread_mutex_unlock(&pool->lock);
    return entry != NULL;
}

void pool_punish(struct pool *pool, uint64_t id)
{
    struct half_open *entry = NULL;

    pthread_mutex_lock(&pool->lock);
    if (id != 0)
        entry = pool_find(pool, id);
    if (entry != NULL && ++entry->bad_count >= POOL_BAD_MAX_COUNT)
        half_open_wipe(entry);
    pthread_mutex_unlock(&pool->lock);
}

void pool_expire(struct pool *pool, uint64_t before_ms)
{
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < POOL_MAX_COUNT; i++)
        if (pool->entry[i].id != 0 && pool->entry[i].born_ms < before_ms)
            half_open_wipe(&pool->entry[i]);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_count(struct pool *pool)
{
    size_t count;

    pthread_mutex_lock(&pool->lock);
    (void)pool_oldest(pool, &count);
    pthread_mutex_unlock(&pool->lock);
    return count;
}

bool pool_contains_nonce(struct pool *pool, struct view nonce_c)
{
    bool found;

    pthread_mutex_lock(&pool->lock);
    found = pool_find_nonce(pool, nonce_c) != NULL;
    pthread_mutex_unlock(&pool->lock);
    return found;
}
