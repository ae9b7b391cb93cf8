/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/ecdh.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>

enum { GROUP_COUNT = 4, MAKERS_MAX = 8 };

static const char HYBRID[] = "X25519MLKEM768";

/*
 * Contexts that make keys, kept since setting one up costs more than a P-256 key itself. They hold
 * parameters only, no key. Each is taken by one thread at a time; one that finds none makes one,
 * and what finds no place is released. No lock, so a fork at any moment leaves nothing locked.
 */
static EVP_PKEY_CTX *_Atomic makers[GROUP_COUNT][MAKERS_MAX];

size_t ecdh_public_size(enum ecdh_group group)
{
    switch (group) {
    case ECDH_X25519:
        return ECDH_X25519_PUBLIC_SIZE;
    case ECDH_P256:
    case ECDH_SM2:
        return ECDH_P256_PUBLIC_SIZE;
    case ECDH_X25519MLKEM768:
        return ECDH_X25519MLKEM768_PUBLIC_SIZE;
    }
    return 0;
}

/* Looked for once; a provider that is loaded later does not count. */
static bool hybrid_available(void)
{
    enum { UNKNOWN, ABSENT, THERE };
    static _Atomic int known = UNKNOWN;
    int state = atomic_load(&known);

    if (state == UNKNOWN) {
        EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(NULL, HYBRID, NULL);

        state = found != NULL ? THERE : ABSENT;
        EVP_KEYMGMT_free(found);
        ERR_clear_error();
        atomic_store(&known, state);
    }
    return state == THERE;
}

bool ecdh_available(enum ecdh_group group)
{
    return group == ECDH_X25519MLKEM768 ? hybrid_available() : ecdh_public_size(group) != 0;
}

static const char *maker_name(enum ecdh_group group)
{
    switch (group) {
    case ECDH_X25519:
        return "X25519";
    case ECDH_P256:
    case ECDH_SM2:
        return "EC";
    case ECDH_X25519MLKEM768:
        return HYBRID;
    }
    return NULL;
}

static EVP_PKEY_CTX *maker_new(enum ecdh_group group)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, maker_name(group), NULL);
    const char *curve = group == ECDH_P256 ? "P-256" : group == ECDH_SM2 ? "SM2" : NULL;

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
        (curve == NULL || EVP_PKEY_CTX_set_group_name(ctx, curve) == 1))
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

static EVP_PKEY_CTX *maker_take(enum ecdh_group group)
{
    for (size_t i = 0; i < MAKERS_MAX; i++) {
        EVP_PKEY_CTX *ctx = atomic_exchange(&makers[group - 1][i], NULL);

        if (ctx != NULL)
            return ctx;
    }
    return maker_new(group);
}

static void maker_give(enum ecdh_group group, EVP_PKEY_CTX *ctx)
{
    for (size_t i = 0; i < MAKERS_MAX; i++) {
        EVP_PKEY_CTX *none = NULL;

        if (atomic_compare_exchange_strong(&makers[group - 1][i], &none, ctx))
            return;
    }
    EVP_PKEY_CTX_free(ctx);
}

static EVP_PKEY *ecdh_key_new(enum ecdh_group group)
{
    EVP_PKEY_CTX *ctx = maker_take(group);
    EVP_PKEY *key = NULL;

    if (ctx == NULL)
        return NULL;
    if (EVP_PKEY_generate(ctx, &key) != 1)
        key = NULL;
    maker_give(group, ctx);
    return key;
}

void ecdh_prepare(void)
{
    for (enum ecdh_group group = ECDH_X25519; group <= ECDH_X25519MLKEM768; group++) {
        EVP_PKEY_CTX *ctx = ecdh_available(group) ? maker_take(group) : NULL;

        if (ctx != NULL)
            maker_give(group, ctx);
    }
}

/* The peer's key on our curve; decoding a point checks that it is on it (SEC 1, 2.3.4). */
static EVP_PKEY *ecdh_peer_new(const struct ecdh *key, struct view peer_public)
{
    EVP_PKEY *peer;

    if (peer_public.size != ecdh_public_size(key->group))
        return NULL;
    if (key->group == ECDH_X25519)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer_public.data,
                                           peer_public.size);
    if (peer_public.data[0] != POINT_CONVERSION_UNCOMPRESSED)
        return NULL;
    peer = EVP_PKEY_new();
    if (peer == NULL || EVP_PKEY_copy_parameters(peer, key->key) != 1 ||
        EVP_PKEY_set1_encoded_public_key(peer, peer_public.data, peer_public.size) != 1) {
        EVP_PKEY_free(peer);
        return NULL;
    }
    return peer;
}

