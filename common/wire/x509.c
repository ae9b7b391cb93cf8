/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/x509.h"
#include "base/detail.h"

enum { VERSION_V3 = 2, VERSION_V2 = 1, PATH_LEN_MAX = 127 };

static const uint8_t OID_CONSTRAINTS[] = {0x55, 0x1d, 0x13};
static const uint8_t OID_USAGE[] = {0x55, 0x1d, 0x0f};
static const uint8_t OID_LIST_SCOPE[] = {0x55, 0x1d, 0x1c};
static const uint8_t OID_COMMON_NAME[] = {0x55, 0x04, 0x03};

/* The next element with its header, whatever its tag. */
static struct view element_take(struct reader *r)
{
    struct view whole = r->rest;

    if (whole.size == 0) {
        r->failed = true;
        return VIEW_EMPTY;
    }
    der_take(r, whole.data[0]);
    if (r->failed)
        return VIEW_EMPTY;
    whole.size -= r->rest.size;
    return whole;
}

/* The whole AlgorithmIdentifier must be one of these (RFC 5758, 3.2; RFC 4055; RFC 8017): with one
 * encoding each, nothing stands in it that the signature does not cover and nobody read. */
#define RSA_ROW(n) "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00"
#define ECDSA_ROW(n) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n
#define HASH_ROW(n) "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" n "\x05\x00"
#define PSS_ROW(n, salt, trailer, all, inner)                                                      \
    "\x30" all "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30" inner                            \
    "\xa0\x0f" HASH_ROW(n) "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"              \
                           "\x08" HASH_ROW(n) "\xa2\x03\x02\x01" salt trailer
#define PSS_SHORT(n, salt) PSS_ROW(n, salt, "", "\x41", "\x34")
#define PSS_LONG(n, salt) PSS_ROW(n, salt, "\xa3\x03\x02\x01\x01", "\x46", "\x39")

static const struct {
    const char *bytes;
    size_t size;
    enum sig_alg algorithm;
} ALGORITHMS[] = {
#define ROW(bytes, algorithm)                                                                      \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, algorithm                                                        \
    }
    ROW(ECDSA_ROW("\x02"), SIG_ECDSA_SHA256),
    ROW(ECDSA_ROW("\x03"), SIG_ECDSA_SHA384),
    ROW(ECDSA_ROW("\x04"), SIG_ECDSA_SHA512),
    ROW(RSA_ROW("\x0b"), SIG_RSA_SHA256),
    ROW(RSA_ROW("\x0c"), SIG_RSA_SHA384),
    ROW(RSA_ROW("\x0d"), SIG_RSA_SHA512),
    ROW(PSS_SHORT("\x01", "\x20"), SIG_PSS_SHA256),
    ROW(PSS_SHORT("\x02", "\x30"), SIG_PSS_SHA384),
    ROW(PSS_SHORT("\x03", "\x40"), SIG_PSS_SHA512),
    ROW(PSS_LONG("\x01", "\x20"), SIG_PSS_SHA256),
    ROW(PSS_LONG("\x02", "\x30"), SIG_PSS_SHA384),
    ROW(PSS_LONG("\x03", "\x40"), SIG_PSS_SHA512),
    /* SM2 with SM3, 1.2.156.10197.1.501 */
    ROW("\x30\x0a\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75", SIG_SM2_SM3),
    ROW("\x30\x0c\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75\x05\x00", SIG_SM2_SM3),
#undef ROW
};

enum sig_alg x509_take_algorithm(struct reader *r)
{
    struct view found = element_take(r);

    for (size_t i = 0; i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++)
        if (view_equal(found, view_of(ALGORITHMS[i].bytes, ALGORITHMS[i].size)))
            return ALGORITHMS[i].algorithm;
    return SIG_NONE;
}

/* Whole bytes of a BIT STRING. */
static struct view bits_take(struct reader *r)
{
    struct reader bits = der_enter(r, DER_BIT_STRING);

    if (reader_u8(&bits) != 0)
        r->failed = true;
    return r->failed ? VIEW_EMPTY : bits.rest;
}

/* X.690, 11.1: 0xff is true, 0 is false; whoever takes anything else has read it in his own way. */
static bool flag_take(struct reader *r)
{
    struct view value = der_take(r, DER_BOOLEAN);

    if (value.size != 1 || (value.data[0] != 0 && value.data[0] != 0xff))
        r->failed = true;
    return !r->failed && value.data[0] == 0xff;
}

/* RFC 5280, 4.2.1.9; DEFAULT FALSE must not be written, but some vendors do. */
static void constraints_read(struct view value, struct reader *r, struct x509 *cert)
{
    struct reader v = reader_over(value);
    struct reader seq = der_enter(&v, DER_SEQUENCE);

    cert->has_constraints = true;
    cert->path_len = X509_PATH_LEN_NONE;
    if (der_next_is(&seq, DER_BOOLEAN))
        cert->is_ca = flag_take(&seq);
    if (der_next_is(&seq, DER_INTEGER)) {
        struct view length = der_take(&seq, DER_INTEGER);

        if (length.size != 1 || length.data[0] > PATH_LEN_MAX)
            seq.failed = true;
        else
            cert->path_len = length.data[0];
    }
    der_leave(&v, &seq);
    if (!reader_done(&v))
        r->failed = true;
}

