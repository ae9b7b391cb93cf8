/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * intel.c - verifies quotes of SGX enclaves and TDs. docs/attestation/intel.md lists the checks.
 * Layer: attestation/verify. Threads: no state.
 */
#include "verify/intel.h"
#include "base/detail.h"
#include "verify/event_replay.h"
#include "verify/judge.h"
#include "verify/part.h"

/* Intel SGX Root CA, CN=Intel SGX Root CA: its key stands in the PCS API documentation and in the
 * header of Intel's quote verification library. SHA-256 of the SubjectPublicKeyInfo. */
static const uint8_t INTEL_ROOTS[][SHA256_SIZE] = {
    {0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
     0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
     0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e},
};
static const struct pins INTEL = {INTEL_ROOTS, 1, false, NULL};

static const uint8_t QE_VENDOR[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                    0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

enum { SGX_DEBUG = 0x02, TD_DEBUG = 0x01, TD_UNTRUSTED_BITS = 0xff };

static void sgx_claims(const cc_verifier_sink_t *s, const struct sgx_body *b)
{
    uint8_t misc[4];
    struct writer w = writer_over(misc, sizeof misc);

    writer_le32(&w, b->misc_select);
    claim_view(s, "mrenclave", b->mrenclave);
    claim_view(s, "mrsigner", b->mrsigner);
    claim_number(s, "isvprodid", b->prod_id);
    claim_number(s, "isvsvn", b->svn);
    claim_view(s, "attributes", b->attributes);
    claim_view(s, "miscselect", VIEW_OF(misc));
    claim_view(s, "cpusvn", b->cpu_svn);
    claim_view(s, "report_data", b->report_data);
    claim_flag(s, "debug", (b->attributes.data[0] & SGX_DEBUG) != 0);
}

void td_claims(const cc_verifier_sink_t *s, const struct td_body *b)
{
    static const char *const RTMR[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};

    claim_view(s, "mrtd", b->mrtd);
    for (size_t i = 0; i < 4; i++)
        claim_view(s, RTMR[i], b->rtmr[i]);
    claim_view(s, "mrseam", b->mrseam);
    claim_view(s, "mrsignerseam", b->mrsigner_seam);
    claim_view(s, "seamattributes", b->seam_attributes);
    claim_view(s, "mrconfigid", b->mrconfigid);
    claim_view(s, "mrowner", b->mrowner);
    claim_view(s, "mrownerconfig", b->mrownerconfig);
    claim_view(s, "tdattr", b->td_attributes);
    claim_view(s, "xfam", b->xfam);
    claim_view(s, "tee_tcb_svn", b->tee_tcb_svn);
    if (b->mrservicetd.size > 0) {
        claim_view(s, "tee_tcb_svn2", b->tee_tcb_svn2);
        claim_view(s, "mrservicetd", b->mrservicetd);
    }
    claim_view(s, "report_data", b->report_data);
    claim_flag(s, "debug", (b->td_attributes.data[0] & TD_DEBUG) != 0);
}

/* Bits of the TD under debug group other than DEBUG are reserved and make it untrusted. */
static bool td_attributes_check(const struct judge *j, const struct dcap_quote *q)
{
    if (q->body_type == DCAP_SGX ||
        (q->td.td_attributes.data[0] & TD_UNTRUSTED_BITS & ~TD_DEBUG) == 0)
        return true;
    return FAIL(j->sink, "td_attributes", "td_attributes: reserved debug bits are set: 0x%02x",
                q->td.td_attributes.data[0]);
}

/* From the quote where it brings the chain, else from the collateral. */
static bool pck_chain_read(const struct judge *j, const struct dcap_quote *q, struct certs *chain)
{
    struct view text = q->cert_type == DCAP_CERT_PCK_CHAIN
                           ? q->cert_data
                           : collateral_part(j->request, "pck_chain.pem");

    if (text.size == 0)
        return FAIL(j->sink, "pck_chain",
                    "pck_chain: the quote brings none (certification data of type %u), and "
                    "pck_chain.pem is not among the collateral",
                    q->cert_type);
    if (certs_read(text, chain) != CC_SUCCESS)
        return FAIL(j->sink, "pck_chain", "pck_chain: %s", detail_get());
    return chain->count == 3 || FAIL(j->sink, "pck_chain",
                                     "pck_chain: PCK, its CA and the root expected, found %zu "
                                     "certificates",
                                     chain->count);
}

static bool name_is(const struct x509 *cert, const char *name)
{
    return view_equal(x509_common_name(cert->subject), view_text(name));
}

static bool pck_names_check(const struct judge *j, const struct certs *chain)
{
    if (name_is(&chain->list[0], "Intel SGX PCK Certificate") &&
        (name_is(&chain->list[1], "Intel SGX PCK Platform CA") ||
         name_is(&chain->list[1], "Intel SGX PCK Processor CA")))
        return true;
    return FAIL(j->sink, "pck_chain",
                "pck_chain: a PCK certificate of the Platform or Processor CA "
                "expected, found others");
}

/* Lists of the root and of the PCK's CA; a policy may do without. */
static bool crls_check(const struct judge *j, const struct certs *chain)
{
    struct view root = collateral_part(j->request, "root_ca_crl.der");
    struct view pck = collateral_part(j->request, "pck_crl.der");
    bool good = true;

    if (root.size == 0 || pck.size == 0)
        reason_say(j->sink, CC_VERIFY_RULE, "crl",
                   "crl: root_ca_crl.der and pck_crl.der expected among the collateral, found %s",
                   root.size == 0 && pck.size == 0 ? "neither" : "one");
    if (root.size > 0)
        good = crl_check(j, "the PCK's CA", root, &chain->list[2], &chain->list[1]);
    if (pck.size > 0)
        good = good && crl_check(j, "the PCK certificate", pck, &chain->list[1], &chain->list[0]);
    if (good && root.size > 0 && pck.size > 0)
        claim_flag(j->sink, "crl", true);
    return good;
}

/* The attestation key is the one that the quoting enclave vouches for. */
static bool key_binding_check(const struct judge *j, const struct dcap_quote *q)
{
    uint8_t want[64] = {0};

    if (!hash_digest2(HASH_SHA256, q->attestation_key, q->qe_auth, want) ||
        !view_equal(VIEW_OF(want), q->qe.report_data))
        return FAIL(j->sink, "binding",
                    "binding: the quoting enclave's report is about another attestation key");
    if ((q->qe.attributes.data[0] & SGX_DEBUG) != 0)
        return FAIL(j->sink, "qe_identity", "qe_identity: the quoting enclave runs under debug");
    return true;
}

static bool quote_signature_check(const struct judge *j, const struct dcap_quote *q,
                                  const struct pubkey *key)
{
    return pubkey_verify_raw(key, SIG_ECDSA_SHA256, q->signed_bytes, q->signature) ||
           FAIL(j->sink, "signature", "signature: that of the quote is not the attestation key's");
}

static bool attestation_key_read(const struct judge *j, const struct dcap_quote *q,
                                 struct pubkey *ret_key)
{
    uint8_t point[65] = {4};

    memcpy(point + 1, q->attestation_key.data, 64);
    return pubkey_from_point(ret_key, KEY_P256, VIEW_OF(point)) ||
           FAIL(j->sink, "key", "key: the attestation key is no point on P-256");
}

/* Whoever signs TCB info and identities: its key, once its chain and the root's list hold. */
static bool signer_read(const struct judge *j, const char *part, struct pubkey *ret_key)
{
    struct view text = collateral_part(j->request, part);
    struct view list = collateral_part(j->request, "root_ca_crl.der");
    struct certs chain = {.count = 0};
    bool good = certs_read(text, &chain) == CC_SUCCESS && chain.count == 2;

    if (!good)
        good = FAIL(j->sink, "collateral_format",
                    "collateral_format: %s: the signing certificate and the root expected", part);
    else if (!name_is(&chain.list[0], "Intel SGX TCB Signing"))
        good = FAIL(j->sink, "collateral_format",
                    "collateral_format: %s: a TCB signing certificate expected", part);
    else
        good = chain_check(j, "the TCB signing certificate", &chain, &INTEL, ret_key) &&
               (list.size == 0 ||
                crl_check(j, "the TCB signing certificate", list, &chain.list[1], &chain.list[0]));
    certs_free(&chain);
    return good;
}

/* Both documents; as a rule, one certificate signed them. */
static bool docs_read(const struct judge *j, struct part *part)
{
    static const char INFO[] = "tcb_info_issuer_chain.pem", QE[] = "qe_identity_issuer_chain.pem";
    bool same = view_equal(collateral_part(j->request, INFO), collateral_part(j->request, QE));
    struct pubkey info = PUBKEY_EMPTY, qe = PUBKEY_EMPTY;
    bool good = signer_read(j, INFO, &info);

    if (good)
        part->tcb_info =
            intel_doc_read(j, "tcbInfo", collateral_part(j->request, "tcb_info.json"), &info);
    if (same ? good : signer_read(j, QE, &qe))
        part->qe_identity =
            intel_doc_read(j, "enclaveIdentity", collateral_part(j->request, "qe_identity.json"),
                           same ? &info : &qe);
    pubkey_done(&info);
    pubkey_done(&qe);
    return part->tcb_info != NULL && part->qe_identity != NULL;
}

/* Documents and whoever signed them; NULL after the reason that there are none. */
static bool docs_make(const struct judge *j, const void *arg, struct part *part)
{
    (void)arg;
    if (collateral_part(j->request, "tcb_info.json").size == 0 ||
        collateral_part(j->request, "qe_identity.json").size == 0) {
        reason_say(j->sink, CC_VERIFY_RULE, "collateral",
                   "collateral: tcb_info.json and qe_identity.json expected, found %s",
                   j->request->input->collateral_count == 0 ? "no collateral" : "not both");
        return true;
    }
    return docs_read(j, part);
}

static bool tcb_check(const struct judge *j, const struct dcap_quote *q, const struct pck_info *pck)
{
    const struct part_want want = {.label = "intel collateral", .make = docs_make};
    struct part *docs = part_get(j, &want);
    bool good = docs != NULL && (docs->tcb_info == NULL ||
                                 intel_tcb_judge(j, q, pck, docs->tcb_info, docs->qe_identity));

    part_release(docs);
    return good;
}

static void pck_claims(const cc_verifier_sink_t *s, const struct pck_info *info)
{
    claim_view(s, "fmspc", info->fmspc);
    claim_view(s, "pceid", info->pceid);
    claim_view(s, "ppid", info->ppid);
    claim_number(s, "pcesvn", info->pce_svn);
}

/* The certificate goes, what it says stays. */
static bool pck_keep(const struct x509 *cert, struct part *part)
{
    struct writer w = writer_over(part->ids, sizeof part->ids);
    struct view *views[] = {&part->pck.ppid, &part->pck.pceid, &part->pck.fmspc};

    if (!pck_info_read(cert, &part->pck))
        return false;
    for (size_t i = 0; i < 3; i++) {
        size_t at = w.size;

        writer_put(&w, *views[i]);
        *views[i] = view_of(part->ids + at, w.size - at);
    }
    return !w.failed;
}

/* A quote, and the digest of its certification data, of which several parts are made. */
struct certified {
    const struct dcap_quote *q;
    uint8_t data[SHA256_SIZE];
};

/* The platform's certificate, its chain and their lists. */
static bool pck_make(const struct judge *j, const void *arg, struct part *part)
{
    const struct dcap_quote *q = ((const struct certified *)arg)->q;
    struct certs chain = {.count = 0};
    bool good = pck_chain_read(j, q, &chain) && pck_names_check(j, &chain) &&
                chain_check(j, "the PCK certificate", &chain, &INTEL, &part->key) &&
                crls_check(j, &chain);

    if (good && !pck_keep(&chain.list[0], part))
        good = FAIL(j->sink, "pck_chain", "pck_chain: the PCK's SGX extension can not be read");
    if (good)
        pck_claims(j->sink, &part->pck);
    certs_free(&chain);
    return good;
}

/* Everything under the attestation key: it may sign for this platform at this level. */
static bool certified_make(const struct judge *j, const void *arg, struct part *part)
{
    const struct certified *certified = arg;
    const struct dcap_quote *q = certified->q;
    const uint8_t type[] = {(uint8_t)q->cert_type, (uint8_t)(q->cert_type >> 8)};
    const struct view input[] = {VIEW_OF(type), VIEW_OF(certified->data)};
    const struct part_want want = {"intel pck", input, 2, pck_make, certified};
    struct part *pck;
    bool good;

    if (!key_binding_check(j, q))
        return false;
    pck = part_get(j, &want);
    good = pck != NULL;
    if (good && !pubkey_verify_raw(&pck->key, SIG_ECDSA_SHA256, q->qe_report, q->qe_signature))
        good = FAIL(j->sink, "signature",
                    "signature: that of the quoting enclave's report is not the PCK's");
    good = good && tcb_check(j, q, &pck->pck) && attestation_key_read(j, q, &part->key);
    part_release(pck);
    return good;
}

/* A platform's certificates come with each of its quotes: comparing is cheaper than hashing. */
static bool certs_digest(const struct judge *j, const struct dcap_quote *q,
                         uint8_t ret_digest[static SHA256_SIZE])
{
    const cc_verify_blob_t data = {NULL, q->cert_data.data, q->cert_data.size};

    return cache_digest(j->request->own->cache, SEEN_CERTIFICATES, &data, 1, ret_digest) ||
           sha256(q->cert_data, ret_digest);
}

bool intel_quote_judge(const struct judge *j, const struct dcap_quote *q)
{
    const uint8_t kind[] = {(uint8_t)q->body_type, (uint8_t)q->cert_type,
                            (uint8_t)(q->cert_type >> 8)};
    /* Of the body, the evaluation of the TDX module looks at these three. */
    const bool td = q->body_type != DCAP_SGX;
    struct certified certified = {.q = q};
    const struct view input[] = {VIEW_OF(kind),
                                 q->qe_report,
                                 q->qe_signature,
                                 q->attestation_key,
                                 q->qe_auth,
                                 VIEW_OF(certified.data),
                                 td ? q->td.tee_tcb_svn : VIEW_EMPTY,
                                 td ? q->td.mrsigner_seam : VIEW_EMPTY,
                                 td ? q->td.seam_attributes : VIEW_EMPTY};
    const struct part_want want = {"intel quote", input, sizeof input / sizeof input[0],
                                   certified_make, &certified};
    struct part *part;
    bool good;

    if (!view_equal(q->qe_vendor, VIEW_OF(QE_VENDOR)))
        return FAIL(j->sink, "qe_vendor", "qe_vendor: Intel's expected, found another");
    if (!td_attributes_check(j, q))
        return false;
    if (part_is_kept(j) && !certs_digest(j, q, certified.data))
        return FAIL(j->sink, "memory", "memory: none left");
    part = part_get(j, &want);
    good = part != NULL && quote_signature_check(j, q, &part->key);
    part_release(part);
    return good;
}

static void quote_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink,
                         bool td)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct dcap_quote q;

    if (dcap_quote_decode(evidence_first(request), &q) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    if (td != (q.body_type != DCAP_SGX)) {
        BROKEN(sink, "format", "format: a quote of %s expected, found one of %s",
               td ? "a TD" : "an enclave", td ? "an enclave" : "a TD");
        return;
    }
    claim_number(sink, "quote_version", q.version);
    if (td)
        td_claims(sink, &q.td);
    else
        sgx_claims(sink, &q.sgx);
    claim_view(sink, "nonce", td ? q.td.report_data : q.sgx.report_data);
    if (q.trailing > 0)
        claim_number(sink, "trailing_bytes", q.trailing);
    if (intel_quote_judge(&j, &q) && td)
        ccel_check(&j, q.td.rtmr);
}

