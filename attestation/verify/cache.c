/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/chain.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, SETS_MAX_COUNT = 4096 };

struct entry {
    uint8_t id[SHA256_SIZE];
    struct chain_proof proof; /* key NULL: free */
    uint64_t used;            /* number of its last use */
};

struct verify_cache {
    pthread_mutex_t lock;
    uint64_t uses;
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
        ecdsa_done(&cache->entries[i].proof.key);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* The same chain under other pinned roots is another entry. */
static bool chain_id(const struct policy *policy, const struct report *report,
                     uint8_t ret_id[static SHA256_SIZE])
{
    struct hash hash;

    hash_init(&hash);
    hash_add(&hash, VIEW_OF(policy->roots_hash));
    for (size_t i = 0; i < report->chain_count; i++) {
        uint8_t size[4];
        struct writer w = writer_over(size, sizeof size);

        writer_be32(&w, (uint32_t)report->chain[i].size);
        hash_add(&hash, VIEW_OF(size));
        hash_add(&hash, report->chain[i]);
    }
    return hash_final(&hash, ret_id);
}

static struct entry *set_of(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE])
{
    struct reader r = reader_over(view_of(id, SHA256_SIZE));

    return &cache->entries[reader_be64(&r) % cache->set_count * WAYS];
}

static bool cache_find(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE],
                       struct chain_proof *ret_proof)
{
    struct entry *set = set_of(cache, id);
    bool found = false;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < WAYS && !found; i++) {
        struct chain_proof proof = set[i].proof;

        if (proof.key.key == NULL || !view_equal(VIEW_OF(set[i].id), view_of(id, SHA256_SIZE)) ||
            !ecdsa_share(&set[i].proof.key, &proof.key))
            continue;
        set[i].used = ++cache->uses;
        *ret_proof = proof;
        found = true;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

/* Keeps a second owner of the key; without one, or if another thread was faster, keeps nothing. */
static void cache_keep(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE],
                       const struct chain_proof *proof)
{
    struct entry *set = set_of(cache, id);
    struct entry *oldest = set;
    struct entry fresh = {.proof = *proof};
    struct writer w = writer_over(fresh.id, sizeof fresh.id);
    bool known = false;

    writer_put(&w, view_of(id, SHA256_SIZE));
    if (!ecdsa_share(&proof->key, &fresh.proof.key))
        return;
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].proof.key.key != NULL && view_equal(VIEW_OF(set[i].id), VIEW_OF(fresh.id)))
            known = true;
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    if (!known) {
        struct ecdsa_key evicted = oldest->proof.key;

        fresh.used = ++cache->uses;
        *oldest = fresh;
        fresh.proof.key = evicted;
    }
    pthread_mutex_unlock(&cache->lock);
    ecdsa_done(&fresh.proof.key);
}

static cc_enclave_result_t dates_check(const struct chain_proof *proof, uint64_t now_s)
{
    if (now_s >= proof->not_before_s && now_s <= proof->not_after_s)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                       "verify: dates: certificates valid from %" PRIu64 " to %" PRIu64
                       " (seconds since 1970), now it is %" PRIu64,
                       proof->not_before_s, proof->not_after_s, now_s);
}

cc_enclave_result_t chain_verify_cached(const struct policy *policy, struct verify_cache *cache,
                                        const struct report *report, uint64_t now_s,
                                        struct chain_proof *ret_proof)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct chain_proof proof = {.key = {NULL, NULL}};
    uint8_t id[SHA256_SIZE];
    bool usable = cache != NULL && chain_id(policy, report, id);

    if (!usable || !cache_find(cache, id, &proof)) {
        rc = chain_verify(policy, report, &proof);
        if (rc == CC_SUCCESS && usable)
            cache_keep(cache, id, &proof);
    }
    if (rc == CC_SUCCESS)
        rc = dates_check(&proof, now_s);
    if (rc != CC_SUCCESS) {
        ecdsa_done(&proof.key);
        return rc;
    }
    *ret_proof = proof;
    return CC_SUCCESS;
}
