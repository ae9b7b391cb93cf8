/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge_intel.h - a platform of Intel's that tests make up, under a root of their own: quote of an
 * enclave or a TD, certificates, revocation lists, TCB info, identity. Change a field, then build.
 * Layer: test. Threads: one.
 */
#ifndef TEST_FORGE_INTEL_H
#define TEST_FORGE_INTEL_H

#include "evidence_rig.h"
#include "forge_x509.h"
#include "wire/dcap_quote.h"
#include "wire/pem.h"

#define INTEL_NOW_S UINT64_C(1760000000) /* 2025-10-09T08:53:20Z */
enum { INTEL_DAY_S = 86400, PCK_SERIAL = 77, CA_SERIAL = 55, SIGNER_SERIAL = 66 };

enum { INTEL_PCK, INTEL_CA, INTEL_ROOT };

struct intel {
    bool td;
    uint16_t version; /* 3, 4, 5 */
    struct made root, ca, pck, signer;
    EVP_PKEY *other; /* a key of nobody */
    EVP_PKEY *ak;
    uint8_t header[48], body[DCAP_TD15_BODY_SIZE];
    size_t body_size;
    uint8_t qe[DCAP_SGX_BODY_SIZE];
    EVP_PKEY *quote_key, *qe_key, *tcb_key, *identity_key; /* who signs what */
    bool keep_qe_data; /* the QE's report data is not made to fit */
    bool keep[3];      /* that certificate as in the quote before, to the byte */
    uint8_t kept[3][4096];
    size_t kept_size[3];
    uint8_t pck_svn, pck_pcesvn;
    const char *fmspc_pck, *fmspc_info;
    bool td10; /* a body of TD 1.0 in a quote of version 5 */
    /* TCB info */
    const char *id, *issued, *next, *qe_id, *qe_issued, *qe_next, *qe_mrsigner, *qe_attributes;
    const char *statuses[2]; /* of the higher and of the lower level */
    const char *advisory;
    int level_svn[2], level_pcesvn[2], level_td[2];
    int level_first; /* of the TDX components, where versioned modules have an identity */
    int qe_prod, qe_svn, module_svn;
    const char *qe_status, *module_status, *module_id;
    int info_version, tcb_type;
    const char *module_signer; /* of version 0 */
    /* lists */
    long root_revokes, ca_revokes;
    uint64_t crl_until_s;
    const struct made *pck_crl_issuer;
    EVP_PKEY *crl_key; /* NULL: the issuer's */
};

static inline void intel_dates(struct made *m)
{
    m->from_s = INTEL_NOW_S - 400 * (uint64_t)INTEL_DAY_S;
    m->until_s = INTEL_NOW_S + 400 * (uint64_t)INTEL_DAY_S;
}

static inline void intel_certs(struct intel *f)
{
    f->root = (struct made){.name = "Intel SGX Root CA",
                            .ca = true,
                            .path_len = "1",
                            .usage = "critical,keyCertSign,cRLSign",
                            .serial = 1};
    f->ca = (struct made){.name = "Intel SGX PCK Platform CA",
                          .issuer = &f->root,
                          .ca = true,
                          .path_len = "0",
                          .usage = "critical,keyCertSign,cRLSign",
                          .serial = CA_SERIAL};
    f->pck = (struct made){.name = "Intel SGX PCK Certificate",
                           .issuer = &f->ca,
                           .usage = "critical,digitalSignature",
                           .serial = PCK_SERIAL};
    f->signer = (struct made){.name = "Intel SGX TCB Signing",
                              .issuer = &f->root,
                              .usage = "critical,digitalSignature",
                              .serial = SIGNER_SERIAL};
    f->root.key = made_key("P-256");
    f->ca.key = made_key("P-256");
    f->pck.key = made_key("P-256");
    f->signer.key = made_key("P-256");
    f->ak = made_key("P-256");
    f->other = made_key("P-256");
    intel_dates(&f->root);
    intel_dates(&f->ca);
    intel_dates(&f->pck);
    intel_dates(&f->signer);
}

