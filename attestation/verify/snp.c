/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snp.c - verifies reports of AMD SEV-SNP guests. docs/attestation/snp.md lists the checks.
 * Layer: attestation/verify. Threads: no state.
 */
#include "verify/snp.h"
#include "base/detail.h"
#include "verify/judge.h"
#include <stdio.h>

/* AMD's roots of Milan, Genoa and Turin (CN=ARK-...), as its key server hands them out
 * (https://kdsintf.amd.com/vcek/v1/PRODUCT/cert_chain). SHA-256 of the SubjectPublicKeyInfo. */
static const uint8_t AMD_ROOTS[][SHA256_SIZE] = {
    {0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5,
     0xff, 0xa8, 0x95, 0xbd, 0xfb, 0x62, 0xd1, 0x88, 0x81, 0xfa, 0x6b,
     0xed, 0x8d, 0x6f, 0x07, 0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9},
    {0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d,
     0xb5, 0xfc, 0xda, 0x9c, 0x64, 0x70, 0xef, 0x15, 0xf8, 0xcd, 0x5a,
     0x9c, 0xeb, 0xd6, 0xcb, 0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31},
    {0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56,
     0xf9, 0x24, 0x3f, 0x6f, 0xe0, 0xb6, 0xf7, 0x3d, 0xe9, 0x86, 0x03,
     0xf5, 0x3f, 0x90, 0x33, 0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08},
};
static const struct pins AMD = {AMD_ROOTS, 3, false, NULL};

/* 1.3.6.1.4.1.3704.1, and what of it a VEK certificate carries (AMD 57230, table 8) */
#define AMD_ARC 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01
static const uint8_t OID_PRODUCT[] = {AMD_ARC, 0x02};
static const uint8_t OID_HWID[] = {AMD_ARC, 0x04};
enum { SPL_BOOTLOADER = 1, SPL_TEE = 2, SPL_SNP = 3, SPL_MICROCODE = 8, SPL_FMC = 9 };
enum { IA5_STRING = 0x16, TURIN_HWID_SIZE = 8, NAME_ROOM = 40 };

/* Of each product: where the parts of a TCB stand in its 8 bytes. */
static const struct product {
    const char *name;
    struct {
        const char *claim;
        uint8_t spl, at;
    } parts[5];
    size_t part_count;
    size_t hwid_size;
} PRODUCTS[] = {
    {"Milan",
     {{"tcb.bootloader", SPL_BOOTLOADER, 0},
      {"tcb.tee", SPL_TEE, 1},
      {"tcb.snp", SPL_SNP, 6},
      {"tcb.microcode", SPL_MICROCODE, 7}},
     4,
     SNP_CHIP_ID_SIZE},
    {"Genoa",
     {{"tcb.bootloader", SPL_BOOTLOADER, 0},
      {"tcb.tee", SPL_TEE, 1},
      {"tcb.snp", SPL_SNP, 6},
      {"tcb.microcode", SPL_MICROCODE, 7}},
     4,
     SNP_CHIP_ID_SIZE},
    {"Turin",
     {{"tcb.fmc", SPL_FMC, 0},
      {"tcb.bootloader", SPL_BOOTLOADER, 1},
      {"tcb.tee", SPL_TEE, 2},
      {"tcb.snp", SPL_SNP, 3},
      {"tcb.microcode", SPL_MICROCODE, 7}},
     5,
     TURIN_HWID_SIZE},
};

static bool name_is(const struct x509 *cert, const char *prefix, const char *product)
{
    char name[NAME_ROOM];

    snprintf(name, sizeof name, "%s%s", prefix, product);
    return view_equal(x509_common_name(cert->subject), view_text(name));
}

/* By the root's name: which key it has was checked. */
static const struct product *product_find(const struct x509 *root)
{
    for (size_t i = 0; i < sizeof PRODUCTS / sizeof PRODUCTS[0]; i++)
        if (name_is(root, "ARK-", PRODUCTS[i].name))
            return &PRODUCTS[i];
    return NULL;
}

/* A VCEK stands under the product's ASK, a VLEK under its ASVK; the report says which signed it. */
static bool names_check(const struct judge *j, const struct certs *chain,
                        const struct snp_report *s, const struct product *product)
{
    bool vlek = s->signer == SNP_VLEK;

    if (s->signer != SNP_VCEK && s->signer != SNP_VLEK)
        return FAIL(j->sink, "signer", "signer: VCEK (0) or VLEK (1) expected, found %u",
                    s->signer);
    if (!name_is(&chain->list[0], "SEV-", vlek ? "VLEK" : "VCEK"))
        return FAIL(j->sink, "signer",
                    "signer: the report names a %s, the certificate is another's",
                    vlek ? "VLEK" : "VCEK");
    if (!name_is(&chain->list[1], vlek ? "SEV-VLEK-" : "SEV-", product->name))
        return FAIL(j->sink, "signer", "signer: the %s of %s expected as issuer, found another",
                    vlek ? "ASVK" : "ASK", product->name);
    return true;
}

