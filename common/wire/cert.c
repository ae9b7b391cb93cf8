/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/cert.h"
#include "base/detail.h"
#include "wire/der.h"
#include <string.h>

enum { SCALAR_SIZE = CERT_SIGNATURE_SIZE / 2, SIGN_BIT = 0x80, PATH_LEN_MAX = 127 };

/* [0] { INTEGER 2 } */
static const uint8_t VERSION_3[] = {0xa0, 0x03, 0x02, 0x01, 0x02};
/* ecdsa-with-SHA256, 1.2.840.10045.4.3.2, no parameters */
static const uint8_t ALGORITHM[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                    0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
/* SubjectPublicKeyInfo of P-256 up to the point */
static const uint8_t KEY_HEAD[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t OID_COMMON_NAME[] = {0x06, 0x03, 0x55, 0x04, 0x03};
/* Extension heads: OID, then critical TRUE where it is */
static const uint8_t EXT_CONSTRAINTS[] = {0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff};
static const uint8_t EXT_USAGE[] = {0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff};
static const uint8_t EXT_DEVICE_ID[] = {0x06, 0x14, 0x69, 0x82, 0x9f, 0xc0, 0xfe, 0x85,
                                        0xbc, 0xba, 0x82, 0x93, 0xc3, 0x8a, 0xca, 0xb7,
                                        0xdb, 0x87, 0x99, 0xd7, 0x97, 0x00};
static const uint8_t TRUE_ELEMENT[] = {0x01, 0x01, 0xff};

enum { POINT_UNCOMPRESSED = 4 };

static bool name_valid(struct view name)
{
    if (name.size < 1 || name.size > CERT_NAME_MAX_SIZE)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 0x20 || name.data[i] > 0x7e)
            return false;
    return true;
}

static struct view name_take(struct reader *r)
{
    struct reader name = der_enter(r, DER_SEQUENCE);
    struct reader set = der_enter(&name, DER_SET);
    struct reader pair = der_enter(&set, DER_SEQUENCE);
    struct view text;

    der_expect(&pair, VIEW_OF(OID_COMMON_NAME));
    text = der_take(&pair, DER_UTF8_STRING);
    der_leave(&set, &pair);
    der_leave(&name, &set);
    der_leave(r, &name);
    if (!name_valid(text))
        r->failed = true;
    return text;
}

static void name_put(struct writer *w, struct view text)
{
    size_t name = der_open(w, DER_SEQUENCE);
    size_t set = der_open(w, DER_SET);
    size_t pair = der_open(w, DER_SEQUENCE);

    if (!name_valid(text))
        w->failed = true;
    writer_put(w, VIEW_OF(OID_COMMON_NAME));
    der_put(w, DER_UTF8_STRING, text);
    der_close(w, pair);
    der_close(w, set);
    der_close(w, name);
}

/* BasicConstraints: empty for a leaf, { TRUE, path length } for a CA (RFC 5280, 4.2.1.9). */
static void constraints_take(struct reader *r, struct cert *cert)
{
    struct reader ext = der_enter(r, DER_SEQUENCE);
    struct reader octets, seq;

    der_expect(&ext, VIEW_OF(EXT_CONSTRAINTS));
    octets = der_enter(&ext, DER_OCTET_STRING);
    seq = der_enter(&octets, DER_SEQUENCE);
    cert->is_ca = !seq.failed && seq.rest.size > 0;
    if (cert->is_ca) {
        struct view length;

        der_expect(&seq, VIEW_OF(TRUE_ELEMENT));
        length = der_take(&seq, DER_INTEGER);
        if (length.size != 1 || length.data[0] > PATH_LEN_MAX)
            seq.failed = true;
        else
            cert->path_len = length.data[0];
    }
    der_leave(&octets, &seq);
    der_leave(&ext, &octets);
    der_leave(r, &ext);
}

static void constraints_put(struct writer *w, const struct cert *cert)
{
    size_t ext = der_open(w, DER_SEQUENCE);
    size_t octets, seq;

    writer_put(w, VIEW_OF(EXT_CONSTRAINTS));
    octets = der_open(w, DER_OCTET_STRING);
    seq = der_open(w, DER_SEQUENCE);
    if (cert->is_ca) {
        writer_put(w, VIEW_OF(TRUE_ELEMENT));
        der_put(w, DER_INTEGER, view_of(&cert->path_len, 1));
    }
    if (cert->path_len > (cert->is_ca ? PATH_LEN_MAX : 0))
        w->failed = true;
    der_close(w, seq);
    der_close(w, octets);
    der_close(w, ext);
}

/* A named bit list carries no trailing zero bits (X.690, 11.2.2). */
static uint8_t usage_unused(uint8_t usage)
{
    return usage == 0 ? 8 : (uint8_t)__builtin_ctz(usage);
}

static void usage_take(struct reader *r, struct cert *cert)
{
    struct reader ext = der_enter(r, DER_SEQUENCE);
    struct reader octets, bits;
    uint8_t unused;

    der_expect(&ext, VIEW_OF(EXT_USAGE));
    octets = der_enter(&ext, DER_OCTET_STRING);
    bits = der_enter(&octets, DER_BIT_STRING);
    unused = reader_u8(&bits);
    cert->key_usage = reader_u8(&bits);
    if (unused != usage_unused(cert->key_usage) || cert->key_usage == 0)
        bits.failed = true;
    der_leave(&octets, &bits);
    der_leave(&ext, &octets);
    der_leave(r, &ext);
}

static void usage_put(struct writer *w, uint8_t usage)
{
    const uint8_t bits[] = {usage_unused(usage), usage};
    size_t ext = der_open(w, DER_SEQUENCE);
    size_t octets;

    if (usage == 0)
        w->failed = true;
    writer_put(w, VIEW_OF(EXT_USAGE));
    octets = der_open(w, DER_OCTET_STRING);
    der_put(w, DER_BIT_STRING, VIEW_OF(bits));
    der_close(w, octets);
    der_close(w, ext);
}

static void device_id_take(struct reader *r, struct cert *cert)
{
    struct reader ext = der_enter(r, DER_SEQUENCE);
    struct reader octets;

    der_expect(&ext, VIEW_OF(EXT_DEVICE_ID));
    octets = der_enter(&ext, DER_OCTET_STRING);
    cert->device_id = der_take(&octets, DER_OCTET_STRING);
    if (cert->device_id.size != CERT_DEVICE_ID_SIZE)
        octets.failed = true;
    der_leave(&ext, &octets);
    der_leave(r, &ext);
}

static void device_id_put(struct writer *w, struct view device_id)
{
    size_t ext = der_open(w, DER_SEQUENCE);
    size_t octets;

    if (device_id.size != CERT_DEVICE_ID_SIZE)
        w->failed = true;
    writer_put(w, VIEW_OF(EXT_DEVICE_ID));
    octets = der_open(w, DER_OCTET_STRING);
    der_put(w, DER_OCTET_STRING, device_id);
    der_close(w, octets);
    der_close(w, ext);
}

static void extensions_take(struct reader *r, struct cert *cert)
{
    struct reader outer = der_enter(r, DER_CONTEXT_0 + 3);
    struct reader list = der_enter(&outer, DER_SEQUENCE);

    constraints_take(&list, cert);
    usage_take(&list, cert);
    if (list.rest.size > 0)
        device_id_take(&list, cert);
    der_leave(&outer, &list);
    der_leave(r, &outer);
}

static void extensions_put(struct writer *w, const struct cert *cert)
{
    size_t outer = der_open(w, DER_CONTEXT_0 + 3);
    size_t list = der_open(w, DER_SEQUENCE);

    constraints_put(w, cert);
    usage_put(w, cert->key_usage);
    if (cert->device_id.size > 0)
        device_id_put(w, cert->device_id);
    der_close(w, list);
    der_close(w, outer);
}

static void validity_take(struct reader *r, struct cert *cert)
{
    struct reader validity = der_enter(r, DER_SEQUENCE);

    cert->not_before_s = der_take_time(&validity);
    cert->not_after_s = der_take_time(&validity);
    der_leave(r, &validity);
}

static void validity_put(struct writer *w, const struct cert *cert)
{
    size_t validity = der_open(w, DER_SEQUENCE);

    der_put_time(w, cert->not_before_s);
    der_put_time(w, cert->not_after_s);
    der_close(w, validity);
}

/* RFC 5280, 4.1.2.2: at most 20 octets, the sign byte among them. */
static bool serial_valid(struct view serial)
{
    return serial.size >= 1 && serial.size <= CERT_SERIAL_MAX_SIZE &&
           (serial.size < CERT_SERIAL_MAX_SIZE || (serial.data[0] & SIGN_BIT) == 0);
}

static void tbs_decode(struct reader tbs, struct reader *outer, struct cert *cert)
{
    der_expect(&tbs, VIEW_OF(VERSION_3));
    cert->serial = der_take_positive(&tbs, CERT_SERIAL_MAX_SIZE);
    if (!serial_valid(cert->serial))
        tbs.failed = true;
    der_expect(&tbs, VIEW_OF(ALGORITHM));
    cert->issuer = name_take(&tbs);
    validity_take(&tbs, cert);
    cert->subject = name_take(&tbs);
    der_expect(&tbs, VIEW_OF(KEY_HEAD));
    cert->point = reader_take(&tbs, CERT_POINT_SIZE);
    if (cert->point.size == 0 || cert->point.data[0] != POINT_UNCOMPRESSED)
        tbs.failed = true;
    extensions_take(&tbs, cert);
    der_leave(outer, &tbs);
}

/* BIT STRING { SEQUENCE { INTEGER r, INTEGER s } } (RFC 3279, 2.2.3) to r | s. */
static void signature_take(struct reader *r, uint8_t ret_signature[static CERT_SIGNATURE_SIZE])
{
    struct reader bits = der_enter(r, DER_BIT_STRING);
    struct reader pair;

    if (reader_u8(&bits) != 0)
        bits.failed = true;
    pair = der_enter(&bits, DER_SEQUENCE);
    memset(ret_signature, 0, CERT_SIGNATURE_SIZE);
    for (size_t half = 0; half < 2; half++) {
        struct view scalar = der_take_positive(&pair, SCALAR_SIZE);

        if (scalar.size > 0)
            memcpy(ret_signature + (half + 1) * SCALAR_SIZE - scalar.size, scalar.data,
                   scalar.size);
    }
    der_leave(&bits, &pair);
    der_leave(r, &bits);
}

cc_enclave_result_t cert_decode(struct view der, struct cert *ret_cert)
{
    struct reader r = reader_over(der);
    struct reader outer;
    struct cert cert = {0};

    if (der.size > CERT_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificate: at most %d bytes expected, found %zu",
                           CERT_MAX_SIZE, der.size);

    outer = der_enter(&r, DER_SEQUENCE);
    cert.tbs = outer.rest;
    tbs_decode(der_enter(&outer, DER_SEQUENCE), &outer, &cert);
    cert.tbs.size -= outer.rest.size;
    der_expect(&outer, VIEW_OF(ALGORITHM));
    signature_take(&outer, cert.signature);
    der_leave(&r, &outer);
    if (!reader_done(&r))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "certificate: not DER of the device profile (docs/protocol.md)");

    if (cert.not_before_s > cert.not_after_s)
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificate: it ends before it begins");

    *ret_cert = cert;
    return CC_SUCCESS;
}