/* Bodies hold what the layout says of them; the rest is their own. */
static inline void intel_bodies(struct intel *f)
{
    static const uint8_t VENDOR[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                     0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

    f->header[0] = (uint8_t)f->version;
    f->header[2] = 2;
    f->header[4] = f->td ? 0x81 : 0;
    memcpy(f->header + 12, VENDOR, sizeof VENDOR);
    f->body_size = !f->td                      ? DCAP_SGX_BODY_SIZE
                   : f->version < 5 || f->td10 ? DCAP_TD10_BODY_SIZE
                                               : DCAP_TD15_BODY_SIZE;
    if (f->td) {
        f->body[0] = 6;                  /* SVN of the module */
        f->body[1] = 1;                  /* its version */
        f->body[2] = 3;                  /* microcode */
        memset(f->body + 136, 0x4d, 48); /* MRTD */
        memset(f->body + 520, 0x44, 64); /* report data */
    } else {
        f->body[48] = 0x05; /* INIT, MODE64 */
        memset(f->body + 64, 0x4d, 32);
        memset(f->body + 320, 0x44, 64);
    }
    f->qe[48] = 0x15;
    memset(f->qe + 128, 0x51, 32); /* MRSIGNER */
    f->qe[256] = f->td ? 2 : 1;
    f->qe[258] = 8;
}

#define INTEL_OTHER_SIGNER                                                                         \
    "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "0000"
#define INTEL_ZEROS_48                                                                             \
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "0000"

static inline void intel_make(struct intel *f, bool td, uint16_t version)
{
    memset(f, 0, sizeof *f);
    f->td = td;
    f->version = version;
    intel_certs(f);
    intel_bodies(f);
    f->quote_key = f->ak;
    f->qe_key = f->pck.key;
    f->tcb_key = f->identity_key = f->signer.key;
    f->pck_svn = 5;
    f->pck_pcesvn = 11;
    f->fmspc_pck = f->fmspc_info = "00906ed50000";
    f->id = td ? "TDX" : "SGX";
    f->qe_id = td ? "TD_QE" : "QE";
    f->issued = f->qe_issued = "2025-10-01T00:00:00Z";
    f->next = f->qe_next = "2025-11-01T00:00:00Z";
    f->statuses[0] = f->qe_status = f->module_status = "UpToDate";
    f->statuses[1] = "OutOfDate";
    f->level_svn[0] = 5;
    f->level_svn[1] = 2;
    f->level_pcesvn[0] = 11;
    f->level_pcesvn[1] = 5;
    f->level_td[0] = 3;
    f->level_td[1] = 1;
    f->qe_mrsigner = "5151515151515151515151515151515151515151515151515151515151515151";
    f->qe_attributes = "11000000000000000000000000000000";
    f->qe_prod = td ? 2 : 1;
    f->qe_svn = 8;
    f->module_svn = 6;
    f->module_id = "TDX_01";
    f->module_signer = INTEL_ZEROS_48;
    f->info_version = 3;
    f->crl_until_s = INTEL_NOW_S + 20 * (uint64_t)INTEL_DAY_S;
    f->pck_crl_issuer = &f->ca;
}

static inline void intel_oid(struct writer *w, uint8_t arc, uint8_t inner)
{
    static const uint8_t SGX[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    size_t at = der_open(w, DER_OID);

    writer_put(w, VIEW_OF(SGX));
    writer_u8(w, arc);
    if (inner != 0)
        writer_u8(w, inner);
    der_close(w, at);
}

/* The SGX extension of a PCK certificate. */
static inline size_t intel_extension(const struct intel *f, uint8_t *room, size_t size)
{
    uint8_t fmspc[6], zeros[16] = {0};
    struct writer w = writer_over(room, size);
    size_t list = der_open(&w, DER_SEQUENCE), pair, tcb;

    ck_assert(hex_parse(f->fmspc_pck, fmspc, sizeof fmspc));
    pair = der_open(&w, DER_SEQUENCE);
    intel_oid(&w, 1, 0);
    der_put(&w, DER_OCTET_STRING, VIEW_OF(zeros));
    der_close(&w, pair);
    pair = der_open(&w, DER_SEQUENCE);
    intel_oid(&w, 2, 0);
    tcb = der_open(&w, DER_SEQUENCE);
    for (uint8_t arc = 1; arc <= 18; arc++) {
        size_t one = der_open(&w, DER_SEQUENCE);
        uint8_t value = arc == 17 ? f->pck_pcesvn : f->pck_svn;

        intel_oid(&w, 2, arc);
        if (arc == 18)
            der_put(&w, DER_OCTET_STRING, VIEW_OF(zeros));
        else
            der_put(&w, DER_INTEGER, view_of(&value, 1));
        der_close(&w, one);
    }
    der_close(&w, tcb);
    der_close(&w, pair);
    pair = der_open(&w, DER_SEQUENCE);
    intel_oid(&w, 3, 0);
    der_put(&w, DER_OCTET_STRING, view_of(zeros, 2));
    der_close(&w, pair);
    pair = der_open(&w, DER_SEQUENCE);
    intel_oid(&w, 4, 0);
    der_put(&w, DER_OCTET_STRING, VIEW_OF(fmspc));
    der_close(&w, pair);
    der_close(&w, list);
    ck_assert(!w.failed);
    return w.size;
}

static inline void intel_pem(struct writer *w, const struct made *m)
{
    struct buf der = made_issue(m);

    pem_encode(buf_view(&der), "CERTIFICATE", w);
    buf_free(&der);
}

/* A signature differs each time it is made, so that only a kept one is the same. */
static inline void intel_kept(struct writer *w, struct intel *f, int which)
{
    const struct made *made[] = {&f->pck, &f->ca, &f->root};
    struct writer own = writer_over(f->kept[which], sizeof f->kept[which]);

    if (!f->keep[which] || f->kept_size[which] == 0) {
        intel_pem(&own, made[which]);
        f->kept_size[which] = own.size;
    }
    writer_put(w, view_of(f->kept[which], f->kept_size[which]));
}

/* Version 2, of PCS API v3, has a member for each component, later ones have lists. */
static inline void intel_level(FILE *out, const struct intel *f, size_t i)
{
    static const char *const LISTS[] = {"sgxtcbcomponents", "tdxtcbcomponents"};

    fprintf(out, "{\"tcb\":{\"pcesvn\":%d", f->level_pcesvn[i]);
    for (size_t c = 1; f->info_version == 2 && c <= 16; c++)
        fprintf(out, ",\"sgxtcbcomp%02zusvn\":%d", c, f->level_svn[i]);
    for (size_t l = 0; f->info_version != 2 && l < (f->td ? 2u : 1u); l++) {
        fprintf(out, ",\"%s\":[", LISTS[l]);
        for (size_t c = 0; c < 16; c++)
            fprintf(out, "%s{\"svn\":%d}", c > 0 ? "," : "",
                    l == 0   ? f->level_svn[i]
                    : c == 2 ? f->level_td[i]
                    : c == 0 ? f->level_first
                             : 0);
        fputs("]", out);
    }
    fprintf(out, "},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"%s\"%s%s%s}",
            f->statuses[i], f->advisory != NULL ? ",\"advisoryIDs\":[\"" : "",
            f->advisory != NULL ? f->advisory : "", f->advisory != NULL ? "\"]" : "");
}

/* A response of the PCS: what write puts, signed. */
static inline struct buf intel_response(const struct intel *f, const char *member, EVP_PKEY *key,
                                        void (*write)(FILE *out, const struct intel *f))
{
    char *inner = NULL, *all = NULL;
    size_t inner_size, all_size;
    uint8_t rs[64];
    char hex[129];
    struct buf bytes;
    FILE *out = open_memstream(&inner, &inner_size);

    write(out, f);
    fclose(out);
    made_sign_raw(key, EVP_sha256(), view_of(inner, inner_size), rs, 32);
    hex_format(VIEW_OF(rs), hex);
    out = open_memstream(&all, &all_size);
    fprintf(out, "{\"%s\":%s,\"signature\":\"%s\"}", member, inner, hex);
    fclose(out);
    ck_assert(buf_copy(&bytes, view_of(all, all_size)));
    free(inner);
    free(all);
    return bytes;
}

#define INTEL_MODULE                                                                               \
    "\"mrsigner\":\"%s\",\"attributes\":\"0000000000000000\",\"attributesMask\":"                  \
    "\"FFFFFFFFFFFFFFFF\""

static inline void intel_tcb_write(FILE *out, const struct intel *f)
{
    fprintf(out,
            "{\"id\":\"%s\",\"version\":%d,\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",\"fmspc\":"
            "\"%s\",\"pceId\":\"0000\",\"tcbType\":%d,\"tcbEvaluationDataNumber\":17,",
            f->id, f->info_version, f->issued, f->next, f->fmspc_info, f->tcb_type);
    if (f->td)
        fprintf(out,
                "\"tdxModule\":{" INTEL_MODULE
                "},\"tdxModuleIdentities\":[{\"id\":\"%s\"," INTEL_MODULE
                ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":\"2024-03-13T00:00:00Z\","
                "\"tcbStatus\":\"%s\"}]}],",
                f->module_signer, f->module_id, INTEL_ZEROS_48, f->module_svn, f->module_status);
    fputs("\"tcbLevels\":[", out);
    intel_level(out, f, 0);
    fputs(",", out);
    intel_level(out, f, 1);
    fputs("]}", out);
}

static inline void intel_qe_write(FILE *out, const struct intel *f)
{
    fprintf(
        out,
        "{\"id\":\"%s\",\"version\":2,\"issueDate\":\"%s\",\"nextUpdate\":\"%s\","
        "\"tcbEvaluationDataNumber\":17,\"miscselect\":\"00000000\",\"miscselectMask\":"
        "\"FFFFFFFF\",\"attributes\":\"%s\",\"attributesMask\":"
        "\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"%s\",\"isvprodid\":%d,\"tcbLevels\":"
        "[{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"%s\"}]}",
        f->qe_id, f->qe_issued, f->qe_next, f->qe_attributes, f->qe_mrsigner, f->qe_prod, f->qe_svn,
        f->qe_status);
}

static inline void intel_qe_put(struct writer *w, struct intel *f, struct view key)
{
    static const uint8_t AUTH[32] = {1, 2, 3};
    uint8_t both[64 + sizeof AUTH], rs[64], ext[1200], pem[8192];
    struct writer p = writer_over(pem, sizeof pem);

    memcpy(both, key.data, 64);
    memcpy(both + 64, AUTH, sizeof AUTH);
    if (!f->keep_qe_data)
        ck_assert(sha256(VIEW_OF(both), f->qe + 320));
    made_sign_raw(f->qe_key, EVP_sha256(), VIEW_OF(f->qe), rs, 32);
    f->pck.extra[0].oid = "1.2.840.113741.1.13.1";
    f->pck.extra[0].value = view_of(ext, intel_extension(f, ext, sizeof ext));
    f->pck.extra_count = 1;
    intel_kept(&p, f, INTEL_PCK);
    intel_kept(&p, f, INTEL_CA);
    intel_kept(&p, f, INTEL_ROOT);
    writer_put(w, VIEW_OF(f->qe));
    writer_put(w, VIEW_OF(rs));
    writer_le16(w, sizeof AUTH);
    writer_put(w, VIEW_OF(AUTH));
    writer_le16(w, DCAP_CERT_PCK_CHAIN);
    writer_le32(w, (uint32_t)p.size);
    writer_put(w, writer_view(&p));
}

static inline struct buf intel_quote(struct intel *f)
{
    uint8_t room[16384], data[12288], qe[10240], rs[64], point[65];
    struct writer w = writer_over(room, sizeof room), d = writer_over(data, sizeof data);
    struct writer q = writer_over(qe, sizeof qe);
    struct buf out;

    writer_put(&w, VIEW_OF(f->header));
    if (f->version == 5) {
        writer_le16(&w, !f->td ? 1 : f->td10 ? 2 : 3);
        writer_le32(&w, (uint32_t)f->body_size);
    }
    writer_put(&w, view_of(f->body, f->body_size));
    made_sign_raw(f->quote_key, EVP_sha256(), writer_view(&w), rs, 32);
    made_point(f->ak, point, sizeof point);
    intel_qe_put(&q, f, view_of(point + 1, 64));
    writer_put(&d, VIEW_OF(rs));
    writer_put(&d, view_of(point + 1, 64));
    if (f->version > 3) {
        writer_le16(&d, DCAP_CERT_QE_REPORT);
        writer_le32(&d, (uint32_t)q.size);
    }
    writer_put(&d, writer_view(&q));
    writer_le32(&w, (uint32_t)d.size);
    writer_put(&w, writer_view(&d));
    ck_assert(!w.failed && !d.failed && !q.failed);
    ck_assert(buf_copy(&out, writer_view(&w)));
    return out;
}

static inline void intel_build(struct intel *f, struct rig *rig)
{
    uint8_t chain[8192];
    struct writer w = writer_over(chain, sizeof chain);
    struct made crl_issuer = *f->pck_crl_issuer;
    const uint64_t from = INTEL_NOW_S - INTEL_DAY_S;

    if (f->crl_key != NULL)
        crl_issuer.key = f->crl_key;
    intel_pem(&w, &f->signer);
    intel_pem(&w, &f->root);
    rig->now_s = INTEL_NOW_S;
    rig->nonce = VIEW_OF("\x44\x44\x44\x44");
    rig_put(rig, true, "quote", intel_quote(f));
    rig_bytes(rig, false, "tcb_info_issuer_chain.pem", writer_view(&w));
    rig_bytes(rig, false, "qe_identity_issuer_chain.pem", writer_view(&w));
    rig_put(rig, false, "tcb_info.json", intel_response(f, "tcbInfo", f->tcb_key, intel_tcb_write));
    rig_put(rig, false, "qe_identity.json",
            intel_response(f, "enclaveIdentity", f->identity_key, intel_qe_write));
    rig_put(rig, false, "root_ca_crl.der",
            made_crl(&f->root, f->root_revokes, from, f->crl_until_s));
    rig_put(rig, false, "pck_crl.der", made_crl(&crl_issuer, f->ca_revokes, from, f->crl_until_s));
    rig->nonce = view_of(f->body + (f->td ? 520 : 320), 64);
}

/* Trusts the made-up root, pins what runs. */
static inline json_t *intel_policy(const struct intel *f)
{
    char anchor[65];

    made_anchor(f->root.key, anchor);
    return json_pack("{s:i,s:{s:{s:[s],s:{s:s}}}}", "schema", 2, "tees", f->td ? "tdx" : "sgx",
                     "trusted_keys", anchor, "claims", f->td ? "mrtd" : "mrenclave",
                     f->td
                         ? "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
                           "4d4d4d4d4d4d4d4d4d4d4d4d4d"
                         : "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d");
}

static inline void intel_free(struct intel *f)
{
    EVP_PKEY_free(f->root.key);
    EVP_PKEY_free(f->ca.key);
    EVP_PKEY_free(f->pck.key);
    EVP_PKEY_free(f->signer.key);
    EVP_PKEY_free(f->ak);
    EVP_PKEY_free(f->other);
}

#endif
