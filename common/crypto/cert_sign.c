/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/cert_sign.h"
#include "base/detail.h"
#include "crypto/random.h"
#include <time.h>

enum { SERIAL_SIZE = 16, DAY_S = 24 * 3600 };

#define ROOT_NAME "secGear simulated vendor root"

struct view cert_root_name(enum report_level level)
{
    if (level == REPORT_LEVEL_DEBUG)
        return view_text(ROOT_NAME CERT_ROOT_DEBUG_SUFFIX);
    if (level == REPORT_LEVEL_SYSTEM)
        return view_text(ROOT_NAME);
    if (level == REPORT_LEVEL_INSTALLED)
        return view_text(ROOT_NAME CERT_ROOT_INSTALLED_SUFFIX);
    return view_text(ROOT_NAME CERT_ROOT_EMBEDDED_SUFFIX);
}

bool cert_issue(const struct ecdsa_key *signer, struct view point, struct cert *cert,
                struct writer *der)
{
    uint8_t serial[SERIAL_SIZE], tbs[CERT_MAX_SIZE], signature[ECDSA_SIGNATURE_SIZE];
    struct writer w = writer_over(tbs, sizeof tbs);

    if (!random_fill(serial, sizeof serial))
        return false;
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, full length */
    cert->serial = VIEW_OF(serial);
    cert->point = point;
    if (cert->not_after_s == 0) {
        cert->not_before_s = (uint64_t)time(NULL) - DAY_S; /* clocks differ */
        cert->not_after_s = DER_TIME_MAX_S; /* RFC 5280, 4.1.2.5: no well-defined end */
    }
    cert_encode_tbs(cert, &w);
    if (w.failed || !ecdsa_sign(signer, writer_view(&w), signature))
        return false;
    cert_encode(writer_view(&w), signature, der);
    cert->serial = VIEW_EMPTY;
    return !der->failed;
}

bool cert_issue_root(const struct ecdsa_key *vendor, enum report_level level, struct writer *der)
{
    uint8_t point[ECDSA_PUBLIC_SIZE];
    struct cert root = {
        .issuer = cert_root_name(level),
        .subject = cert_root_name(level),
        .is_ca = true,
        .path_len = 1,
        .key_usage = CERT_USAGE_CERT_SIGN | CERT_USAGE_CRL_SIGN,
    };

    return ecdsa_public(vendor, point) && cert_issue(vendor, VIEW_OF(point), &root, der);
}

bool cert_issue_device(const struct ecdsa_key *signer, struct view issuer, struct view point,
                       struct view device_id, struct writer *der)
{
    struct cert device = {
        .issuer = issuer,
        .subject = view_text(CERT_NAME_DEVICE),
        .is_ca = true,
        .path_len = 0,
        .key_usage = CERT_USAGE_CERT_SIGN,
        .device_id = device_id,
    };

    return cert_issue(signer, point, &device, der);
}

bool cert_is_signed_by(const struct cert *cert, struct view point)
{
    struct ecdsa_key key = {NULL, NULL};
    bool good =
        ecdsa_from_public(&key, point) && ecdsa_verify(&key, cert->tbs, VIEW_OF(cert->signature));

    ecdsa_done(&key);
    return good;
}

cc_enclave_result_t cert_decode_root(struct view der, struct cert *ret_root)
{
    struct cert root;
    cc_enclave_result_t rc = cert_decode(der, &root);

    if (rc != CC_SUCCESS)
        return rc;
    if (!root.is_ca || root.path_len < 1 || !(root.key_usage & CERT_USAGE_CERT_SIGN) ||
        root.device_id.size > 0 || !view_equal(root.issuer, root.subject) ||
        !cert_is_signed_by(&root, root.point))
        return detail_fail(
            CC_ERROR_BAD_FORMAT,
            "certificate: a vendor root expected, self-signed, for devices below it");
    *ret_root = root;
    return CC_SUCCESS;
}

cc_enclave_result_t cert_decode_device(struct view der, struct cert *ret_device)
{
    struct cert device;
    cc_enclave_result_t rc = cert_decode(der, &device);

    if (rc != CC_SUCCESS)
        return rc;
    if (!device.is_ca || device.path_len != 0 || device.key_usage != CERT_USAGE_CERT_SIGN ||
        device.device_id.size != CERT_DEVICE_ID_SIZE ||
        !view_equal(device.subject, view_text(CERT_NAME_DEVICE)))
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificate: one of a simulated device expected");
    *ret_device = device;
    return CC_SUCCESS;
}
