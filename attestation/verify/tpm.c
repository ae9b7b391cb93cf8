/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tpm.c - verifies quotes of TPM 2.0. docs/attestation/tpm.md lists the checks.
 * Layer: attestation/verify. Threads: no state.
 */
#include "verify/tpm.h"
#include "base/detail.h"
#include "base/text.h"
#include "verify/event_replay.h"
#include "verify/judge.h"
#include <stdio.h>

enum { PCRS_JSON_MAX_SIZE = 64 << 10, FIRMWARE_PCRS = 8 };

/* Registers of the quoted bank, as they were sent along. */
struct pcrs {
    enum hash_alg hash;
    uint32_t selected;
    uint8_t value[TPM_PCRS][HASH_MAX_SIZE];
};

static enum hash_alg bank_hash(uint16_t id)
{
    static const uint16_t IDS[HASH_COUNT] = {TCG_SHA1, TCG_SHA256, TCG_SHA384, TCG_SHA512, TCG_SM3};
    enum hash_alg hash = HASH_SHA1;

    while (hash < HASH_COUNT && IDS[hash] != id)
        hash++;
    return hash;
}

/* {"sha256": {"0": "HEX", ...}} */
static bool pcrs_from_json(struct view text, struct pcrs *p)
{
    static const char *const BANKS[HASH_COUNT] = {"sha1", "sha256", "sha384", "sha512", "sm3_256"};
    json_t *all = text.size <= PCRS_JSON_MAX_SIZE
                      ? json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    const json_t *bank = json_object_get(all, BANKS[p->hash]);
    bool good = bank != NULL;
    char number[4];

    for (size_t i = 0; good && i < TPM_PCRS; i++) {
        const char *hex;

        if ((p->selected & UINT32_C(1) << i) == 0)
            continue;
        snprintf(number, sizeof number, "%zu", i);
        hex = json_string_value(json_object_get(bank, number));
        good = hex != NULL && hex_parse(hex, p->value[i], hash_alg_size(p->hash));
    }
    json_decref(all);
    return good;
}

/* JSON, or all 24 of the bank one behind the other. */
static bool pcrs_read(const struct judge *j, struct pcrs *p)
{
    struct view bytes = evidence_part(j->request, "pcrs");
    size_t size = hash_alg_size(p->hash);

    if (bytes.size == TPM_PCRS * size) {
        for (size_t i = 0; i < TPM_PCRS; i++)
            memcpy(p->value[i], bytes.data + i * size, size);
        return true;
    }
    return pcrs_from_json(bytes, p) ||
           FAIL(j->sink, "format",
                "format: evidence part pcrs: the quoted registers expected, as "
                "JSON or %zu bytes",
                TPM_PCRS * size);
}

/* The quote covers the registers of all its banks; only one bank is read here. */
static bool pcrs_check(const struct judge *j, const struct tpm_quote *q, enum hash_alg signed_with,
                       struct pcrs *p)
{
    uint8_t all[TPM_PCRS * HASH_MAX_SIZE], digest[HASH_MAX_SIZE];
    struct writer w = writer_over(all, sizeof all);
    char name[8];

    p->hash = bank_hash(q->bank[0]);
    p->selected = q->selected[0];
    if (q->bank_count != 1 || p->hash == HASH_COUNT || p->hash == HASH_SHA1)
        return FAIL(j->sink, "pcr_bank", "pcr_bank: one bank of SHA-256 or longer expected");
    if (!pcrs_read(j, p))
        return false;
    for (size_t i = 0; i < TPM_PCRS; i++)
        if ((p->selected & UINT32_C(1) << i) != 0)
            writer_put(&w, view_of(p->value[i], hash_alg_size(p->hash)));
    if (w.failed || !hash_digest(signed_with, writer_view(&w), digest) ||
        !view_equal(view_of(digest, hash_alg_size(signed_with)), q->pcr_digest))
        return FAIL(j->sink, "pcr_digest", "pcr_digest: the quote is about other register values");
    for (size_t i = 0; i < TPM_PCRS; i++) {
        if ((p->selected & UINT32_C(1) << i) == 0)
            continue;
        snprintf(name, sizeof name, "pcr%zu", i);
        claim_view(j->sink, name, view_of(p->value[i], hash_alg_size(p->hash)));
    }
    return true;
}

