/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/dcap_quote.h"
#include "base/detail.h"

enum { KEY_ECDSA_P256 = 2, TEE_SGX = 0, TEE_TDX = 0x81, MEASUREMENT_SIZE = 48 };

static struct sgx_body sgx_body_take(struct reader *r)
{
    struct sgx_body b;

    b.cpu_svn = reader_take(r, 16);
    b.misc_select = reader_le32(r);
    reader_take(r, 28);
    b.attributes = reader_take(r, 16);
    b.mrenclave = reader_take(r, 32);
    reader_take(r, 32);
    b.mrsigner = reader_take(r, 32);
    reader_take(r, 96);
    b.prod_id = reader_le16(r);
    b.svn = reader_le16(r);
    reader_take(r, 60);
    b.report_data = reader_take(r, 64);
    return b;
}

static struct td_body td_body_take(struct reader *r, bool td15)
{
    struct td_body b = {0};

    b.tee_tcb_svn = reader_take(r, 16);
    b.mrseam = reader_take(r, MEASUREMENT_SIZE);
    b.mrsigner_seam = reader_take(r, MEASUREMENT_SIZE);
    b.seam_attributes = reader_take(r, 8);
    b.td_attributes = reader_take(r, 8);
    b.xfam = reader_take(r, 8);
    b.mrtd = reader_take(r, MEASUREMENT_SIZE);
    b.mrconfigid = reader_take(r, MEASUREMENT_SIZE);
    b.mrowner = reader_take(r, MEASUREMENT_SIZE);
    b.mrownerconfig = reader_take(r, MEASUREMENT_SIZE);
    for (size_t i = 0; i < 4; i++)
        b.rtmr[i] = reader_take(r, MEASUREMENT_SIZE);
    b.report_data = reader_take(r, 64);
    if (td15) {
        b.tee_tcb_svn2 = reader_take(r, 16);
        b.mrservicetd = reader_take(r, MEASUREMENT_SIZE);
    }
    return b;
}

/* Version 5 says of which kind the body is; before, the TEE says it. */
static void body_take(struct reader *r, uint32_t tee, struct dcap_quote *q)
{
    static const uint32_t SIZES[] = {0, DCAP_SGX_BODY_SIZE, DCAP_TD10_BODY_SIZE,
                                     DCAP_TD15_BODY_SIZE};
    uint16_t type = tee == TEE_SGX ? DCAP_SGX : DCAP_TD10;

    if (q->version == 5) {
        type = reader_le16(r);
        if (type < DCAP_SGX || type > DCAP_TD15 || reader_le32(r) != SIZES[type])
            r->failed = true;
    }
    if ((tee != TEE_SGX && tee != TEE_TDX) || (tee == TEE_SGX) != (type == DCAP_SGX))
        r->failed = true;
    q->body_type = r->failed ? DCAP_SGX : (enum dcap_body)type;
    if (q->body_type == DCAP_SGX)
        q->sgx = sgx_body_take(r);
    else
        q->td = td_body_take(r, q->body_type == DCAP_TD15);
}

static void qe_take(struct reader *r, struct dcap_quote *q)
{
    struct reader report;

    q->qe_report = reader_take(r, DCAP_SGX_BODY_SIZE);
    report = reader_over(q->qe_report);
    q->qe = sgx_body_take(&report);
    q->qe_signature = reader_take(r, 64);
    q->qe_auth = reader_take(r, reader_le16(r));
    q->cert_type = reader_le16(r);
    q->cert_data = reader_take(r, reader_le32(r));
}

/* Lengths nest exactly: no byte between the layers. */
static void signature_take(struct reader *r, struct dcap_quote *q)
{
    struct reader data = reader_over(reader_take(r, reader_le32(r)));
    struct reader inner;

    q->signature = reader_take(&data, 64);
    q->attestation_key = reader_take(&data, 64);
    if (q->version == 3) {
        qe_take(&data, q);
    } else {
        if (reader_le16(&data) != DCAP_CERT_QE_REPORT)
            data.failed = true;
        inner = reader_over(reader_take(&data, reader_le32(&data)));
        qe_take(&inner, q);
        if (!reader_done(&inner))
            data.failed = true;
    }
    if (!reader_done(&data))
        r->failed = true;
}

cc_enclave_result_t dcap_quote_decode(struct view bytes, struct dcap_quote *ret_quote)
{
    struct reader r = reader_over(bytes);
    struct dcap_quote q = {0};
    uint16_t key;
    uint32_t tee;

    if (bytes.size > DCAP_QUOTE_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: at most %d bytes expected, found %zu",
                           DCAP_QUOTE_MAX_SIZE, bytes.size);
    q.version = reader_le16(&r);
    key = reader_le16(&r);
    tee = reader_le32(&r);
    reader_take(&r, 4);
    q.qe_vendor = reader_take(&r, 16);
    reader_take(&r, 20);
    if (q.version < 3 || q.version > 5)
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: version 3, 4 or 5 expected, found %u",
                           q.version);
    if (key != KEY_ECDSA_P256)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "quote: key type 2 (ECDSA P-256) expected, found %u", key);
    if (q.version == 3 && tee != TEE_SGX)
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: version 3 is SGX's, found TEE 0x%x", tee);
    body_take(&r, tee, &q);
    q.signed_bytes = view_of(bytes.data, bytes.size - r.rest.size);
    signature_take(&r, &q);
    if (r.failed)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "quote: its sizes do not fit together (version %u, TEE 0x%x)", q.version,
                           tee);
    q.trailing = r.rest.size;
    *ret_quote = q;
    return CC_SUCCESS;
}
