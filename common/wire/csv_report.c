/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/csv_report.h"
#include "base/detail.h"

enum { SCALAR_SIZE = 32, SCALAR_ROOM = 72, CURVE_SM2 = 3, ALGORITHM_SM2 = 4 };
enum { REPORT_WORDS = 336, SIGNATURE_AT = 192, PEK_AT = 336, SERIAL_AT = 2420, MAC_AT = 2516 };
enum { CA_SIGNED_SIZE = 576, CERT_SIGNED_SIZE = 1044, CERT_SIGNATURE_REST = 512 - 2 * SCALAR_ROOM };

/* Little-endian in its room to big-endian; false when the rest of the room is not zero. */
static bool scalar_take(struct reader *r, uint8_t *ret_scalar)
{
    struct view low = reader_take(r, SCALAR_SIZE), rest = reader_take(r, SCALAR_ROOM - SCALAR_SIZE);
    uint8_t any = 0;

    for (size_t i = 0; i < low.size; i++)
        ret_scalar[i] = low.data[SCALAR_SIZE - 1 - i];
    for (size_t i = 0; i < rest.size; i++)
        any |= rest.data[i];
    return any == 0;
}

static void signature_take(struct reader *r, struct csv_signature *s)
{
    s->plain = scalar_take(r, s->bytes);
    s->plain = scalar_take(r, s->bytes + SCALAR_SIZE) && s->plain;
}

static bool key_take(struct reader *r, struct csv_cert *c)
{
    bool good = reader_le32(r) == CURVE_SM2;
    struct view id;

    c->point[0] = 4;
    good = scalar_take(r, c->point + 1) && good;
    good = scalar_take(r, c->point + 1 + SCALAR_SIZE) && good;
    c->id_size = reader_le16(r);
    id = reader_take(r, CSV_ID_MAX_SIZE);
    if (r->failed || c->id_size > CSV_ID_MAX_SIZE)
        return false;
    memcpy(c->id, id.data, CSV_ID_MAX_SIZE);
    return good;
}

cc_enclave_result_t csv_ca_decode(struct view bytes, struct csv_cert *ret)
{
    struct reader r = reader_over(bytes);
    struct csv_cert c = {0};
    bool good;

    reader_take(&r, 36);
    c.usage = reader_le32(&r);
    reader_take(&r, 24);
    good = key_take(&r, &c);
    reader_take(&r, 108);
    signature_take(&r, &c.signatures[0]);
    reader_take(&r, 112);
    if (!reader_done(&r) || !good || !c.signatures[0].plain)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "certificate: %d bytes with an SM2 key expected, found %zu", CSV_CA_SIZE,
                           bytes.size);
    c.signed_bytes = view_of(bytes.data, CA_SIGNED_SIZE);
    *ret = c;
    return CC_SUCCESS;
}

cc_enclave_result_t csv_cert_decode(struct view bytes, struct csv_cert *ret)
{
    struct reader r = reader_over(bytes);
    struct csv_cert c = {0};
    bool good;

    reader_take(&r, 8);
    c.usage = reader_le32(&r);
    good = reader_le32(&r) == ALGORITHM_SM2;
    good = key_take(&r, &c) && good;
    reader_take(&r, 624);
    for (size_t i = 0; i < 2; i++) {
        c.signatures[i].usage = reader_le32(&r);
        reader_take(&r, 4);
        signature_take(&r, &c.signatures[i]);
        reader_take(&r, CERT_SIGNATURE_REST);
    }
    if (!reader_done(&r) || !good)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "certificate: %d bytes with an SM2 key expected, found %zu",
                           CSV_CERT_SIZE, bytes.size);
    c.signed_bytes = view_of(bytes.data, CERT_SIGNED_SIZE);
    *ret = c;
    return CC_SUCCESS;
}

/* Word by word; the mask itself and the signature stand as they are. */
static void unmask(struct view bytes, uint32_t mask, uint8_t *plain)
{
    for (size_t i = 0; i < bytes.size; i++)
        plain[i] = bytes.data[i] ^ (uint8_t)(mask >> 8 * (i % 4));
}

cc_enclave_result_t csv_report_decode(struct view bytes, struct csv_report *ret)
{
    struct reader r = reader_over(bytes), p;

    if (bytes.size != CSV_REPORT_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: %d bytes expected, found %zu",
                           CSV_REPORT_SIZE, bytes.size);
    reader_take(&r, CSV_SIGNED_SIZE + 8);
    ret->anonce = reader_le32(&r);
    signature_take(&r, &ret->signature);
    unmask(bytes, ret->anonce, ret->plain);
    p = reader_over(view_of(ret->plain, sizeof ret->plain));
    ret->user_pubkey_digest = reader_take(&p, 32);
    ret->vm_id = reader_take(&p, 16);
    ret->vm_version = reader_take(&p, 16);
    ret->report_data = reader_take(&p, 64);
    ret->mnonce = reader_take(&p, 16);
    ret->measure = reader_take(&p, 32);
    ret->policy = reader_le32(&p);
    ret->sig_usage = reader_le32(&p);
    ret->sig_algo = reader_le32(&p);
    ret->pek = view_of(ret->plain + PEK_AT, CSV_CERT_SIZE);
    ret->serial_number = view_of(ret->plain + SERIAL_AT, 64);
    ret->signed_bytes = view_of(bytes.data, CSV_SIGNED_SIZE);
    ret->maced = view_of(bytes.data + PEK_AT, MAC_AT - PEK_AT);
    ret->mac = view_of(bytes.data + MAC_AT, 32);
    if (!ret->signature.plain || ret->sig_algo != ALGORITHM_SM2)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: an SM2 signature expected");
    return CC_SUCCESS;
}