void cert_encode_tbs(const struct cert *cert, struct writer *w)
{
    size_t tbs = der_open(w, DER_SEQUENCE);

    if (!serial_valid(cert->serial) || cert->not_before_s > cert->not_after_s ||
        cert->point.size != CERT_POINT_SIZE || cert->point.data[0] != POINT_UNCOMPRESSED)
        w->failed = true;
    writer_put(w, VIEW_OF(VERSION_3));
    der_put_positive(w, cert->serial);
    writer_put(w, VIEW_OF(ALGORITHM));
    name_put(w, cert->issuer);
    validity_put(w, cert);
    name_put(w, cert->subject);
    writer_put(w, VIEW_OF(KEY_HEAD));
    writer_put(w, cert->point);
    extensions_put(w, cert);
    der_close(w, tbs);
}

void cert_encode(struct view tbs, const uint8_t signature[static CERT_SIGNATURE_SIZE],
                 struct writer *w)
{
    size_t start = w->size;
    size_t outer = der_open(w, DER_SEQUENCE);
    size_t bits, pair;

    writer_put(w, tbs);
    writer_put(w, VIEW_OF(ALGORITHM));
    bits = der_open(w, DER_BIT_STRING);
    writer_u8(w, 0);
    pair = der_open(w, DER_SEQUENCE);
    der_put_positive(w, view_of(signature, SCALAR_SIZE));
    der_put_positive(w, view_of(signature + SCALAR_SIZE, SCALAR_SIZE));
    der_close(w, pair);
    der_close(w, bits);
    der_close(w, outer);
    if (w->size - start > CERT_MAX_SIZE)
        w->failed = true;
}

static bool name_ends(struct view name, const char *suffix)
{
    struct view end = view_text(suffix);

    return name.size >= end.size &&
           view_equal(view_of(name.data + name.size - end.size, end.size), end);
}

enum report_level cert_root_level(const struct cert *root)
{
    if (name_ends(root->subject, CERT_ROOT_DEBUG_SUFFIX))
        return REPORT_LEVEL_DEBUG;
    if (name_ends(root->subject, CERT_ROOT_EMBEDDED_SUFFIX))
        return REPORT_LEVEL_EMBEDDED;
    if (name_ends(root->subject, CERT_ROOT_INSTALLED_SUFFIX))
        return REPORT_LEVEL_INSTALLED;
    return REPORT_LEVEL_SYSTEM;
}
