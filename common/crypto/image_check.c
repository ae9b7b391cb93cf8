/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/image_check.h"
#include "base/detail.h"
#include "crypto/ecdsa.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum { RSA_BITS = 3072, RSA_EXPONENT_MIN = 3, PSS_SALT_SIZE = 32, SHA1_SIZE = 20 };
enum { EC_SPKI_SIZE = 91 }; /* named curve, uncompressed point */

/* Namespace of derived UUIDs; chosen once, never change it. */
static const struct uuid NAMESPACE = {{0xc5, 0xfe, 0x56, 0x5c, 0x50, 0x89, 0x4c, 0x91, 0xac, 0xdb,
                                       0x51, 0x38, 0x14, 0xc0, 0x69, 0x3e}};

static const char MEASURE_LABEL[] = "SGSIM-MR-1";
static const char MEASURE_LIBRARIES_LABEL[] = "SGSIM-MR-2"; /* of images that bring libraries */

cc_enclave_result_t image_measure(const struct image_manifest *manifest, struct view elf,
                                  uint8_t ret_mrenclave[static IMAGE_HASH_SIZE])
{
    uint8_t canonical[IMAGE_CANONICAL_MAX_SIZE];
    struct writer w = writer_over(canonical, sizeof canonical);
    struct hash hash;

    image_canonical_encode(manifest, &w);
    hash_init(&hash);
    hash_add(&hash,
             view_text(manifest->library_count > 0 ? MEASURE_LIBRARIES_LABEL : MEASURE_LABEL));
    hash_add(&hash, writer_view(&w));
    hash_add(&hash, elf);
    if (!hash_final(&hash, ret_mrenclave) || w.failed)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "image: SHA-256 is not available");
    return CC_SUCCESS;
}

/* RFC 9562, 5.5. SHA-1 only spreads names here; nothing trusts it to be collision free. */
cc_enclave_result_t image_uuid(const struct image_manifest *manifest,
                               const uint8_t mrsigner[static IMAGE_HASH_SIZE],
                               struct uuid *ret_uuid)
{
    uint8_t name[UUID_SIZE + IMAGE_HASH_SIZE + 2];
    struct writer w = writer_over(name, sizeof name);
    uint8_t digest[SHA1_SIZE];

    if (!manifest->uuid_derived) {
        *ret_uuid = manifest->uuid;
        return CC_SUCCESS;
    }
    writer_put(&w, VIEW_OF(NAMESPACE.bytes));
    writer_put(&w, view_of(mrsigner, IMAGE_HASH_SIZE));
    writer_le16(&w, manifest->prod_id);
    if (w.failed || EVP_Digest(name, w.size, digest, NULL, EVP_sha1(), NULL) != 1)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "image: SHA-1 for the UUID is not available");
    memcpy(ret_uuid->bytes, digest, UUID_SIZE);
    ret_uuid->bytes[6] = (uint8_t)((ret_uuid->bytes[6] & 0x0f) | 0x50);
    ret_uuid->bytes[8] = (uint8_t)((ret_uuid->bytes[8] & 0x3f) | 0x80);
    return CC_SUCCESS;
}

/* Whether key, written again, is spki: one key must not have several MRSIGNER values, so points are
 * uncompressed and unused bits zero. */
static bool spki_is_canonical(EVP_PKEY *key, struct view spki)
{
    unsigned char *der = NULL;
    bool plain = EVP_PKEY_is_a(key, "EC") != 1 ||
                 EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
    int size = plain ? i2d_PUBKEY(key, &der) : 0;
    bool same = size > 0 && view_equal(view_of(der, (size_t)size), spki);

    OPENSSL_free(der);
    return same;
}

/* Exactly one SubjectPublicKeyInfo in DER; NULL otherwise. */
static EVP_PKEY *spki_parse(struct view spki)
{
    const uint8_t *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);

    if (key != NULL && spki_is_canonical(key, spki))
        return key;
    EVP_PKEY_free(key);
    ERR_clear_error();
    return NULL;
}