static void sgx_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    quote_verify(request, sink, false);
}

static void tdx_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    quote_verify(request, sink, true);
}

/* Version, key type and TEE of the header. */
static bool header_is(const cc_verify_input_t *input, bool td)
{
    struct reader r = reader_over(view_of(input->evidence[0].data, input->evidence[0].size));
    uint16_t version = reader_le16(&r);
    uint16_t key = reader_le16(&r);
    uint32_t tee = reader_le32(&r);

    return !r.failed && version >= 3 && version <= 5 && (key == 2 || key == 3) &&
           tee == (td ? 0x81u : 0u) && r.rest.size >= 424;
}

static bool sgx_detects(const cc_verify_input_t *input)
{
    return header_is(input, false);
}

static bool tdx_detects(const cc_verify_input_t *input)
{
    return header_is(input, true);
}

static const char *const SGX_IDENTITY[] = {"mrenclave", "mrsigner", NULL};
/* No register alone: a TD of other firmware extends them to any log that it likes. */
static const char *const TDX_IDENTITY[] = {"mrtd", NULL};

const cc_verifier_t verifier_sgx = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "sgx",     "Intel SGX",
                                    SGX_IDENTITY,    sgx_detects,           sgx_verify};
const cc_verifier_t verifier_tdx = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "tdx",     "Intel TDX",
                                    TDX_IDENTITY,    tdx_detects,           tdx_verify};
