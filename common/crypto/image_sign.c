/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/image_sign.h"
#include "base/detail.h"
#include "crypto/ecdsa.h"
#include "crypto/image_check.h"
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum { RSA_BITS = 3072, EC_BITS = 256, PSS_SALT_SIZE = 32 };

/* Instead of OpenSSL's prompt on the terminal: a key with a passphrase is an error. */
static int passphrase_refuse(char *ret_text, int room, int writing, void *arg)
{
    (void)ret_text;
    (void)room;
    (void)writing;
    (void)arg;
    return -1;
}

static bool key_algorithm(const EVP_PKEY *key, enum image_algorithm *ret_algorithm)
{
    char group[32] = "";
    size_t size;

    if (EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) == RSA_BITS) {
        *ret_algorithm = IMAGE_RSA_3072_PSS;
        return true;
    }
    if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == EC_BITS &&
        EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
        strcmp(group, "prime256v1") == 0) {
        *ret_algorithm = IMAGE_ECDSA_P256;
        return true;
    }
    return false;
}

static BIO *pem_open(struct view pem)
{
    return pem.size <= INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
}

/* In memory that is wiped when it is freed. */
static bool pem_export(EVP_PKEY *key, struct buf *ret_pem)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    long size = 0;
    bool good = false;

    if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        size = BIO_get_mem_data(bio, &text);
    if (size > 0)
        good = buf_copy(ret_pem, view_of(text, (size_t)size));
    BIO_free(bio);
    return good;
}

cc_enclave_result_t image_signer_make(struct buf *ret_pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    bool good = key != NULL && pem_export(key, ret_pem);

    EVP_PKEY_free(key);
    return good ? CC_SUCCESS : detail_fail(CC_ERROR_GENERIC, "signer: no key can be made");
}

cc_enclave_result_t image_signer_load(struct view pem, struct image_signer *ret_signer)
{
    BIO *bio = pem_open(pem);
    struct image_signer signer = {0};

    if (bio != NULL)
        signer.key = PEM_read_bio_PrivateKey(bio, NULL, passphrase_refuse, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (signer.key == NULL)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "signer: not a private key in PEM without passphrase");
    if (!key_algorithm(signer.key, &signer.algorithm)) {
        int bits = EVP_PKEY_get_bits(signer.key);

        EVP_PKEY_free(signer.key);
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "signer: RSA-3072 or ECDSA P-256 key expected, found one of %d bits",
                           bits);
    }
    *ret_signer = signer;
    return CC_SUCCESS;
}

void image_signer_done(struct image_signer *signer)
{
    EVP_PKEY_free(signer->key);
    signer->key = NULL;
}

static cc_enclave_result_t spki_export(EVP_PKEY *key, struct buf *ret_spki)
{
    unsigned char *der = NULL;
    bool good;
    int size;

    if (EVP_PKEY_is_a(key, "EC") == 1 && /* image_check.c accepts no other form */
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
        return detail_fail(CC_ERROR_GENERIC, "signer: public point can't be written uncompressed");

    size = i2d_PUBKEY(key, &der);
    good =
        size > 0 && size <= IMAGE_SPKI_MAX_SIZE && buf_copy(ret_spki, view_of(der, (size_t)size));

    OPENSSL_free(der);
    if (!good)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "signer: public key can't be written as DER");
    return CC_SUCCESS;
}

cc_enclave_result_t image_signer_spki(const struct image_signer *signer, struct buf *ret_spki)
{
    return spki_export(signer->key, ret_spki);
}

cc_enclave_result_t image_spki_load(struct view pem, struct buf *ret_spki)
{
    BIO *bio = pem_open(pem);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, passphrase_refuse, NULL) : NULL;
    enum image_algorithm algorithm;
    cc_enclave_result_t rc;

    BIO_free(bio);
    ERR_clear_error();
    if (key == NULL)
        return detail_fail(CC_ERROR_BAD_FORMAT, "signer: not a public key in PEM");
    if (key_algorithm(key, &algorithm))
        rc = spki_export(key, ret_spki);
    else
        rc = detail_fail(CC_ERROR_NOT_SUPPORTED,
                         "signer: RSA-3072 or ECDSA P-256 key expected, found one of %d bits",
                         EVP_PKEY_get_bits(key));
    EVP_PKEY_free(key);
    return rc;
}