/* Only registers that the signature covers bear a log out; events of others are named. */
static void log_say(const struct judge *j, const struct pcrs *p, const char *log,
                    const size_t events[TCG_REGISTERS])
{
    char left[4 * TCG_REGISTERS] = "";
    bool covered = false;
    int at = 0;

    for (size_t i = 0; i < TCG_REGISTERS; i++) {
        if (events[i] == 0)
            continue;
        if (i < TPM_PCRS && (p->selected & UINT32_C(1) << i) != 0)
            covered = true;
        else
            at += snprintf(left + at, sizeof left - (size_t)at, " %zu", i);
    }
    if (at > 0)
        reason_say(j->sink, CC_VERIFY_NOTE, log,
                   "%s: the quote does not cover register%s: nothing vouches for the events there",
                   log, left);
    claim_flag(j->sink, log, covered);
}

/* One log after the other, since both may extend one register; says which events are of which. */
static bool logs_replay(const struct judge *j, struct replayed *r, size_t ret_tcg[TCG_REGISTERS],
                        size_t ret_ima[TCG_REGISTERS])
{
    struct view tcg = evidence_part(j->request, "tcg"), ima = evidence_part(j->request, "ima");

    if (tcg.size > 0 && tcg_log_replay(tcg, r->hash, r) != CC_SUCCESS)
        return FAIL(j->sink, "log.tcg", "log.tcg: %s", detail_get());
    for (size_t i = 0; i < TCG_REGISTERS; i++)
        ret_tcg[i] = r->events[i];
    if (ima.size > 0 && ima_log_replay(ima, r->hash, r) != CC_SUCCESS)
        return FAIL(j->sink, "log.ima", "log.ima: %s", detail_get());
    for (size_t i = 0; i < TCG_REGISTERS; i++)
        ret_ima[i] = r->events[i] - ret_tcg[i];
    return true;
}

static bool logs_check(const struct judge *j, const struct pcrs *p)
{
    bool tcg = evidence_part(j->request, "tcg").size > 0;
    bool ima = evidence_part(j->request, "ima").size > 0;
    size_t of_tcg[TCG_REGISTERS], of_ima[TCG_REGISTERS];
    struct replayed r = {.hash = p->hash};

    if (!logs_replay(j, &r, of_tcg, of_ima))
        return false;
    for (size_t i = 0; i < TPM_PCRS; i++) /* the firmware extends each of its own */
        if ((r.events[i] > 0 || (tcg && i < FIRMWARE_PCRS)) &&
            (p->selected & UINT32_C(1) << i) != 0 &&
            !register_check(j, &r, ima && i >= 10 ? "log.ima" : "log.tcg", i,
                            view_of(p->value[i], hash_alg_size(p->hash))))
            return false;
    if (r.odd != 0)
        return FAIL(j->sink, "log.tcg", "log.tcg: event %zu carries data that its digest is not of",
                    r.odd);
    if (tcg)
        log_say(j, p, "log.tcg", of_tcg);
    if (ima)
        log_say(j, p, "log.ima", of_ima);
    return true;
}

static enum hash_alg scheme_hash(enum sig_alg algorithm)
{
    static const enum hash_alg HASHES[] = {HASH_SHA256, HASH_SHA384, HASH_SHA512};

    return HASHES[(algorithm - SIG_ECDSA_SHA256) % 3];
}

