/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * evidence_rig.h - evidence and collateral from files or from bytes, put together and judged.
 * Layer: test. Threads: one.
 */
#ifndef TEST_EVIDENCE_RIG_H
#define TEST_EVIDENCE_RIG_H

#include "base/detail.h"
#include "base/text.h"
#include "crypto/pubkey.h"
#include "verify/intel_tcb.h"
#include "verify/judge.h"
#include "verify/policy.h"
#include "verify/token.h"
#include "verify/x509_chain.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { RIG_PARTS_MAX = 24, RIG_NAME_ROOM = 64, RIG_FILE_MAX = 1 << 20 };

struct rig_part {
    char name[RIG_NAME_ROOM];
    struct buf bytes;
};

struct rig {
    struct rig_part evidence[RIG_PARTS_MAX], collateral[RIG_PARTS_MAX];
    size_t evidence_count, collateral_count;
    uint64_t now_s;
    struct view nonce;
    struct verify_cache *cache; /* NULL: none */
};

static inline struct buf rig_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct buf bytes;

    ck_assert_msg(file != NULL, "%s: can not be read", path);
    ck_assert(buf_alloc(&bytes, RIG_FILE_MAX));
    bytes.size = fread(bytes.data, 1, RIG_FILE_MAX, file);
    fclose(file);
    return bytes;
}

static inline struct rig_part *rig_part(struct rig *rig, bool evidence, const char *name)
{
    struct rig_part *list = evidence ? rig->evidence : rig->collateral;
    size_t count = evidence ? rig->evidence_count : rig->collateral_count;

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

static inline bool rig_has(struct rig *rig, bool evidence, const char *name)
{
    return rig_part(rig, evidence, name) != NULL;
}

/* Takes the bytes over; in the place of a part of that name. */
static inline void rig_put(struct rig *rig, bool evidence, const char *name, struct buf bytes)
{
    struct rig_part *part = rig_part(rig, evidence, name);
    size_t *count = evidence ? &rig->evidence_count : &rig->collateral_count;

    if (part == NULL) {
        ck_assert_uint_lt(*count, RIG_PARTS_MAX);
        part = &(evidence ? rig->evidence : rig->collateral)[(*count)++];
        snprintf(part->name, sizeof part->name, "%.60s", name);
    } else {
        buf_free(&part->bytes);
    }
    part->bytes = bytes;
}

static inline void rig_file(struct rig *rig, bool evidence, const char *name, const char *path)
{
    rig_put(rig, evidence, name, rig_read(path));
}

static inline void rig_replace(struct rig *rig, const char *name, const char *path)
{
    rig_put(rig, false, name, rig_read(path));
}

static inline void rig_two_files(struct rig *rig, const char *name, const char *first,
                                 const char *second)
{
    struct buf a = rig_read(first), b = rig_read(second), both;

    ck_assert(buf_alloc(&both, a.size + b.size + 1));
    memcpy(both.data, a.data, a.size);
    both.data[a.size] = '\n';
    memcpy(both.data + a.size + 1, b.data, b.size);
    buf_free(&a);
    buf_free(&b);
    rig_put(rig, false, name, both);
}

static inline void rig_bytes(struct rig *rig, bool evidence, const char *name, struct view bytes)
{
    struct buf copy;

    ck_assert(buf_copy(&copy, bytes));
    rig_put(rig, evidence, name, copy);
}

/* Forgets a part. */
static inline void rig_drop(struct rig *rig, bool evidence, const char *name)
{
    struct rig_part *part = rig_part(rig, evidence, name);
    size_t *count = evidence ? &rig->evidence_count : &rig->collateral_count;
    struct rig_part *list = evidence ? rig->evidence : rig->collateral;

    ck_assert_ptr_nonnull(part);
    buf_free(&part->bytes);
    memmove(part, part + 1, (size_t)(&list[--*count] - part) * sizeof *part);
}

static inline void rig_free(struct rig *rig)
{
    for (size_t i = 0; i < rig->evidence_count; i++)
        buf_free(&rig->evidence[i].bytes);
    for (size_t i = 0; i < rig->collateral_count; i++)
        buf_free(&rig->collateral[i].bytes);
    rig->evidence_count = rig->collateral_count = 0;
}

/* From heap copies of exactly their size, so that ASan sees a read past the end. */
static inline void rig_blobs(const struct rig_part *list, size_t count, cc_verify_blob_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        struct buf exact = BUF_EMPTY;

        ck_assert(list[i].bytes.size == 0 || buf_copy(&exact, buf_view(&list[i].bytes)));
        ret[i] = (cc_verify_blob_t){list[i].name, exact.data, list[i].bytes.size};
    }
}

