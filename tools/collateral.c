/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "collateral.h"
#include "base/detail.h"
#include "base/text.h"
#include "verify/intel_pck.h"
#include "verify/snp.h"
#include "verify/x509_chain.h"
#include "wire/dcap_quote.h"
#include "wire/snp_report.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* AMD's key server hands VLEKs only to providers, who prove who they are. */
static const char VLEK_SOURCE[] =
    "the certificate of a VLEK is the cloud provider's to hand out, AMD publishes none: take it "
    "from the guest's extended report (SNP_GET_EXT_REPORT) or ask the provider";

enum { HCL_REPORT_AT = 32 }; /* of the hardware's report in one of Azure's */

static struct want *want_add(struct wants *w, const char *file)
{
    struct want *want = &w->list[w->count++];

    *want = (struct want){.file = file};
    return want;
}

/* FMSPC and the CA of the PCK certificate that the quote brings. */
static cc_enclave_result_t platform_read(const struct dcap_quote *quote, char ret_fmspc[13],
                                         const char **ret_ca)
{
    struct certs chain = {.count = 0};
    struct pck_info info;
    cc_enclave_result_t rc = CC_ERROR_BAD_FORMAT;

    if (quote->cert_type != DCAP_CERT_PCK_CHAIN ||
        certs_read(quote->cert_data, &chain) != CC_SUCCESS || chain.count < 2 ||
        !pck_info_read(&chain.list[0], &info)) {
        detail_fail(rc, "collateral: a quote with its PCK certificate chain expected");
    } else {
        hex_format(info.fmspc, ret_fmspc);
        *ret_ca = view_equal(x509_common_name(chain.list[1].subject),
                             view_text("Intel SGX PCK Processor CA"))
                      ? "processor"
                      : "platform";
        rc = CC_SUCCESS;
    }
    certs_free(&chain);
    return rc;
}

static cc_enclave_result_t intel_wants(const struct dcap_quote *quote,
                                       const struct sources *sources, struct wants *w)
{
    const char *kind = quote->body_type == DCAP_SGX ? "sgx" : "tdx", *ca = "";
    char fmspc[2 * FMSPC_SIZE + 1] = "";
    struct want *want;
    cc_enclave_result_t rc = platform_read(quote, fmspc, &ca);

    if (rc != CC_SUCCESS)
        return rc;
    w->tee = kind;
    want = want_add(w, "tcb_info.json");
    snprintf(want->url, sizeof want->url, "%s/%s/certification/v4/tcb?fmspc=%s", sources->pcs, kind,
             fmspc);
    want->chain_header = "TCB-Info-Issuer-Chain";
    want->chain_file = "tcb_info_issuer_chain.pem";
    want = want_add(w, "qe_identity.json");
    snprintf(want->url, sizeof want->url, "%s/%s/certification/v4/qe/identity", sources->pcs, kind);
    want->chain_header = "SGX-Enclave-Identity-Issuer-Chain";
    want->chain_file = "qe_identity_issuer_chain.pem";
    want = want_add(w, "pck_crl.der");
    snprintf(want->url, sizeof want->url, "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
             sources->pcs, ca);
    want = want_add(w, "root_ca_crl.der");
    snprintf(want->url, sizeof want->url, "%s", sources->root_crl);
    return CC_SUCCESS;
}

static void vcek_want(const struct snp_report *r, const struct sources *sources,
                      const char *product, struct wants *w)
{
    bool turin = strcmp(product, "Turin") == 0;
    size_t id_size = turin ? 8 : SNP_CHIP_ID_SIZE, at = turin ? 1 : 0;
    const uint8_t *tcb = r->reported_tcb.data;
    char id[2 * SNP_CHIP_ID_SIZE + 1], fmc[16] = "";
    struct want *want = want_add(w, "vek.der");

    hex_format(view_of(r->chip_id.data, id_size), id);
    if (turin)
        snprintf(fmc, sizeof fmc, "fmcSPL=%u&", tcb[0]);
    snprintf(want->url, sizeof want->url,
             "%s/vcek/v1/%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", sources->kds,
             product, id, fmc, tcb[at], tcb[at + 1], tcb[turin ? 3 : 6], tcb[7]);
}

static cc_enclave_result_t amd_wants(const struct snp_report *r, const struct sources *sources,
                                     struct wants *w)
{
    const char *said = snp_product(r), *product = said != NULL ? said : sources->product;
    const char *key = r->signer == SNP_VLEK ? "vlek" : "vcek";
    struct want *want;

    if (product == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "collateral: this report does not say its product; --product Milan, "
                           "Genoa or Turin expected");
    w->tee = "snp";
    want = want_add(w, "cert_chain.pem");
    snprintf(want->url, sizeof want->url, "%s/%s/v1/%s/cert_chain", sources->kds, key, product);
    want = want_add(w, "crl.der");
    snprintf(want->url, sizeof want->url, "%s/%s/v1/%s/crl", sources->kds, key, product);
    if (r->signer != SNP_VLEK) {
        vcek_want(r, sources, product, w);
        return CC_SUCCESS;
    }
    w->by_hand = "vek.der";
    w->by_whom = VLEK_SOURCE;
    return CC_SUCCESS;
}

