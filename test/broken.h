/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * broken.h - tables of what is wrong with evidence: each row changes one thing of what a forge is
 * about to make, and names the rule that must refuse it.
 * Layer: test. Threads: one.
 */
#ifndef TEST_BROKEN_H
#define TEST_BROKEN_H

#include "evidence_rig.h"
#include "forge_x509.h"

#define BROKEN_NOW_S UINT64_C(1760000000) /* 2025-10-09 */
#define BROKEN_YEAR_S UINT64_C(31557600)

/* What changes are made to: struct forge, unless a test names another before. */
#ifndef FORGED
#define FORGED forge
#endif
#define CHANGE(name, statement)                                                                    \
    static void name(struct FORGED *f)                                                             \
    {                                                                                              \
        statement;                                                                                 \
    }

static inline bool has_reason(const struct cc_verify_result *v, const char *rule)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (strcmp(v->reasons[i].rule, rule) == 0)
            return true;
    return false;
}

/* Takes rig and policy over. rule NULL: it must be accepted. */
static inline void judged_as(struct rig *rig, const char *tee, json_t *policy, const char *rule,
                             int row)
{
    struct cc_verify_result *v = rig_judge(rig, NULL, policy);

    ck_assert_str_eq(v->tee, tee);
    for (size_t i = 0; i < v->reason_count && (rule == NULL || !has_reason(v, rule)); i++)
        printf("  row %d: %s: %s\n", row, v->reasons[i].rule, v->reasons[i].sentence);
    if (rule == NULL)
        ck_assert_msg(v->verdict == CC_VERIFY_ACCEPTED, "%s: accepted expected", tee);
    else
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED && has_reason(v, rule),
                      "%s: row %d: refused by %s expected, found verdict %d", tee, row, rule,
                      v->verdict);
    free(v);
    json_decref(policy);
    rig_free(rig);
}

static inline void made_valid(struct made *m)
{
    m->from_s = BROKEN_NOW_S - BROKEN_YEAR_S;
    m->until_s = BROKEN_NOW_S + BROKEN_YEAR_S;
}

/* What a policy needs here: keys, and one claim pinned. */
static inline json_t *pinning_policy(const char *tee, EVP_PKEY *anchor, const char *claim,
                                     const char *value)
{
    char hex[65];

    made_anchor(anchor, hex);
    return json_pack("{s:i,s:{s:{s:[s],s:{s:s}}}}", "schema", 2, "tees", tee, "trusted_keys", hex,
                     "claims", claim, value);
}

/* COSE_Sign1 with tag 18 over the payload, ECDSA on a curve of that scalar size or RSA (0). */
static inline struct view sign1_put(struct writer *w, int alg, EVP_PKEY *key, struct view payload)
{
    static uint8_t room[2][8192];
    uint8_t header[8], rs[512];
    struct writer h = writer_over(header, sizeof header), s = writer_over(room[0], sizeof room[0]);
    const EVP_MD *md = alg == -7 || alg == -37 ? EVP_sha256()
                       : alg == -35            ? EVP_sha384()
                                               : EVP_sha512();
    size_t scalar = alg == -7 ? 32 : alg == -35 ? 48 : 66, size = 2 * scalar, start = w->size;
    struct cose_sign1 m = {.payload = payload};

    cbor_put_map(&h, 1);
    cbor_put_int(&h, 1);
    cbor_put_int(&h, alg);
    m.protected_header = writer_view(&h);
    cose_sign1_structure(&m, &s);
    if (alg == -37) {
        struct made signer = {.key = key};
        EVP_MD_CTX *ctx = made_signer(&signer, true, md);

        size = sizeof rs;
        ck_assert_int_eq(EVP_DigestSign(ctx, rs, &size, s.data, s.size), 1);
        EVP_MD_CTX_free(ctx);
    } else {
        made_sign_raw(key, md, writer_view(&s), rs, scalar);
    }
    cbor_put_tag(w, 18);
    cbor_put_array(w, 4);
    cbor_put_bytes(w, writer_view(&h));
    cbor_put_map(w, 0);
    cbor_put_bytes(w, payload);
    cbor_put_bytes(w, view_of(rs, size));
    ck_assert(!w->failed && !s.failed);
    return view_of(w->data + start, w->size - start);
}

#endif