static void usage_read(struct view value, struct reader *r, struct x509 *cert)
{
    struct reader v = reader_over(value);
    struct reader bits = der_enter(&v, DER_BIT_STRING);
    uint8_t unused = reader_u8(&bits);
    struct view all = bits.rest;

    cert->has_usage = true;
    cert->usage = reader_u8(&bits);
    /* X.690, 11.2.1: bits that are not used are zero. */
    if (unused > 7 || bits.failed || !reader_done(&v) ||
        (all.data[all.size - 1] & ((1u << unused) - 1)) != 0)
        r->failed = true;
}

static void extension_read(struct reader *list, struct x509 *cert)
{
    struct reader ext = der_enter(list, DER_SEQUENCE);
    struct view oid = der_take(&ext, DER_OID), value;
    bool critical = false;

    if (der_next_is(&ext, DER_BOOLEAN))
        critical = flag_take(&ext);
    value = der_take(&ext, DER_OCTET_STRING);
    der_leave(list, &ext);
    if (list->failed)
        return;
    /* Each at most once (RFC 5280, 4.2). */
    if (view_equal(oid, VIEW_OF(OID_CONSTRAINTS))) {
        if (cert->has_constraints)
            list->failed = true;
        constraints_read(value, list, cert);
    } else if (view_equal(oid, VIEW_OF(OID_USAGE))) {
        if (cert->has_usage)
            list->failed = true;
        usage_read(value, list, cert);
    } else if (critical) {
        cert->critical_unknown = true;
    }
}

static void extensions_read(struct reader *tbs, struct x509 *cert)
{
    struct reader outer, list;
    size_t count = 0;

    if (!der_next_is(tbs, DER_CONTEXT_0 + 3))
        return;
    outer = der_enter(tbs, DER_CONTEXT_0 + 3);
    list = der_enter(&outer, DER_SEQUENCE);
    cert->extensions = list.rest;
    for (; !list.failed && list.rest.size > 0; count++) {
        if (count == X509_EXTENSIONS_MAX_COUNT)
            list.failed = true;
        extension_read(&list, cert);
    }
    der_leave(&outer, &list);
    der_leave(tbs, &outer);
}

static struct view serial_take(struct reader *r)
{
    struct view serial = der_take(r, DER_INTEGER);

    if (serial.size < 1 || serial.size > X509_SERIAL_MAX_SIZE)
        r->failed = true;
    return serial;
}

static void tbs_read(struct reader *tbs, struct x509 *cert, enum sig_alg *ret_inner)
{
    struct reader version = der_enter(tbs, DER_CONTEXT_0);
    struct view number = der_take(&version, DER_INTEGER);
    struct reader validity;

    der_leave(tbs, &version);
    if (number.size != 1 || number.data[0] != VERSION_V3)
        tbs->failed = true;
    cert->serial = serial_take(tbs);
    *ret_inner = x509_take_algorithm(tbs);
    cert->issuer = element_take(tbs);
    validity = der_enter(tbs, DER_SEQUENCE);
    cert->not_before_s = der_take_time(&validity);
    cert->not_after_s = der_take_time(&validity);
    der_leave(tbs, &validity);
    cert->subject = element_take(tbs);
    cert->spki = element_take(tbs);
    extensions_read(tbs, cert);
}

cc_enclave_result_t x509_decode(struct view der, struct x509 *ret_cert)
{
    struct reader r = reader_over(der), outer, tbs;
    struct x509 cert = {.path_len = X509_PATH_LEN_NONE};
    enum sig_alg inner = SIG_NONE;

    if (der.size > X509_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificate: at most %d bytes expected, found %zu",
                           X509_MAX_SIZE, der.size);
    outer = der_enter(&r, DER_SEQUENCE);
    cert.tbs = outer.rest;
    tbs = der_enter(&outer, DER_SEQUENCE);
    tbs_read(&tbs, &cert, &inner);
    der_leave(&outer, &tbs);
    cert.tbs.size -= outer.rest.size;
    cert.algorithm = x509_take_algorithm(&outer);
    cert.signature = bits_take(&outer);
    der_leave(&r, &outer);
    if (!reader_done(&r))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "certificate: exactly one X.509 v3 certificate in DER expected");
    /* RFC 5280, 4.1.1.2: both name the same algorithm, or the outer one could be swapped. */
    if (cert.algorithm == SIG_NONE || cert.algorithm != inner)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "certificate: a known signature algorithm, the same twice, expected");
    *ret_cert = cert;
    return CC_SUCCESS;
}

/* The serial of the next entry; its date and extensions are walked over. */
static struct view entry_take(struct reader *list)
{
    struct reader entry = der_enter(list, DER_SEQUENCE);
    struct view serial = serial_take(&entry);

    der_take_time(&entry);
    if (der_next_is(&entry, DER_SEQUENCE))
        der_take(&entry, DER_SEQUENCE);
    der_leave(list, &entry);
    return serial;
}

