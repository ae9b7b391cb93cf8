/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/cache.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, SETS_MAX_COUNT = 4096, SEEN_COUNT = 4, SEEN_MAX_SIZE = 256 << 10 };

struct entry {
    uint8_t id[SHA256_SIZE];
    struct kept *kept; /* NULL: free */
    uint64_t used;     /* number of its last use */
};

/* Blobs as they came: names with their end, sizes, bytes. */
struct seen {
    struct buf bytes;
    uint8_t digest[SHA256_SIZE];
};

/* Those of one kind; places are taken in turn. */
struct seen_list {
    struct seen list[SEEN_COUNT];
    size_t next;
};

struct verify_cache {
    pthread_mutex_t lock;
    uint64_t uses;
    struct seen_list seen[SEEN_KINDS];
    size_t set_count;
    struct entry entries[]; /* set_count * WAYS */
};

struct verify_cache *verify_cache_new(size_t entries)
{
    size_t sets = entries / WAYS + (entries % WAYS != 0);
    struct verify_cache *cache;
    size_t size;

    if (sets == 0)
        sets = 1;
    if (sets > SETS_MAX_COUNT)
        sets = SETS_MAX_COUNT;
    size = sizeof *cache + sets * WAYS * sizeof cache->entries[0]; /* sets is small */
    cache = malloc(size);
    if (cache == NULL)
        return NULL;
    memset(cache, 0, size);
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    cache->set_count = sets;
    return cache;
}

void verify_cache_free(struct verify_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->set_count * WAYS; i++)
        kept_release(cache->entries[i].kept);
    for (size_t i = 0; i < SEEN_KINDS * SEEN_COUNT; i++)
        buf_free(&cache->seen[i / SEEN_COUNT].list[i % SEEN_COUNT].bytes);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

void kept_release(struct kept *kept)
{
    if (kept != NULL && __atomic_sub_fetch(&kept->owners, 1, __ATOMIC_ACQ_REL) == 0)
        kept->done(kept);
}

static struct entry *set_of(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE])
{
    struct reader r = reader_over(view_of(id, SHA256_SIZE));

    return &cache->entries[reader_be64(&r) % cache->set_count * WAYS];
}

static bool entry_is(const struct entry *entry, const uint8_t id[static SHA256_SIZE])
{
    return entry->kept != NULL && view_equal(VIEW_OF(entry->id), view_of(id, SHA256_SIZE));
}

struct kept *cache_find(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE])
{
    struct entry *set = set_of(cache, id);
    struct kept *found = NULL;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < WAYS && found == NULL; i++) {
        if (!entry_is(&set[i], id))
            continue;
        found = set[i].kept;
        __atomic_add_fetch(&found->owners, 1, __ATOMIC_RELAXED);
        set[i].used = ++cache->uses;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

void cache_keep(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE], struct kept *kept)
{
    struct entry *set = set_of(cache, id);
    struct entry *oldest = set;
    struct kept *out = NULL;
    bool known = false;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < WAYS; i++) {
        known = known || entry_is(&set[i], id); /* another thread was faster */
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    if (!known) {
        out = oldest->kept;
        memcpy(oldest->id, id, SHA256_SIZE);
        oldest->kept = kept;
        oldest->used = ++cache->uses;
        __atomic_add_fetch(&kept->owners, 1, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&cache->lock);
    kept_release(out);
}

/* Takes what is next of seen; false: something else stands there. */
static bool piece_matches(struct view *rest, struct view piece)
{
    if (rest->size < piece.size || !view_equal(view_of(rest->data, piece.size), piece))
        return false;
    *rest = view_of(rest->data + piece.size, rest->size - piece.size);
    return true;
}

static bool seen_matches(const struct seen *seen, const cc_verify_blob_t *blobs, size_t count)
{
    struct view rest = buf_view(&seen->bytes);

    if (rest.size == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const cc_verify_blob_t *b = &blobs[i];
        const char *name = b->name != NULL ? b->name : "";

        if (!piece_matches(&rest, view_of(name, strlen(name) + 1)) ||
            !piece_matches(&rest, view_of(&b->size, sizeof b->size)) ||
            !piece_matches(&rest, view_of(b->data, b->size)))
            return false;
    }
    return rest.size == 0;
}

/* Empty: too much, or no memory. */
static struct buf blobs_copy(const cc_verify_blob_t *blobs, size_t count)
{
    struct buf bytes = BUF_EMPTY;
    size_t size = 0;
    struct writer w;

    for (size_t i = 0; i < count; i++) {
        const cc_verify_blob_t *b = &blobs[i];
        size_t name = b->name != NULL ? strlen(b->name) : 0;

        if (b->size > SEEN_MAX_SIZE || name > SEEN_MAX_SIZE || size > SEEN_MAX_SIZE)
            return BUF_EMPTY;
        size += name + 1 + sizeof b->size + b->size; /* three small numbers, 64 times at most */
    }
    if (size == 0 || size > SEEN_MAX_SIZE || !buf_alloc(&bytes, size))
        return BUF_EMPTY;
    w = writer_over(bytes.data, bytes.size);
    for (size_t i = 0; i < count; i++) {
        const cc_verify_blob_t *b = &blobs[i];
        const char *name = b->name != NULL ? b->name : "";

        writer_put(&w, view_of(name, strlen(name) + 1));
        writer_put(&w, view_of(&b->size, sizeof b->size));
        writer_put(&w, view_of(b->data, b->size));
    }
    return bytes;
}

static bool seen_find(struct verify_cache *cache, const struct seen_list *seen,
                      const cc_verify_blob_t *blobs, size_t count,
                      uint8_t ret_digest[static SHA256_SIZE])
{
    bool found = false;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < SEEN_COUNT && !found; i++) {
        found = seen_matches(&seen->list[i], blobs, count);
        if (found)
            memcpy(ret_digest, seen->list[i].digest, SHA256_SIZE);
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

bool cache_digest(struct verify_cache *cache, enum cache_seen kind, const cc_verify_blob_t *blobs,
                  size_t count, uint8_t ret_digest[static SHA256_SIZE])
{
    struct seen_list *seen = &cache->seen[kind];
    struct seen fresh = {.bytes = BUF_EMPTY};

    if (seen_find(cache, seen, blobs, count, ret_digest))
        return true;
    fresh.bytes = blobs_copy(blobs, count);
    if (fresh.bytes.size == 0 || !sha256(buf_view(&fresh.bytes), fresh.digest)) {
        buf_free(&fresh.bytes);
        return false;
    }
    memcpy(ret_digest, fresh.digest, SHA256_SIZE);
    pthread_mutex_lock(&cache->lock);
    buf_free(&seen->list[seen->next].bytes);
    seen->list[seen->next] = fresh;
    seen->next = (seen->next + 1) % SEEN_COUNT;
    pthread_mutex_unlock(&cache->lock);
    return true;
}