/* 3072 bits; an odd exponent from 3 up and not a giant one, which would only burn time. */
static bool key_is_rsa(const EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    bool good = EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) == RSA_BITS &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) == 1 &&
                BN_num_bits(e) <= 32 && BN_get_word(e) >= RSA_EXPONENT_MIN;

    BN_free(e);
    return good;
}

static bool rsa_signature_check(EVP_PKEY *key, bool pss, struct view body, struct view signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    bool good = key_is_rsa(key) && ctx != NULL &&
                EVP_DigestVerifyInit(ctx, &pkey, EVP_sha256(), NULL, key) == 1;

    if (good && pss)
        good = EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, EVP_sha256()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, PSS_SALT_SIZE) == 1;
    good = good && EVP_DigestVerify(ctx, signature.data, signature.size, body.data, body.size) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

static bool ecdsa_signature_check(EVP_PKEY *key, const struct image *image)
{
    const struct ecdsa_key borrowed = {.key = key};
    char group[32];
    size_t size;
    bool good = EVP_PKEY_is_a(key, "EC") == 1 && image->spki.size == EC_SPKI_SIZE &&
                EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
                strcmp(group, "prime256v1") == 0 &&
                ecdsa_verify(&borrowed, image->body, image->signature);

    ERR_clear_error();
    return good;
}

cc_enclave_result_t image_signature_check(const struct image *image)
{
    EVP_PKEY *key = spki_parse(image->spki);
    bool good = false;

    if (key == NULL)
        return detail_fail(CC_ERROR_SIGNATURE_INVALID, "image: signer's public key can't be read");

    switch (image->algorithm) {
    case IMAGE_RSA_3072_PSS:
        good = rsa_signature_check(key, true, image->body, image->signature);
        break;
    case IMAGE_RSA_3072_PKCS1:
        good = rsa_signature_check(key, false, image->body, image->signature);
        break;
    case IMAGE_ECDSA_P256:
        good = ecdsa_signature_check(key, image);
        break;
    }
    EVP_PKEY_free(key);
    if (!good)
        return detail_fail(CC_ERROR_SIGNATURE_INVALID,
                           "image: signature does not match the signed manifest, or the key is not "
                           "RSA-3072 or ECDSA P-256: sign it again");
    return CC_SUCCESS;
}

static cc_enclave_result_t libraries_digest_check(const struct image *image)
{
    for (uint32_t i = 0; i < image->manifest.library_count; i++) {
        const struct image_library *library = &image->manifest.libraries[i];
        uint8_t digest[SHA256_SIZE];

        if (!sha256(image->libraries[i], digest))
            return detail_fail(CC_ERROR_OUT_OF_MEMORY, "image: SHA-256 is not available");
        if (!equal_ct(VIEW_OF(digest), VIEW_OF(library->digest)))
            return detail_fail(CC_ERROR_SIGNATURE_INVALID,
                               "image: library %s is not the one that was signed (SHA-256 differs)",
                               library->name);
    }
    return CC_SUCCESS;
}

cc_enclave_result_t image_verify(struct view file, struct image_identity *ret_identity)
{
    cc_enclave_result_t rc;
    struct image image;
    struct image_identity identity = {0};

    rc = image_decode(file, &image);
    if (rc != CC_SUCCESS)
        return rc;

    rc = image_signature_check(&image);
    if (rc != CC_SUCCESS)
        return rc;

    rc = libraries_digest_check(&image);
    if (rc != CC_SUCCESS)
        return rc;

    rc = image_measure(&image.manifest, image.elf, identity.mrenclave);
    if (rc != CC_SUCCESS)
        return rc;

    if (!equal_ct(VIEW_OF(identity.mrenclave), VIEW_OF(image.mrenclave)))
        return detail_fail(
            CC_ERROR_SIGNATURE_INVALID,
            "image: content is not what was signed (MRENCLAVE differs): the file was "
            "changed after signing");

    if (!sha256(image.spki, identity.mrsigner))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "image: SHA-256 is not available");

    identity.manifest = image.manifest;
    identity.elf_size = image.elf.size;
    rc = image_uuid(&image.manifest, identity.mrsigner, &identity.uuid);
    if (rc != CC_SUCCESS)
        return rc;

    *ret_identity = identity;
    return CC_SUCCESS;
}
