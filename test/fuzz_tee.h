/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fuzz_tee.h - the body of the fuzz targets of evidence: one file for each type includes it with
 * FUZZ_TEE, the verifier. Input: fuzz_parts.h. The policy tolerates what it may and trusts the keys
 * that come along where no vendor is pinned, so that as much as can be is read. What is broken is
 * never accepted, and the verdict is the same a second time, with what the first one kept.
 * Layer: test. Threads: one.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/pubkey.h"
#include "fuzz_parts.h"
#include "verify/cache.h"
#include "verify/judge.h"
#include "verify/token.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of a key, or of a certificate's. */
static bool trusted_hex(struct view bytes, char ret_hex[2 * SHA256_SIZE + 1])
{
    uint8_t spki[PUBKEY_SPKI_MAX_SIZE], digest[SHA256_SIZE];
    struct writer w = writer_over(spki, sizeof spki);
    struct pubkey key = PUBKEY_EMPTY;
    struct x509 cert;
    bool good;

    if (x509_decode(bytes, &cert) == CC_SUCCESS) {
        good = sha256(cert.spki, digest);
    } else {
        good = key_parse(bytes, &key) && pubkey_spki(&key, &w) && sha256(writer_view(&w), digest);
        pubkey_done(&key);
    }
    if (good)
        hex_format(VIEW_OF(digest), ret_hex);
    return good;
}

static struct policy *policy_make(const char *trusted)
{
    struct policy *policy = NULL;
    char text[600];

    snprintf(text, sizeof text,
             "{\"schema\":2,\"tees\":{\"%s\":{%s%s%s\"tcb_status\":[\"OutOfDate\"],"
             "\"tolerate_insecure\":[\"identity\",\"nonce\",\"crl\",\"collateral\",\"vmpl\","
             "\"debug\"]}}}",
             FUZZ_TEE, trusted[0] != '\0' ? "\"trusted_keys\":[\"" : "", trusted,
             trusted[0] != '\0' ? "\"]," : "");
    if (policy_parse(view_text(text), &policy) != CC_SUCCESS)
        abort();
    return policy;
}

/* Returns the trusted key's digest, or "". */
static void input_read(struct reader *r, cc_verify_input_t *input, cc_verify_blob_t *evidence,
                       cc_verify_blob_t *collateral, char ret_trusted[2 * SHA256_SIZE + 1])
{
    const struct fuzz_type *type = fuzz_type(FUZZ_TEE);

    ret_trusted[0] = '\0';
    input->now_s = reader_le32(r);
    for (const char *const *name = type->parts; *name != NULL; name++) {
        struct view part = name[1] != NULL ? reader_take(r, reader_le16(r)) : r->rest;
        bool side = **name == '-' || **name == '+', trusts = **name == '+' || **name == '*';
        cc_verify_blob_t blob = {*name + (side || trusts ? 1 : 0), part.data, part.size};

        if (trusts && !trusted_hex(part, ret_trusted))
            ret_trusted[0] = '\0';
        if (part.size == 0 && name != type->parts)
            continue;
        if (side)
            collateral[input->collateral_count++] = blob;
        else
            evidence[input->evidence_count++] = blob;
    }
}

static void accepted_check(const struct cc_verify_result *v)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (v->reasons[i].severity == CC_VERIFY_BROKEN && v->verdict != CC_VERIFY_REFUSED)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cc_verify_result result;
    cc_verify_blob_t evidence[FUZZ_PARTS_MAX], collateral[FUZZ_PARTS_MAX];
    cc_verify_input_t input = {FUZZ_TEE, evidence, 0, collateral, 0, NULL, 0, 0};
    struct reader r = reader_over(view_of(data, size));
    struct verify_cache *cache = verify_cache_new(64);
    char trusted[2 * SHA256_SIZE + 1];
    struct policy *policy;
    struct verifiers set;
    cc_verify_verdict_t first = CC_VERIFY_REFUSED;

    input_read(&r, &input, evidence, collateral, trusted);
    verifiers_builtin(&set);
    for (size_t i = 0; i < set.count; i++)
        set.list[i]->detects(&input);
    policy = policy_make(trusted);
    for (size_t i = 0; i < 2 && input.now_s > 0; i++) {
        if (judge_evidence(&(struct judge_by){&set, policy, cache}, &input, &result) != CC_SUCCESS)
            abort();
        accepted_check(&result);
        if (i > 0 && result.verdict != first)
            abort();
        first = result.verdict;
        free(verdict_json(&result));
    }
    policy_free(policy);
    verify_cache_free(cache);
    return 0;
}
