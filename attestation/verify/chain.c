/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/chain.h"
#include <inttypes.h>

enum { CHAIN_COUNT = 2 }; /* attestation key, device */

static cc_enclave_result_t refuse(const char *rule, const char *what)
{
    return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "verify: %s: %s", rule, what);
}

static cc_enclave_result_t certs_decode(const struct report *report, struct cert *ret_ak,
                                        struct cert *ret_device)
{
    if (report->chain_count != CHAIN_COUNT)
        return refuse("chain", "attestation key and device certificate expected, found another "
                               "number of certificates");
    if (cert_decode(report->chain[0], ret_ak) != CC_SUCCESS ||
        cert_decode(report->chain[1], ret_device) != CC_SUCCESS) {
        detail_prefix("verify: chain: ");
        return CC_ERROR_RA_REPORT_VERIFY_SIGNATURE;
    }
    return CC_SUCCESS;
}

/* RFC 5280, 6.1.4 (k) to (n), for a chain whose shape is fixed. */
static cc_enclave_result_t roles_check(const struct cert *ak, const struct cert *device)
{
    if (!device->is_ca)
        return refuse("ca", "a device certificate that is a CA expected, found one that is not");
    if (device->path_len != 0)
        return refuse("path_length", "0 expected in the device certificate, found more");
    if ((device->key_usage & CERT_USAGE_CERT_SIGN) == 0)
        return refuse("key_usage", "certificate signing expected in the device certificate");
    if (ak->is_ca)
        return refuse("ca", "an attestation key that is no CA expected, found a CA");
    if (ak->key_usage != CERT_USAGE_DIGITAL_SIGNATURE)
        return refuse("key_usage", "digital signature alone expected for the attestation key");
    if (!view_equal(ak->issuer, device->subject))
        return refuse("chain", "the attestation key names another issuer than the device");
    if (device->device_id.size != CERT_DEVICE_ID_SIZE ||
        !view_equal(device->device_id, ak->device_id))
        return refuse("device_id", "the same in both certificates expected");
    return CC_SUCCESS;
}

/* Roots of many devices may bear one name, so the signature decides. */
static const struct policy_root *root_find(const struct policy *policy, const struct cert *device)
{
    for (size_t i = 0; i < policy->root_count; i++) {
        const struct policy_root *root = &policy->roots[i];

        if (view_equal(root->cert.subject, device->issuer) &&
            ecdsa_verify(&root->key, device->tbs, VIEW_OF(device->signature)))
            return root;
    }
    return NULL;
}

static bool ak_is_signed_by(const struct cert *ak, const struct cert *device)
{
    struct ecdsa_key key = {NULL, NULL};
    bool good = ecdsa_from_public(&key, device->point) &&
                ecdsa_verify(&key, ak->tbs, VIEW_OF(ak->signature));

    ecdsa_done(&key);
    return good;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

cc_enclave_result_t chain_verify(const struct policy *policy, const struct report *report,
                                 struct chain_proof *ret_proof)
{
    const struct policy_root *root;
    struct chain_proof proof = {.key = {NULL, NULL}};
    struct writer id = writer_over(proof.device_id, sizeof proof.device_id);
    struct cert ak, device;
    cc_enclave_result_t rc;

    rc = certs_decode(report, &ak, &device);
    if (rc != CC_SUCCESS)
        return rc;

    rc = roles_check(&ak, &device);
    if (rc != CC_SUCCESS)
        return rc;

    root = root_find(policy, &device);
    if (root == NULL)
        return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                           "verify: device_roots: a pinned root that signed the device certificate "
                           "expected, found none among %zu for issuer \"%.*s\"",
                           policy->root_count, (int)device.issuer.size,
                           (const char *)device.issuer.data);

    if (!ak_is_signed_by(&ak, &device))
        return refuse("chain", "the device did not sign the certificate of the attestation key");

    writer_put(&id, device.device_id);
    proof.highest = cert_root_level(&root->cert);
    proof.not_before_s =
        later(root->cert.not_before_s, later(device.not_before_s, ak.not_before_s));
    proof.not_after_s =
        earlier(root->cert.not_after_s, earlier(device.not_after_s, ak.not_after_s));
    if (id.failed || !ecdsa_from_public(&proof.key, ak.point))
        return refuse("chain", "the attestation key is not a point on the curve");

    *ret_proof = proof;
    return CC_SUCCESS;
}
