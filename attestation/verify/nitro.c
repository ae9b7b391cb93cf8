/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * nitro.c - verifies attestation documents of AWS Nitro enclaves. docs/attestation/nitro.md lists
 * the checks. Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/judge.h"
#include "verify/token.h"
#include <stdio.h>

/* CN=aws.nitro-enclaves, the root "G1" that AWS hands out
 * (https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip). SHA-256 of the SPKI. */
static const uint8_t AWS_ROOTS[][SHA256_SIZE] = {
    {0xf2, 0xca, 0xf5, 0xec, 0xc6, 0x19, 0x0b, 0x4a, 0x83, 0x99, 0xb7,
     0x8b, 0xc5, 0x8a, 0x2b, 0xbc, 0xd0, 0x38, 0x23, 0x75, 0xdb, 0x8a,
     0x1b, 0xfd, 0x78, 0xa8, 0x27, 0x43, 0x87, 0x4f, 0xd2, 0x25},
};
static const struct pins AWS = {AWS_ROOTS, 1, false, NULL};

enum { PCRS_MAX_COUNT = 32, PCR_SIZE = 48, BUNDLE_MAX_COUNT = CERTS_MAX_COUNT - 1 };
enum { KEY_MAX_SIZE = 1024, DATA_MAX_SIZE = 512, MEMBERS_MAX_COUNT = 16 };

/* Members of the document, by name. */
enum member {
    MODULE_ID,
    DIGEST,
    TIMESTAMP,
    PCRS,
    CERTIFICATE,
    CABUNDLE,
    PUBLIC_KEY,
    USER_DATA,
    NONCE,
    MEMBERS
};
static const char *const MEMBER_NAMES[MEMBERS] = {"module_id",  "digest",      "timestamp",
                                                  "pcrs",       "certificate", "cabundle",
                                                  "public_key", "user_data",   "nonce"};

struct document {
    struct view module_id, digest, pcrs, certificate, cabundle, public_key, user_data, nonce;
    uint64_t timestamp_ms;
};

/* A byte string of at most max bytes, or null. */
static struct view optional_take(struct reader *r, size_t max)
{
    struct view v;

    if (cbor_next(r) == CBOR_NEXT_SIMPLE) {
        v = cbor_take_foreign(r);
        if (v.size != 1 || v.data[0] != 0xf6)
            r->failed = true;
        return VIEW_EMPTY;
    }
    v = cbor_take_bytes(r);
    if (v.size > max)
        r->failed = true;
    return v;
}

static void member_read(struct reader *r, enum member member, struct document *d)
{
    switch (member) {
    case MODULE_ID:
        d->module_id = cbor_take_text(r);
        break;
    case DIGEST:
        d->digest = cbor_take_text(r);
        break;
    case TIMESTAMP:
        d->timestamp_ms = cbor_take_uint(r);
        break;
    case PCRS:
        d->pcrs = cbor_take_foreign(r);
        break;
    case CERTIFICATE:
        d->certificate = cbor_take_bytes(r);
        break;
    case CABUNDLE:
        d->cabundle = cbor_take_foreign(r);
        break;
    case PUBLIC_KEY:
        d->public_key = optional_take(r, KEY_MAX_SIZE);
        break;
    case USER_DATA:
        d->user_data = optional_take(r, DATA_MAX_SIZE);
        break;
    case NONCE:
        d->nonce = optional_take(r, DATA_MAX_SIZE);
        break;
    default:
        r->failed = true;
    }
}

static bool document_read(struct view payload, struct document *ret)
{
    struct reader r = reader_over(payload);
    size_t count = cbor_take_map(&r, MEMBERS_MAX_COUNT);
    struct document d = {0};
    uint32_t seen = 0;

    for (; !r.failed && count > 0; count--) {
        struct view name = cbor_take_text(&r);
        unsigned member = 0;

        while (member < MEMBERS && !view_equal(name, view_text(MEMBER_NAMES[member])))
            member++;
        if (member == MEMBERS || (seen & 1u << member) != 0)
            return false;
        seen |= 1u << member;
        member_read(&r, (enum member)member, &d);
    }
    *ret = d;
    /* The first six are mandatory. */
    return reader_done(&r) && (seen & 0x3f) == 0x3f;
}