static bool rsa_sign(EVP_PKEY *key, struct view body, struct buf *ret_signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    size_t size = IMAGE_SIGNATURE_MAX_SIZE;
    bool good = ctx != NULL && buf_alloc(ret_signature, size) &&
                EVP_DigestSignInit(ctx, &pkey, EVP_sha256(), NULL, key) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, EVP_sha256()) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, PSS_SALT_SIZE) == 1 &&
                EVP_DigestSign(ctx, ret_signature->data, &size, body.data, body.size) == 1 &&
                size == ret_signature->size;

    EVP_MD_CTX_free(ctx);
    return good;
}

static bool ec_sign(EVP_PKEY *key, struct view body, struct buf *ret_signature)
{
    const struct ecdsa_key borrowed = {.key = key};

    return buf_alloc(ret_signature, ECDSA_SIGNATURE_SIZE) &&
           ecdsa_sign(&borrowed, body, ret_signature->data);
}

cc_enclave_result_t image_sign(const struct image_signer *signer, struct view body,
                               struct buf *ret_signature)
{
    struct buf signature = BUF_EMPTY;
    bool good = signer->algorithm == IMAGE_RSA_3072_PSS ? rsa_sign(signer->key, body, &signature)
                                                        : ec_sign(signer->key, body, &signature);

    if (!good) {
        buf_free(&signature);
        ERR_clear_error();
        return detail_fail(CC_ERROR_GENERIC, "signer: the crypto library failed to sign");
    }
    buf_move(ret_signature, &signature);
    return CC_SUCCESS;
}

/* DER Ecdsa-Sig-Value to r | s; anything else is left as it is. */
static bool ecdsa_flatten(struct view foreign, struct buf *ret_flat)
{
    const uint8_t *at = foreign.data;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)foreign.size);
    const int half = ECDSA_SIGNATURE_SIZE / 2;
    bool good = sig != NULL && at == foreign.data + foreign.size &&
                buf_alloc(ret_flat, ECDSA_SIGNATURE_SIZE) &&
                BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_flat->data, half) == half &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_flat->data + half, half) == half;

    ECDSA_SIG_free(sig);
    ERR_clear_error();
    if (!good)
        buf_free(ret_flat);
    return good;
}

cc_enclave_result_t image_signature_adopt(struct image *image, struct view foreign,
                                          struct buf *ret_signature)
{
    static const enum image_algorithm ALL[] = {IMAGE_RSA_3072_PSS, IMAGE_ECDSA_P256,
                                               IMAGE_RSA_3072_PKCS1};
    struct buf signature = BUF_EMPTY;
    struct image attempt = *image;

    if (foreign.size == 0 || foreign.size > IMAGE_SIGNATURE_MAX_SIZE)
        return detail_fail(CC_ERROR_SIGNATURE_INVALID,
                           "signature: 1 .. %d bytes expected, found %zu", IMAGE_SIGNATURE_MAX_SIZE,
                           foreign.size);
    if (!ecdsa_flatten(foreign, &signature) && !buf_copy(&signature, foreign))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "signature: out of memory");

    attempt.signature = buf_view(&signature);
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++) {
        attempt.algorithm = ALL[i];
        if (image_signature_check(&attempt) == CC_SUCCESS) {
            *image = attempt;
            buf_move(ret_signature, &signature); /* the bytes stay where image points */
            return CC_SUCCESS;
        }
    }
    buf_free(&signature);
    return detail_fail(CC_ERROR_SIGNATURE_INVALID,
                       "signature: not one by this key over this signing data "
                       "(RSA-3072 PSS or PKCS #1 v1.5, or ECDSA P-256, with SHA-256)");
}