static bool signature_check(const struct judge *j, const struct tpm_signature *s,
                            const struct pubkey *ak)
{
    struct view message = evidence_part(j->request, "quote");
    size_t size = pubkey_scalar_size(ak->kind);
    uint8_t raw[2 * TPM_SCALAR_MAX_SIZE];
    uint8_t spill = 0;

    if (ak->kind == KEY_RSA)
        return pubkey_verify(ak, s->algorithm, message, s->rsa) ||
               FAIL(j->sink, "signature", "signature: that of the quote is not the AK's");
    for (size_t half = 0; half < 2; half++) {
        const uint8_t *from = s->ecdsa + half * TPM_SCALAR_MAX_SIZE;

        for (size_t i = 0; i < TPM_SCALAR_MAX_SIZE - size; i++)
            spill |= from[i];
        memcpy(raw + half * size, from + TPM_SCALAR_MAX_SIZE - size, size);
    }
    return (spill == 0 && pubkey_verify_raw(ak, s->algorithm, message, view_of(raw, 2 * size))) ||
           FAIL(j->sink, "signature", "signature: that of the quote is not the AK's");
}

static void claims_say(const cc_verifier_sink_t *s, const struct tpm_quote *q)
{
    claim_view(s, "qualifying_data", q->extra_data);
    claim_view(s, "nonce", q->extra_data);
    claim_number(s, "clock_ms", q->clock_ms);
    claim_number(s, "reset_count", q->reset_count);
    claim_number(s, "restart_count", q->restart_count);
    claim_number(s, "firmware_version", q->firmware_version);
}

void tpm_quote_show(const struct judge *j)
{
    struct tpm_quote q;

    if (tpm_quote_decode(evidence_part(j->request, "quote"), &q) == CC_SUCCESS)
        claims_say(j->sink, &q);
}

bool tpm_quote_judge(const struct judge *j, const struct pubkey *ak)
{
    struct tpm_signature signature;
    struct pcrs pcrs = {0};
    struct tpm_quote q;

    if (tpm_quote_decode(evidence_part(j->request, "quote"), &q) != CC_SUCCESS ||
        tpm_signature_decode(evidence_part(j->request, "signature"), &signature) != CC_SUCCESS)
        return FAIL(j->sink, "format", "format: %s", detail_get());
    claims_say(j->sink, &q);
    return signature_check(j, &signature, ak) &&
           pcrs_check(j, &q, scheme_hash(signature.algorithm), &pcrs) && logs_check(j, &pcrs);
}

/* The AK's certificate, under issuers that the policy names by key, or named itself. */
static void tpm_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    static const struct pins NONE = {NULL, 0, true, NULL};
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct certs chain = {.count = 0}, issuers = {.count = 0};
    struct view above = collateral_part(request, "issuer_chain.pem");
    struct pubkey ak = PUBKEY_EMPTY;
    cc_enclave_result_t rc = certs_read(evidence_part(request, "ak_cert"), &chain);

    claim_flag(sink, "debug", false); /* a TPM knows none */
    if (rc == CC_SUCCESS && above.size > 0)
        rc = certs_read(above, &issuers);
    for (size_t i = 0; rc == CC_SUCCESS && i < issuers.count && chain.count < CERTS_MAX_COUNT; i++)
        chain.list[chain.count++] = issuers.list[i];
    if (rc != CC_SUCCESS)
        BROKEN(sink, "format", "format: ak_cert and issuer_chain.pem: %s", detail_get());
    if (rc == CC_SUCCESS && chain_check(&j, "the AK certificate", &chain, &NONE, &ak))
        tpm_quote_judge(&j, &ak);
    else
        tpm_quote_show(&j);
    pubkey_done(&ak);
    certs_free(&chain);
    certs_free(&issuers);
}

static bool tpm_detects(const cc_verify_input_t *input)
{
    const cc_verify_blob_t *first = &input->evidence[0];

    return first->size > 6 && view_equal(view_of(first->data, 6), view_of("\xffTCG\x80\x18", 6));
}

static const char *const IDENTITY[] = {"pcr0", "pcr4", "pcr7", "pcr8", "pcr9", "pcr11", NULL};

const cc_verifier_t verifier_tpm = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "tpm",     "TPM 2.0",
                                    IDENTITY,        tpm_detects,           tpm_verify};