/* IssuingDistributionPoint (RFC 5280, 5.2.5): a name is fine; anything else means that the list
 * leaves out some kind of certificate. */
static bool scope_is_whole(struct view value)
{
    struct reader r = reader_over(value), seq = der_enter(&r, DER_SEQUENCE);

    if (der_next_is(&seq, DER_CONTEXT_0))
        der_take(&seq, DER_CONTEXT_0);
    der_leave(&r, &seq);
    return reader_done(&r);
}

/* A list with a critical extension that is not known (such as one of changes only) says nothing
 * about certificates that it does not name (RFC 5280, 5.2). */
static void crl_extensions_read(struct reader *tbs)
{
    struct reader outer = der_enter(tbs, DER_CONTEXT_0);
    struct reader list = der_enter(&outer, DER_SEQUENCE);

    while (!list.failed && list.rest.size > 0) {
        struct reader ext = der_enter(&list, DER_SEQUENCE);
        struct view oid = der_take(&ext, DER_OID), value;
        bool critical = der_next_is(&ext, DER_BOOLEAN);

        if (critical)
            der_take(&ext, DER_BOOLEAN);
        value = der_take(&ext, DER_OCTET_STRING);
        der_leave(&list, &ext);
        if (view_equal(oid, VIEW_OF(OID_LIST_SCOPE)) ? !scope_is_whole(value) : critical)
            list.failed = true;
    }
    der_leave(&outer, &list);
    der_leave(tbs, &outer);
}

static void crl_tbs_read(struct reader *tbs, struct x509_crl *crl, enum sig_alg *ret_inner)
{
    struct view number = der_take(tbs, DER_INTEGER);
    struct reader list;

    if (number.size != 1 || number.data[0] != VERSION_V2)
        tbs->failed = true;
    *ret_inner = x509_take_algorithm(tbs);
    crl->issuer = element_take(tbs);
    crl->this_update_s = der_take_time(tbs);
    if (der_next_is(tbs, DER_UTC_TIME) || der_next_is(tbs, DER_GENERALIZED_TIME))
        crl->next_update_s = der_take_time(tbs);
    if (der_next_is(tbs, DER_SEQUENCE))
        crl->revoked = der_take(tbs, DER_SEQUENCE);
    for (list = reader_over(crl->revoked); !list.failed && list.rest.size > 0;)
        entry_take(&list);
    if (list.failed)
        tbs->failed = true;
    if (der_next_is(tbs, DER_CONTEXT_0))
        crl_extensions_read(tbs);
}

cc_enclave_result_t x509_crl_decode(struct view der, struct x509_crl *ret_crl)
{
    struct reader r = reader_over(der), outer, tbs;
    struct x509_crl crl = {0};
    enum sig_alg inner = SIG_NONE;

    if (der.size > X509_CRL_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "revocation list: at most %d bytes expected, found %zu",
                           X509_CRL_MAX_SIZE, der.size);
    outer = der_enter(&r, DER_SEQUENCE);
    crl.tbs = outer.rest;
    tbs = der_enter(&outer, DER_SEQUENCE);
    crl_tbs_read(&tbs, &crl, &inner);
    der_leave(&outer, &tbs);
    crl.tbs.size -= outer.rest.size;
    crl.algorithm = x509_take_algorithm(&outer);
    crl.signature = bits_take(&outer);
    der_leave(&r, &outer);
    if (!reader_done(&r) || crl.algorithm == SIG_NONE || crl.algorithm != inner)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "revocation list: exactly one whole X.509 v2 CRL in DER expected");
    *ret_crl = crl;
    return CC_SUCCESS;
}

bool x509_crl_has(const struct x509_crl *crl, struct view serial)
{
    struct reader list = reader_over(crl->revoked);

    while (!list.failed && list.rest.size > 0)
        if (view_equal(entry_take(&list), serial))
            return true;
    return false;
}

bool x509_extension(const struct x509 *cert, struct view oid, struct view *ret_value)
{
    struct reader list = reader_over(cert->extensions);
    struct view value = VIEW_EMPTY;
    size_t found = 0;

    while (!list.failed && list.rest.size > 0) {
        struct reader ext = der_enter(&list, DER_SEQUENCE);

        if (!view_equal(der_take(&ext, DER_OID), oid))
            continue;
        if (der_next_is(&ext, DER_BOOLEAN))
            der_take(&ext, DER_BOOLEAN);
        value = der_take(&ext, DER_OCTET_STRING);
        found++;
    }
    if (list.failed || found != 1)
        return false;
    *ret_value = value;
    return true;
}

struct view x509_common_name(struct view name)
{
    struct reader r = reader_over(name), list = der_enter(&r, DER_SEQUENCE);

    while (!list.failed && list.rest.size > 0) {
        struct reader set = der_enter(&list, DER_SET);
        struct reader pair = der_enter(&set, DER_SEQUENCE);

        if (!view_equal(der_take(&pair, DER_OID), VIEW_OF(OID_COMMON_NAME)) || pair.rest.size == 0)
            continue;
        return der_take(&pair, pair.rest.data[0]);
    }
    return VIEW_EMPTY;
}
