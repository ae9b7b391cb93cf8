/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * csv.c - verifies reports of Hygon CSV guests. docs/attestation/csv.md lists the checks.
 * Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/judge.h"
#include "verify/x509_chain.h"
#include "wire/csv_report.h"
#include <stdlib.h>

/* Hygon's root key HRK, as the vendor hands it out (https://cert.hygon.cn/hrk). SHA-256 of the key
 * as a SubjectPublicKeyInfo. */
static const uint8_t HYGON_ROOTS[][SHA256_SIZE] = {
    {0xcd, 0x0f, 0x13, 0x0d, 0x93, 0x43, 0x3c, 0x48, 0x54, 0xb7, 0xf2,
     0xd8, 0x83, 0xc2, 0x3e, 0x28, 0x1d, 0xe4, 0x53, 0xf4, 0xfd, 0xe0,
     0x62, 0x1c, 0x3a, 0x07, 0x86, 0x6c, 0x52, 0xc4, 0x5b, 0x80},
};
static const struct pins HYGON = {HYGON_ROOTS, 1, false, NULL};

enum { POLICY_NODEBUG = 1, POLICY_ES = 4, POLICY_CSV = 32 };

static bool signed_by(const struct csv_cert *issuer, struct view message,
                      const struct csv_signature *signature)
{
    struct pubkey key = PUBKEY_EMPTY;
    bool good = signature->plain && pubkey_from_point(&key, KEY_SM2, VIEW_OF(issuer->point)) &&
                pubkey_verify_sm2(&key, view_of(issuer->id, issuer->id_size), message,
                                  VIEW_OF(signature->bytes));

    pubkey_done(&key);
    return good;
}

static bool root_check(const struct judge *j, const struct csv_cert *hrk)
{
    struct pubkey key = PUBKEY_EMPTY;
    uint8_t spki[PUBKEY_SPKI_MAX_SIZE];
    struct writer w = writer_over(spki, sizeof spki);
    bool good = pubkey_from_point(&key, KEY_SM2, VIEW_OF(hrk->point)) && pubkey_spki(&key, &w) &&
                spki_is_trusted(j, &HYGON, writer_view(&w));

    pubkey_done(&key);
    if (!good || hrk->usage != CSV_USAGE_HRK)
        return FAIL(j->sink, "root", "root: hrk.cert is not a root that is trusted");
    return signed_by(hrk, hrk->signed_bytes, &hrk->signatures[0]) ||
           FAIL(j->sink, "signature", "signature: that of hrk.cert is not its own");
}

/* The slot of a certificate that names the issuer's usage; a PEK carries its owner's as well. */
static bool issued_by(const struct csv_cert *cert, const struct csv_cert *issuer, uint32_t usage)
{
    for (size_t i = 0; i < 2; i++)
        if (cert->signatures[i].usage == usage &&
            signed_by(issuer, cert->signed_bytes, &cert->signatures[i]))
            return true;
    return false;
}

/* HRK, HSK, CEK: certificates of this vendor's own form, which know no dates. */
static bool chain_read(const struct judge *j, struct csv_cert *hrk, struct csv_cert *hsk,
                       struct csv_cert *cek)
{
    struct view root = collateral_part(j->request, "hrk.cert");
    struct view both = collateral_part(j->request, "hsk_cek.cert");

    if (both.size != CSV_CA_SIZE + CSV_CERT_SIZE || csv_ca_decode(root, hrk) != CC_SUCCESS ||
        csv_ca_decode(view_of(both.data, CSV_CA_SIZE), hsk) != CC_SUCCESS ||
        csv_cert_decode(view_of(both.data + CSV_CA_SIZE, CSV_CERT_SIZE), cek) != CC_SUCCESS)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: hrk.cert (832 bytes) and hsk_cek.cert (2916) expected");
    return true;
}

static bool chain_verify_csv(const struct judge *j, const struct csv_report *report,
                             struct csv_cert *ret_pek)
{
    struct csv_cert hrk, hsk, cek;

    if (!chain_read(j, &hrk, &hsk, &cek) || !root_check(j, &hrk))
        return false;
    if (hsk.usage != CSV_USAGE_HSK || !signed_by(&hrk, hsk.signed_bytes, &hsk.signatures[0]))
        return FAIL(j->sink, "chain", "chain: the HSK was not signed by the HRK");
    if (cek.usage != CSV_USAGE_CEK || !issued_by(&cek, &hsk, CSV_USAGE_HSK))
        return FAIL(j->sink, "chain", "chain: the CEK was not signed by the HSK");
    if (csv_cert_decode(report->pek, ret_pek) != CC_SUCCESS || ret_pek->usage != CSV_USAGE_PEK ||
        !issued_by(ret_pek, &cek, CSV_USAGE_CEK))
        return FAIL(j->sink, "chain", "chain: the PEK was not signed by the chip's CEK");
    return true;
}

static void claims_say(const cc_verifier_sink_t *s, const struct csv_report *r)
{
    struct view serial = r->serial_number;

    while (serial.size > 0 && serial.data[serial.size - 1] == 0)
        serial.size--;
    claim_view(s, "user_pubkey_digest", r->user_pubkey_digest);
    claim_view(s, "vm_id", r->vm_id);
    claim_view(s, "vm_version", r->vm_version);
    claim_view(s, "report_data", r->report_data);
    claim_view(s, "nonce", r->report_data);
    claim_view(s, "mnonce", r->mnonce);
    claim_view(s, "measure", r->measure);
    claim_number(s, "policy", r->policy);
    claim_flag(s, "es", (r->policy & POLICY_ES) != 0);
    claim_flag(s, "csv", (r->policy & POLICY_CSV) != 0);
    claim_number(s, "sig_usage", r->sig_usage);
    claim_number(s, "sig_algo", r->sig_algo);
    claim_number(s, "anonce", r->anonce);
    claim_text(s, "serial_number", serial);
    claim_flag(s, "debug", (r->policy & POLICY_NODEBUG) == 0);
}

static void report_check(const struct judge *j, const struct csv_report *report)
{
    struct csv_cert pek;
    uint8_t mac[32];

    if (report->sig_usage != CSV_USAGE_PEK)
        BROKEN(j->sink, "signer", "signer: the PEK (0x1002) expected, found 0x%x",
               report->sig_usage);
    else if (!chain_verify_csv(j, report, &pek))
        return;
    else if (!signed_by(&pek, report->signed_bytes, &report->signature))
        BROKEN(j->sink, "signature", "signature: that of the report is not the PEK's");
    else if (!hmac_sm3(report->mnonce, report->maced, mac) || !equal_ct(VIEW_OF(mac), report->mac))
        BROKEN(j->sink, "mac", "mac: the signer's block was changed");
}

static void csv_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct csv_report *report = malloc(sizeof *report);

    if (report == NULL) {
        BROKEN(sink, "memory", "memory: none left");
    } else if (csv_report_decode(evidence_first(request), report) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
    } else {
        claims_say(sink, report);
        report_check(&j, report);
    }
    free(report);
}

static bool csv_detects(const cc_verify_input_t *input)
{
    return input->evidence[0].size == CSV_REPORT_SIZE;
}

static const char *const IDENTITY[] = {"measure", NULL};

const cc_verifier_t verifier_csv = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "csv",     "Hygon CSV",
                                    IDENTITY,        csv_detects,           csv_verify};
