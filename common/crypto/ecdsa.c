/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/ecdsa.h"
#include "crypto/fetched.h"
#include "crypto/pubkey.h"
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

enum { SCALAR_SIZE = 32, SEED_WIDE_SIZE = 48, SIGNATURE_DER_MAX_SIZE = 80 };

static EVP_PKEY *ecdsa_key_build(const OSSL_PARAM *params, int selection)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, selection, (OSSL_PARAM *)params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *ecdsa_key_from_scalar(const BIGNUM *d, const uint8_t *point, size_t point_size)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (bld != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, point_size) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    if (params != NULL)
        key = ecdsa_key_build(params, EVP_PKEY_KEYPAIR);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    return key;
}

/* d = (wide mod (n - 1)) + 1, and the point d * G beside it. */
static EVP_PKEY *ecdsa_key_from_wide(const uint8_t *wide)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *d = BN_secure_new();
    BIGNUM *order = BN_new();
    EC_POINT *q = group != NULL ? EC_POINT_new(group) : NULL;
    uint8_t point[ECDSA_PUBLIC_SIZE];
    EVP_PKEY *key = NULL;

    if (q != NULL && ctx != NULL && d != NULL && order != NULL &&
        BN_bin2bn(wide, SEED_WIDE_SIZE, d) != NULL &&
        BN_sub(order, EC_GROUP_get0_order(group), BN_value_one()) == 1 &&
        BN_mod(d, d, order, ctx) == 1 && BN_add_word(d, 1) == 1 &&
        EC_POINT_mul(group, q, d, NULL, NULL, ctx) == 1 &&
        EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, ctx) ==
            sizeof point)
        key = ecdsa_key_from_scalar(d, point, sizeof point);
    EC_POINT_free(q);
    BN_free(order);
    BN_clear_free(d);
    BN_CTX_free(ctx);
    EC_GROUP_free(group);
    return key;
}

static EVP_PKEY_CTX *signer_prepare(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

    if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1)
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

bool ecdsa_from_seed(struct ecdsa_key *ret_key, const struct secret *seed, const char *label)
{
    uint8_t wide[SEED_WIDE_SIZE];
    EVP_PKEY *key = NULL;

    if (hkdf_expand(seed, view_text(label), wide, sizeof wide))
        key = ecdsa_key_from_wide(wide);
    wipe(wide, sizeof wide);
    if (key == NULL)
        return false;
    ret_key->key = key;
    ret_key->signer = signer_prepare(key);
    return true;
}

/* Asked for when a key is encrypted: there is nobody to ask. */
static int passphrase_none(char *text, int size, int writing, void *arg)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

bool ecdsa_from_pem(struct ecdsa_key *ret_key, struct view pem)
{
    BIO *bio = pem.size <= INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, passphrase_none, NULL) : NULL;
    char group[32] = "";

    BIO_free(bio);
    if (key == NULL || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1 ||
        strcmp(group, "prime256v1") != 0) {
        EVP_PKEY_free(key);
        return false;
    }
    *ret_key = (struct ecdsa_key){.key = key, .signer = signer_prepare(key)};
    return true;
}

bool ecdsa_from_public(struct ecdsa_key *ret_key, struct view point)
{
    struct pubkey key;

    if (!pubkey_from_point(&key, KEY_P256, point))
        return false;
    *ret_key = (struct ecdsa_key){.key = key.key, .signer = NULL};
    return true;
}

bool ecdsa_public(const struct ecdsa_key *key, uint8_t ret_point[static ECDSA_PUBLIC_SIZE])
{
    size_t size = 0;

    return EVP_PKEY_get_octet_string_param(key->key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, ret_point,
                                           ECDSA_PUBLIC_SIZE, &size) == 1 &&
           size == ECDSA_PUBLIC_SIZE;
}

/* DER Ecdsa-Sig-Value (RFC 3279, 2.2.3) to r | s. */
static bool signature_from_der(const uint8_t *der, size_t der_size, uint8_t *ret_signature)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_size);
    bool good = sig != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_signature, SCALAR_SIZE) == SCALAR_SIZE &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_signature + SCALAR_SIZE, SCALAR_SIZE) ==
                    SCALAR_SIZE;

    ECDSA_SIG_free(sig);
    return good;
}

/* r | s to DER: two INTEGERs, minimal, positive (X.690, 8.3). Returns its size. */
static size_t signature_to_der(const uint8_t *signature, uint8_t *ret_der)
{
    size_t size = 2;

    for (int half = 0; half < 2; half++) {
        const uint8_t *scalar = signature + half * SCALAR_SIZE;
        size_t skip = 0;
        size_t pad;

        while (skip < SCALAR_SIZE - 1 && scalar[skip] == 0)
            skip++;
        pad = scalar[skip] >> 7;
        ret_der[size++] = 0x02;
        ret_der[size++] = (uint8_t)(SCALAR_SIZE - skip + pad);
        if (pad > 0)
            ret_der[size++] = 0;
        memcpy(ret_der + size, scalar + skip, SCALAR_SIZE - skip);
        size += SCALAR_SIZE - skip;
    }
    ret_der[0] = 0x30;
    ret_der[1] = (uint8_t)(size - 2);
    return size;
}

bool ecdsa_sign(const struct ecdsa_key *key, struct view message,
                uint8_t ret_signature[static ECDSA_SIGNATURE_SIZE])
{
    uint8_t der[SIGNATURE_DER_MAX_SIZE], digest[SHA256_SIZE];
    size_t size = sizeof der;
    EVP_PKEY_CTX *ctx =
        key->signer != NULL ? EVP_PKEY_CTX_dup(key->signer) : signer_prepare(key->key);
    bool good = ctx != NULL && sha256(message, digest) &&
                EVP_PKEY_sign(ctx, der, &size, digest, sizeof digest) == 1 &&
                signature_from_der(der, size, ret_signature);

    EVP_PKEY_CTX_free(ctx);
    return good;
}

bool ecdsa_verify(const struct ecdsa_key *key, struct view message, struct view signature)
{
    uint8_t der[SIGNATURE_DER_MAX_SIZE];
    EVP_MD_CTX *ctx;
    bool good;

    if (signature.size != ECDSA_SIGNATURE_SIZE)
        return false;
    ctx = EVP_MD_CTX_new();
    good = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, fetched_sha256(), NULL, key->key) == 1 &&
           EVP_DigestVerify(ctx, der, signature_to_der(signature.data, der), message.data,
                            message.size) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

bool ecdsa_share(const struct ecdsa_key *key, struct ecdsa_key *ret_key)
{
    if (EVP_PKEY_up_ref(key->key) != 1)
        return false;
    ret_key->key = key->key;
    ret_key->signer = NULL;
    return true;
}

void ecdsa_done(struct ecdsa_key *key)
{
    EVP_PKEY_CTX_free(key->signer);
    key->signer = NULL;
    EVP_PKEY_free(key->key);
    key->key = NULL;
}
