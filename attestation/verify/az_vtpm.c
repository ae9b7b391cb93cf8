/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * az_vtpm.c - verifies quotes of the virtual TPM of Azure's confidential VMs: the paravisor's HCL
 * report ties the vTPM's key to a report of SEV-SNP or TDX. docs/attestation/az-vtpm.md lists the
 * checks.
 *
 *   HCL report   0 "HCLA", version, size, type, status, 12 reserved | 32 hardware report 1184 |
 *                1216 size, version, report type (2 SNP, 4 TDX), hash (1 SHA-256, 2 SHA-384,
 *                3 SHA-512), size of the data | 1236 data: JSON with the keys; little-endian
 *
 * Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/intel.h"
#include "verify/judge.h"
#include "verify/snp.h"
#include "verify/token.h"
#include "verify/tpm.h"
#include "wire/pem.h"

enum { HCL_REPORT_AT = 32, HCL_TYPE_SNP = 2, HCL_TYPE_TDX = 4, HCL_DATA_MAX_SIZE = 16 << 10 };

struct hcl {
    struct view hardware; /* SNP_REPORT_SIZE bytes */
    uint32_t type;
    enum hash_alg hash;
    struct view data;
};

static bool hcl_read(struct view bytes, struct hcl *ret)
{
    static const enum hash_alg HASHES[] = {HASH_COUNT, HASH_SHA256, HASH_SHA384, HASH_SHA512};
    struct reader r = reader_over(bytes);
    struct hcl h;
    uint32_t hash, size;

    if (!view_equal(reader_take(&r, 4), view_text("HCLA")))
        return false;
    reader_take(&r, HCL_REPORT_AT - 4);
    h.hardware = reader_take(&r, SNP_REPORT_SIZE);
    reader_take(&r, 8);
    h.type = reader_le32(&r);
    hash = reader_le32(&r);
    size = reader_le32(&r);
    if (r.failed || hash < 1 || hash > 3 || size > HCL_DATA_MAX_SIZE)
        return false;
    h.hash = HASHES[hash];
    h.data = reader_take(&r, size);
    *ret = h;
    return !r.failed; /* the room behind is the paravisor's, and signed by nobody */
}

/* The hardware's report data: the hash of the runtime data, then zeros. */
static bool binding_check(const struct judge *j, const struct hcl *h, struct view report_data)
{
    uint8_t want[64] = {0};

    return (hash_digest(h->hash, h->data, want) && view_equal(VIEW_OF(want), report_data)) ||
           FAIL(j->sink, "binding",
                "binding: the hardware report is about other runtime data (keys of another vTPM)");
}

static bool snp_part_check(const struct judge *j, const struct hcl *h)
{
    struct snp_report report;

    if (snp_report_decode(h->hardware, &report) != CC_SUCCESS)
        return FAIL(j->sink, "format", "format: %s", detail_get());
    snp_claims(j->sink, &report);
    return snp_report_judge(j, &report) && binding_check(j, h, report.report_data);
}

/* The HCL report holds a TDREPORT, which only its machine can check: the quote of it counts. */
static bool tdx_part_check(const struct judge *j, const struct hcl *h)
{
    struct dcap_quote quote;

    if (dcap_quote_decode(evidence_part(j->request, "td_quote"), &quote) != CC_SUCCESS)
        return FAIL(j->sink, "format", "format: evidence part td_quote: %s", detail_get());
    if (quote.body_type == DCAP_SGX)
        return FAIL(j->sink, "format", "format: evidence part td_quote: a TD's quote expected");
    td_claims(j->sink, &quote.td);
    return intel_quote_judge(j, &quote) && binding_check(j, h, quote.td.report_data);
}

/* RSA key "HCLAkPub" of the runtime data. */
static bool ak_read(const struct judge *j, struct view data, struct pubkey *ret_ak)
{
    json_t *all = json_loadb((const char *)data.data, data.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *keys = json_object_get(all, "keys");
    bool good = false;

    for (size_t i = 0; !good && i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        const char *id = json_string_value(json_object_get(key, "kid"));
        char *text = NULL;

        if (id == NULL || strcmp(id, "HCLAkPub") != 0)
            continue;
        text = json_dumps(key, JSON_COMPACT);
        good = text != NULL && key_parse(view_text(text), ret_ak);
        free(text);
    }
    json_decref(all);
    return good || FAIL(j->sink, "key", "key: HCLAkPub expected in the runtime data");
}

static void az_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct pubkey ak = PUBKEY_EMPTY;
    struct hcl h;
    bool good;

    if (!hcl_read(evidence_part(request, "hcl_report"), &h)) {
        BROKEN(sink, "format", "format: evidence part hcl_report: an HCL report expected");
        return;
    }
    claim_text(sink, "hardware", view_text(h.type == HCL_TYPE_SNP ? "snp" : "tdx"));
    if (h.type == HCL_TYPE_SNP)
        good = snp_part_check(&j, &h);
    else if (h.type == HCL_TYPE_TDX)
        good = tdx_part_check(&j, &h);
    else
        good = FAIL(sink, "format", "format: report type 2 (SNP) or 4 (TDX) expected, found %u",
                    h.type);
    if (good && ak_read(&j, h.data, &ak))
        tpm_quote_judge(&j, &ak);
    else
        tpm_quote_show(&j);
    pubkey_done(&ak);
}

static bool az_detects(const cc_verify_input_t *input)
{
    const cc_verify_blob_t *first = &input->evidence[0];

    return first->size > HCL_REPORT_AT && view_equal(view_of(first->data, 4), view_text("HCLA"));
}

/* No register of the vTPM alone: whoever launches another guest on genuine hardware has it vouch
 * for a key of his own, and signs registers as he likes. */
static const char *const IDENTITY[] = {"measurement", "id_key_digest", "mrtd", NULL};

const cc_verifier_t verifier_az_vtpm = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "az-vtpm", "Azure vTPM", IDENTITY, az_detects,
    az_verify};