/* Milan certificates say "Milan-B0". */
static bool product_name_check(const struct judge *j, const struct x509 *vek,
                               const struct product *product)
{
    struct view value, name, want = view_text(product->name);
    struct reader r;

    if (!x509_extension(vek, VIEW_OF(OID_PRODUCT), &value))
        return FAIL(j->sink, "product", "product: the certificate names none");
    r = reader_over(value);
    name = der_take(&r, IA5_STRING);
    if (!reader_done(&r) || name.size < want.size ||
        !view_equal(view_of(name.data, want.size), want) ||
        (name.size > want.size && name.data[want.size] != '-'))
        return FAIL(j->sink, "product", "product: %s expected, found another", product->name);
    return true;
}

/* -1: not there, or no number from 0 to 255. */
static int spl_get(const struct x509 *vek, uint8_t which)
{
    const uint8_t oid[] = {AMD_ARC, 0x03, which};
    struct view value, number;
    struct reader r;

    if (!x509_extension(vek, VIEW_OF(oid), &value))
        return -1;
    r = reader_over(value);
    number = der_take(&r, DER_INTEGER);
    if (!reader_done(&r) || number.size < 1 || number.size > 2 ||
        (number.size == 2 && number.data[0] != 0) || (number.size == 1 && number.data[0] > 127))
        return -1;
    return number.data[number.size - 1];
}

/* The key was derived for exactly this firmware. */
static bool tcb_check(const struct judge *j, const struct x509 *vek, const struct snp_report *s,
                      const struct product *product)
{
    for (size_t i = 0; i < product->part_count; i++) {
        int found = spl_get(vek, product->parts[i].spl);
        int want = s->reported_tcb.data[product->parts[i].at];

        if (found != want)
            return FAIL(j->sink, "reported_tcb",
                        "reported_tcb: %s is %d in the report and %d in the certificate",
                        product->parts[i].claim, want, found);
        claim_number(j->sink, product->parts[i].claim, (uint64_t)want);
    }
    return true;
}

/* A VCEK is one chip's. VLEKs are of a cloud provider, for all of its chips. */
static bool chip_check(const struct judge *j, const struct x509 *vek, const struct snp_report *s,
                       const struct product *product)
{
    static const uint8_t ZEROS[SNP_CHIP_ID_SIZE];
    struct view hwid;

    if (s->signer == SNP_VLEK)
        return true;
    if (s->mask_chip_key)
        return FAIL(j->sink, "chip_id", "chip_id: masked, so that no VCEK can have signed");
    if (!x509_extension(vek, VIEW_OF(OID_HWID), &hwid) || hwid.size != product->hwid_size ||
        !view_equal(hwid, view_of(s->chip_id.data, hwid.size)) ||
        !view_equal(view_of(s->chip_id.data + hwid.size, s->chip_id.size - hwid.size),
                    view_of(ZEROS, s->chip_id.size - hwid.size)))
        return FAIL(j->sink, "chip_id", "chip_id: the certificate is of another chip");
    return true;
}

/* From version 3 on the report says on which processor it was made: family and model. */
const char *snp_product(const struct snp_report *s)
{
    uint8_t family = s->cpuid.data[0], model = s->cpuid.data[1];

    if (s->version < 3)
        return NULL;
    if (family == 0x19 && model <= 0x0f)
        return "Milan";
    if (family == 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)))
        return "Genoa";
    return family == 0x1a && model <= 0x1f ? "Turin" : NULL;
}

static bool cpuid_check(const struct judge *j, const struct snp_report *s,
                        const struct product *product)
{
    const char *name = snp_product(s);

    if (s->version >= 3 && (name == NULL || strcmp(name, product->name) != 0))
        return FAIL(j->sink, "product", "product: %s expected, found family 0x%x, model 0x%x",
                    product->name, s->cpuid.data[0], s->cpuid.data[1]);
    return true;
}

/* Leaf, then its issuer and the root, each as a part of its own or both as AMD serves them. */
static bool chain_read(const struct judge *j, struct certs *vek, struct certs *chain)
{
    static const char *const PARTS[] = {"ask.der", "ark.der"};
    struct view both = collateral_part(j->request, "cert_chain.pem");
    cc_enclave_result_t rc = certs_read(collateral_part(j->request, "vek.der"), vek);

    if (rc != CC_SUCCESS || vek->count != 1)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: vek.der: one certificate "
                    "expected: %s",
                    detail_get());
    if (both.size > 0) {
        rc = certs_read(both, chain);
    } else {
        for (size_t i = 0; rc == CC_SUCCESS && i < 2; i++)
            rc = certs_add(chain, collateral_part(j->request, PARTS[i]));
    }
    if (rc != CC_SUCCESS || chain->count != 2)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: cert_chain.pem, or ask.der and ark.der: AMD's two "
                    "certificates expected");
    memmove(&chain->list[1], &chain->list[0], 2 * sizeof chain->list[0]);
    chain->list[0] = vek->list[0];
    chain->count = 3;
    return true;
}