/* Says each register; whether the first three, which measure what runs, are all zero. */
static bool pcrs_say(const struct judge *j, struct view item, bool *ret_debug)
{
    struct reader r = reader_over(item);
    size_t count = cbor_take_map(&r, PCRS_MAX_COUNT);
    uint32_t seen = 0;
    uint8_t any = 0;
    char name[8];

    for (; !r.failed && count > 0; count--) {
        uint64_t index = cbor_take_uint(&r);
        struct view value = cbor_take_bytes(&r);

        if (r.failed || index >= PCRS_MAX_COUNT || (seen & UINT32_C(1) << index) != 0 ||
            value.size != PCR_SIZE)
            return FAIL(j->sink, "pcrs",
                        "pcrs: registers 0 to 31 of 48 bytes, each once, expected");
        seen |= UINT32_C(1) << index;
        for (size_t i = 0; index < 3 && i < value.size; i++)
            any |= value.data[i];
        snprintf(name, sizeof name, "pcr%u", (unsigned)index);
        claim_view(j->sink, name, value);
    }
    *ret_debug = any == 0;
    return (reader_done(&r) && (seen & 7) == 7) ||
           FAIL(j->sink, "pcrs", "pcrs: at least registers 0, 1 and 2 expected");
}

/* Leaf, then the bundle from its end: AWS puts the root first. */
static bool chain_read(const struct judge *j, const struct document *d, struct certs *chain)
{
    struct reader r = reader_over(d->cabundle);
    size_t count = cbor_take_array(&r, BUNDLE_MAX_COUNT);
    struct view bundle[BUNDLE_MAX_COUNT];
    cc_enclave_result_t rc = certs_add(chain, d->certificate);

    for (size_t i = 0; i < count; i++)
        bundle[i] = cbor_take_bytes(&r);
    if (!reader_done(&r) || count == 0)
        return FAIL(j->sink, "chain", "chain: a bundle of 1 to %d certificates expected",
                    BUNDLE_MAX_COUNT);
    for (size_t i = count; rc == CC_SUCCESS && i-- > 0;)
        rc = certs_add(chain, bundle[i]);
    return rc == CC_SUCCESS || FAIL(j->sink, "chain", "chain: %s", detail_get());
}

static bool document_check(const struct judge *j, const struct cose_sign1 *message,
                           const struct document *d)
{
    struct certs chain = {.count = 0};
    struct pubkey key = PUBKEY_EMPTY;
    bool debug = true;
    bool good = pcrs_say(j, d->pcrs, &debug);

    claim_flag(j->sink, "debug", debug);
    if (!view_equal(d->digest, view_text("SHA384")))
        good = FAIL(j->sink, "digest", "digest: SHA384 expected, found another");
    good = good && chain_read(j, d, &chain) &&
           chain_check(j, "the enclave's certificate", &chain, &AWS, &key) &&
           cose_check(j, "the document", message, &key);
    pubkey_done(&key);
    certs_free(&chain);
    return good;
}

static void nitro_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct cose_sign1 message;
    struct document d;

    if (cose_sign1_decode(evidence_first(request), &message) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    if (!document_read(message.payload, &d)) {
        BROKEN(sink, "format", "format: a member is missing, unknown, twice, or of a wrong kind");
        return;
    }
    claim_text(sink, "module_id", d.module_id);
    claim_text(sink, "digest", d.digest);
    claim_number(sink, "timestamp_ms", d.timestamp_ms);
    claim_number(sink, "issued_at", d.timestamp_ms / 1000);
    if (d.nonce.data != NULL)
        claim_view(sink, "nonce", d.nonce);
    if (d.user_data.data != NULL)
        claim_view(sink, "user_data", d.user_data);
    if (d.public_key.data != NULL)
        claim_view(sink, "public_key", d.public_key);
    document_check(&j, &message, &d);
}

static bool nitro_detects(const cc_verify_input_t *input)
{
    struct cose_sign1 message;
    struct reader payload;

    if (cose_sign1_decode(view_of(input->evidence[0].data, input->evidence[0].size), &message) !=
        CC_SUCCESS)
        return false;
    payload = reader_over(message.payload);
    cbor_take_map(&payload, MEMBERS_MAX_COUNT);
    return cbor_next(&payload) == CBOR_NEXT_TEXT;
}

static const char *const IDENTITY[] = {"pcr0", "pcr8", NULL};

const cc_verifier_t verifier_nitro = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "nitro",     "AWS Nitro Enclave",
    IDENTITY,        nitro_detects,         nitro_verify};