bool ecdh_generate(struct ecdh *ret_key, enum ecdh_group group)
{
    struct ecdh fresh = {.group = group};

    if (!ecdh_available(group))
        return false;
    fresh.key = ecdh_key_new(group);
    if (fresh.key == NULL ||
        EVP_PKEY_get_octet_string_param(fresh.key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        fresh.public_key, sizeof fresh.public_key,
                                        &fresh.public_size) != 1 ||
        fresh.public_size != ecdh_public_size(group)) {
        ecdh_done(&fresh);
        return false;
    }
    *ret_key = fresh;
    return true;
}

struct view ecdh_public(const struct ecdh *key)
{
    return (struct view){key->public_key, key->public_size};
}

/* A Diffie-Hellman secret has 32 bytes, and is not all zero (RFC 7748, 6.1). */
static bool agree(const struct ecdh *key, EVP_PKEY_CTX *ctx, struct view peer_public,
                  struct ecdh_shared *ret_shared)
{
    static const uint8_t zero[sizeof(struct secret)];
    EVP_PKEY *peer = ecdh_peer_new(key, peer_public);
    bool good = peer != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
                EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
                EVP_PKEY_derive(ctx, ret_shared->bytes, &ret_shared->size) == 1 &&
                ret_shared->size == sizeof zero &&
                !equal_ct(ecdh_shared_view(ret_shared), VIEW_OF(zero));

    EVP_PKEY_free(peer);
    return good;
}

static bool decapsulate(EVP_PKEY_CTX *ctx, struct view answer, struct ecdh_shared *ret_shared)
{
    return answer.size == ECDH_X25519MLKEM768_ANSWER_SIZE &&
           EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
           EVP_PKEY_decapsulate(ctx, ret_shared->bytes, &ret_shared->size, answer.data,
                                answer.size) == 1 &&
           ret_shared->size == ECDH_SHARED_MAX_SIZE;
}

bool ecdh_derive(const struct ecdh *key, struct view peer_public, struct ecdh_shared *ret_shared)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->key, NULL);
    bool good = ctx != NULL;

    ret_shared->size = sizeof ret_shared->bytes;
    good = good && (key->group == ECDH_X25519MLKEM768 ? decapsulate(ctx, peer_public, ret_shared)
                                                      : agree(key, ctx, peer_public, ret_shared));
    EVP_PKEY_CTX_free(ctx);
    if (!good)
        wipe(ret_shared, sizeof *ret_shared);
    return good;
}

/* Reading the key checks it (FIPS 203, 7.2). */
bool ecdh_encapsulate(struct ecdh *ret_answer, struct view peer_public,
                      struct ecdh_shared *ret_shared)
{
    struct ecdh answer = {.group = ECDH_X25519MLKEM768, .public_size = sizeof answer.public_key};
    EVP_PKEY *peer = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    bool good;

    ret_shared->size = sizeof ret_shared->bytes;
    if (peer_public.size == ECDH_X25519MLKEM768_PUBLIC_SIZE && hybrid_available())
        peer =
            EVP_PKEY_new_raw_public_key_ex(NULL, HYBRID, NULL, peer_public.data, peer_public.size);
    if (peer != NULL)
        ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    good = ctx != NULL && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
           EVP_PKEY_encapsulate(ctx, answer.public_key, &answer.public_size, ret_shared->bytes,
                                &ret_shared->size) == 1 &&
           answer.public_size == ECDH_X25519MLKEM768_ANSWER_SIZE &&
           ret_shared->size == ECDH_SHARED_MAX_SIZE;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    ERR_clear_error();
    if (good)
        *ret_answer = answer;
    else
        wipe(ret_shared, sizeof *ret_shared);
    return good;
}

void ecdh_done(struct ecdh *key)
{
    EVP_PKEY_free(key->key);
    key->key = NULL;
}