static struct view part_of(const struct parts *evidence, const char *name)
{
    for (size_t i = 0; i < evidence->count; i++)
        if (strcmp(evidence->names[i], name) == 0)
            return view_of(evidence->blobs[i].data, evidence->blobs[i].size);
    return VIEW_EMPTY;
}

/* What the collateral is about: of Azure's evidence, the hardware's part. */
static struct view hardware_find(const struct parts *evidence)
{
    struct view td = part_of(evidence, "td_quote"), hcl = part_of(evidence, "hcl_report");

    if (td.size > 0)
        return td;
    if (hcl.size >= HCL_REPORT_AT + SNP_REPORT_SIZE)
        return view_of(hcl.data + HCL_REPORT_AT, SNP_REPORT_SIZE);
    return view_of(evidence->blobs[0].data, evidence->blobs[0].size);
}

cc_enclave_result_t wants_find(const struct parts *evidence, const struct sources *sources,
                               struct wants *ret_wants)
{
    struct view hardware = hardware_find(evidence);
    struct wants wants = {.count = 0};
    struct snp_report report;
    struct dcap_quote quote;
    cc_enclave_result_t rc;

    if (snp_report_decode(hardware, &report) == CC_SUCCESS)
        rc = amd_wants(&report, sources, &wants);
    else if (dcap_quote_decode(hardware, &quote) == CC_SUCCESS)
        rc = intel_wants(&quote, sources, &wants);
    else
        rc = detail_fail(CC_ERROR_NOT_SUPPORTED,
                         "collateral: a quote of SGX or TDX, a report of SEV-SNP or one of Azure's "
                         "with either expected; for others nobody publishes any");
    if (rc != CC_SUCCESS)
        return rc;
    if (part_of(evidence, "hcl_report").size > 0)
        wants.tee = "az-vtpm";
    *ret_wants = wants;
    return rc;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

bool answer_decode(const char *file, struct buf *body)
{
    static const char DIGITS[] = "30"; /* SEQUENCE in hexadecimal; DER has its length there */
    size_t size = body->size;
    struct buf der = BUF_EMPTY;
    char *text;
    bool good;

    if (!ends_with(file, "crl.der") || size < 2 || memcmp(body->data, DIGITS, 2) != 0)
        return true;
    while (body->data[size - 1] == '\n' || body->data[size - 1] == '\r')
        size--;
    text = strndup((const char *)body->data, size);
    good = text != NULL && buf_alloc(&der, size / 2) && hex_parse(text, der.data, der.size);
    free(text);
    if (good) {
        buf_free(body);
        buf_move(body, &der);
    }
    buf_free(&der);
    return good;
}

/* Of the one member that has them. */
static bool document_dates(struct view bytes, uint64_t *ret_from_s, uint64_t *ret_until_s)
{
    json_t *all = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    const char *name, *from, *until;
    bool good = false;
    json_t *value;

    json_object_foreach(all, name, value)
    {
        from = json_string_value(json_object_get(value, "issueDate"));
        until = json_string_value(json_object_get(value, "nextUpdate"));
        good = good || (from != NULL && until != NULL && time_parse(view_text(from), ret_from_s) &&
                        time_parse(view_text(until), ret_until_s));
    }
    json_decref(all);
    return good;
}

static bool list_dates(struct view bytes, uint64_t *ret_from_s, uint64_t *ret_until_s)
{
    struct x509_crl crl;

    if (x509_crl_decode(bytes, &crl) != CC_SUCCESS || crl.next_update_s == 0)
        return false;
    *ret_from_s = crl.this_update_s;
    *ret_until_s = crl.next_update_s;
    return true;
}

static bool certs_dates(struct view bytes, uint64_t *ret_from_s, uint64_t *ret_until_s)
{
    struct certs certs = {.count = 0};
    bool good = certs_read(bytes, &certs) == CC_SUCCESS && certs.count > 0;

    *ret_from_s = 0;
    *ret_until_s = UINT64_MAX;
    for (size_t i = 0; good && i < certs.count; i++) {
        if (certs.list[i].not_before_s > *ret_from_s)
            *ret_from_s = certs.list[i].not_before_s;
        if (certs.list[i].not_after_s < *ret_until_s)
            *ret_until_s = certs.list[i].not_after_s;
    }
    certs_free(&certs);
    return good;
}

cc_enclave_result_t collateral_dates(const char *file, struct view bytes, uint64_t *ret_from_s,
                                     uint64_t *ret_until_s)
{
    uint64_t from = 0, until = 0;
    bool good;

    if (ends_with(file, ".json"))
        good = document_dates(bytes, &from, &until);
    else if (ends_with(file, "crl.der"))
        good = list_dates(bytes, &from, &until);
    else
        good = certs_dates(bytes, &from, &until);
    if (!good)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "%.60s: a document, list or certificate with its dates expected", file);
    *ret_from_s = from;
    *ret_until_s = until;
    return CC_SUCCESS;
}