/* free() it. policy may be NULL. */
static inline struct cc_verify_result *rig_judge(const struct rig *rig, const char *tee,
                                                 const json_t *policy)
{
    cc_verify_blob_t evidence[RIG_PARTS_MAX], collateral[RIG_PARTS_MAX];
    cc_verify_input_t input = {tee,
                               evidence,
                               rig->evidence_count,
                               collateral,
                               rig->collateral_count,
                               rig->nonce.data,
                               rig->nonce.size,
                               rig->now_s};
    char *text = policy != NULL ? json_dumps(policy, 0) : NULL;
    struct cc_verify_result *v = malloc(sizeof *v);
    struct policy *parsed = NULL;
    struct verifiers set;

    rig_blobs(rig->evidence, rig->evidence_count, evidence);
    rig_blobs(rig->collateral, rig->collateral_count, collateral);
    verifiers_builtin(&set);
    if (text != NULL)
        ck_assert_msg(policy_parse(view_text(text), &parsed) == CC_SUCCESS, "%s: %s", text,
                      detail_get());
    ck_assert_msg(judge_evidence(&(struct judge_by){&set, parsed, rig->cache}, &input, v) ==
                      CC_SUCCESS,
                  "%s", detail_get());
    policy_free(parsed);
    free(text);
    for (size_t i = 0; i < rig->evidence_count; i++)
        free((void *)evidence[i].data);
    for (size_t i = 0; i < rig->collateral_count; i++)
        free((void *)collateral[i].data);
    return v;
}

/* The same for a TPM's key, which stands in a certificate of nobody we know. */
static inline void rig_trust_cert(struct rig *rig, json_t *rules)
{
    struct rig_part *part = rig_part(rig, true, "ak_cert");
    char hex[2 * SHA256_SIZE + 1];
    uint8_t digest[SHA256_SIZE];
    struct x509 cert;

    if (part == NULL)
        return;
    ck_assert(x509_decode(buf_view(&part->bytes), &cert) == CC_SUCCESS &&
              sha256(cert.spki, digest));
    hex_format(VIEW_OF(digest), hex);
    json_object_set_new(rules, "trusted_keys", json_pack("[s]", hex));
}

/* Has the policy trust the keys that come with a case and have no vendor above them. */
static inline void rig_trust_keys(struct rig *rig, json_t *rules)
{
    static const char *const PARTS[] = {"cpak.json", "iak.json"};
    uint8_t spki[PUBKEY_SPKI_MAX_SIZE], digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];

    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        struct writer w = writer_over(spki, sizeof spki);
        struct rig_part *part = rig_part(rig, false, PARTS[i]);
        struct pubkey key = PUBKEY_EMPTY;

        if (part == NULL || !key_parse(buf_view(&part->bytes), &key))
            continue; /* a case may bring what is no key */
        ck_assert(pubkey_spki(&key, &w) && sha256(writer_view(&w), digest));
        hex_format(VIEW_OF(digest), hex);
        json_object_set_new(rules, "trusted_keys", json_pack("[s]", hex));
        pubkey_done(&key);
    }
    rig_trust_cert(rig, rules);
}

#endif
