/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/chain.h"
#include "verify/cache.h"
#include <inttypes.h>
#include <stdlib.h>

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

struct kept_chain {
    struct kept head;
    struct chain_proof proof;
};

static void chain_done(struct kept *kept)
{
    struct kept_chain *chain = (struct kept_chain *)kept;

    ecdsa_done(&chain->proof.key);
    free(chain);
}

/* The same chain under other pinned roots is another entry. */
static bool chain_id(const struct policy *policy, const struct report *report,
                     uint8_t ret_id[static SHA256_SIZE])
{
    struct hash hash;

    hash_init(&hash);
    hash_add(&hash, VIEW_OF(policy->roots_hash));
    for (size_t i = 0; i < report->chain_count; i++) {
        uint8_t size[4];
        struct writer w = writer_over(size, sizeof size);

        writer_be32(&w, (uint32_t)report->chain[i].size);
        hash_add(&hash, VIEW_OF(size));
        hash_add(&hash, report->chain[i]);
    }
    return hash_final(&hash, ret_id);
}

static bool proof_find(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE],
                       struct chain_proof *ret_proof)
{
    struct kept_chain *kept = (struct kept_chain *)cache_find(cache, id);
    struct chain_proof proof;
    bool found;

    if (kept == NULL)
        return false;
    proof = kept->proof;
    found = ecdsa_share(&kept->proof.key, &proof.key);
    kept_release(&kept->head);
    if (found)
        *ret_proof = proof;
    return found;
}

/* Keeps a second owner of the key; without one keeps nothing. */
static void proof_keep(struct verify_cache *cache, const uint8_t id[static SHA256_SIZE],
                       const struct chain_proof *proof)
{
    struct kept_chain *kept = malloc(sizeof *kept);

    if (kept == NULL)
        return;
    kept->head = (struct kept){1, chain_done};
    kept->proof = *proof;
    if (!ecdsa_share(&proof->key, &kept->proof.key)) {
        free(kept);
        return;
    }
    cache_keep(cache, id, &kept->head);
    kept_release(&kept->head);
}

static cc_enclave_result_t dates_check(const struct chain_proof *proof, uint64_t now_s)
{
    if (now_s >= proof->not_before_s && now_s <= proof->not_after_s)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
                       "verify: dates: certificates valid from %" PRIu64 " to %" PRIu64
                       " (seconds since 1970), now it is %" PRIu64,
                       proof->not_before_s, proof->not_after_s, now_s);
}

cc_enclave_result_t chain_verify_cached(const struct policy *policy, struct verify_cache *cache,
                                        const struct report *report, uint64_t now_s,
                                        struct chain_proof *ret_proof)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct chain_proof proof = {.key = {NULL, NULL}};
    uint8_t id[SHA256_SIZE];
    bool usable = cache != NULL && chain_id(policy, report, id);

    if (!usable || !proof_find(cache, id, &proof)) {
        rc = chain_verify(policy, report, &proof);
        if (rc == CC_SUCCESS && usable)
            proof_keep(cache, id, &proof);
    }
    if (rc == CC_SUCCESS)
        rc = dates_check(&proof, now_s);
    if (rc != CC_SUCCESS) {
        ecdsa_done(&proof.key);
        return rc;
    }
    *ret_proof = proof;
    return CC_SUCCESS;
}