/* AMD's list names revoked ASKs; it is the root's. */
static bool revocation_check(const struct judge *j, const struct certs *chain)
{
    struct view list = collateral_part(j->request, "crl.der");

    if (list.size == 0) {
        reason_say(j->sink, CC_VERIFY_NOTE, "crl",
                   "crl: crl.der expected among the collateral, found none: nobody looked whether "
                   "AMD revoked the VEK's issuer");
        return true;
    }
    if (!crl_check(j, "the issuer of the VEK", list, &chain->list[2], &chain->list[1]))
        return false;
    claim_flag(j->sink, "crl", true);
    return true;
}

static bool report_check(const struct judge *j, const struct certs *chain,
                         const struct snp_report *s, const struct pubkey *key)
{
    const struct x509 *vek = &chain->list[0];
    const struct product *product = product_find(&chain->list[2]);

    if (product == NULL)
        return FAIL(j->sink, "product", "product: Milan, Genoa or Turin expected");
    claim_text(j->sink, "product", view_text(product->name));
    if (!names_check(j, chain, s, product) || !product_name_check(j, vek, product) ||
        !cpuid_check(j, s, product) || !tcb_check(j, vek, s, product) ||
        !chip_check(j, vek, s, product) || !revocation_check(j, chain))
        return false;
    return (key->kind == KEY_P384 &&
            pubkey_verify_raw(key, SIG_ECDSA_SHA384, s->signed_bytes, VIEW_OF(s->signature))) ||
           FAIL(j->sink, "signature", "signature: that of the report is not the VEK's");
}

bool snp_report_judge(const struct judge *j, const struct snp_report *report)
{
    struct certs vek = {.count = 0}, chain = {.count = 0};
    struct pubkey key = PUBKEY_EMPTY;
    bool good = chain_read(j, &vek, &chain) &&
                chain_check(j, "the VEK certificate", &chain, &AMD, &key) &&
                report_check(j, &chain, report, &key);

    pubkey_done(&key);
    certs_free(&vek);
    certs_free(&chain);
    return good;
}

void snp_claims(const cc_verifier_sink_t *k, const struct snp_report *s)
{
    claim_number(k, "report_version", s->version);
    claim_number(k, "guest_svn", s->guest_svn);
    claim_number(k, "policy", s->policy);
    claim_view(k, "family_id", s->family_id);
    claim_view(k, "image_id", s->image_id);
    claim_number(k, "vmpl", s->vmpl);
    claim_view(k, "report_data", s->report_data);
    claim_view(k, "measurement", s->measurement);
    claim_view(k, "host_data", s->host_data);
    claim_view(k, "id_key_digest", s->id_key_digest);
    claim_view(k, "author_key_digest", s->author_key_digest);
    claim_flag(k, "author_key", s->author_key);
    claim_view(k, "report_id", s->report_id);
    claim_view(k, "report_id_ma", s->report_id_ma);
    claim_view(k, "chip_id", s->chip_id);
    claim_view(k, "current_tcb", s->current_tcb);
    claim_view(k, "reported_tcb", s->reported_tcb);
    claim_view(k, "committed_tcb", s->committed_tcb);
    claim_view(k, "launch_tcb", s->launch_tcb);
    claim_view(k, "platform_info", s->platform_info);
    claim_view(k, "cpuid_fam_mod_step", s->cpuid);
    claim_text(k, "signer", view_text(s->signer == SNP_VLEK ? "VLEK" : "VCEK"));
    claim_flag(k, "debug", (s->policy & SNP_POLICY_DEBUG) != 0);
    if (s->vmpl != 0)
        reason_say(k, CC_VERIFY_RULE, "vmpl",
                   "vmpl: 0 expected unless the policy names others, found %u", s->vmpl);
}

static void snp_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct snp_report report;

    if (snp_report_decode(evidence_first(request), &report) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    snp_claims(sink, &report);
    claim_view(sink, "nonce", report.report_data);
    snp_report_judge(&j, &report);
}

static bool snp_detects(const cc_verify_input_t *input)
{
    struct reader r = reader_over(view_of(input->evidence[0].data, input->evidence[0].size));

    return input->evidence[0].size == SNP_REPORT_SIZE && reader_le32(&r) <= 16;
}

static const char *const IDENTITY[] = {"measurement", "id_key_digest", NULL};

const cc_verifier_t verifier_snp = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "snp",     "AMD SEV-SNP",
    IDENTITY,        snp_detects,           snp_verify};
