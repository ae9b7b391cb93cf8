/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/pubkey.h"
#include "crypto/fetched.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>

enum { SCALAR_MAX_SIZE = 66, SIGNATURE_DER_MAX_SIZE = 2 * SCALAR_MAX_SIZE + 16 };
enum { POINT_UNCOMPRESSED = 4, MODULUS_MAX_SIZE = PUBKEY_RSA_MAX_BITS / 8 };

/* AlgorithmIdentifiers of keys (RFC 5480; RFC 3279, 2.2.3). */
#define EC_OID "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
static const struct curve {
    const char *group, *algorithm, *type;
    uint8_t algorithm_size, scalar_size;
} CURVES[] = {
    [KEY_P256] = {"P-256", "\x30\x13" EC_OID "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "EC", 21,
                  32},
    [KEY_P384] = {"P-384", "\x30\x10" EC_OID "\x06\x05\x2b\x81\x04\x00\x22", "EC", 18, 48},
    [KEY_P521] = {"P-521", "\x30\x10" EC_OID "\x06\x05\x2b\x81\x04\x00\x23", "EC", 18, 66},
    [KEY_SM2] = {"SM2", "\x30\x13" EC_OID "\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d", "SM2", 21,
                 32},
};
static const uint8_t RSA_ALGORITHM[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

size_t pubkey_scalar_size(enum key_kind kind)
{
    return kind >= KEY_P256 && kind <= KEY_SM2 ? CURVES[kind].scalar_size : 0;
}

static EVP_PKEY *key_build(const char *type, const OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *curve_key_build(enum key_kind kind, struct view point)
{
    OSSL_PARAM params[3] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)CURVES[kind].group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.size),
        OSSL_PARAM_construct_end(),
    };

    return key_build(CURVES[kind].type, params);
}

/*
 * A key of each curve whose parameters new keys share: looking a curve up by its name costs three
 * times what reading the point does. Their points are the curves' generators. Each is made when its
 * curve is first met; SM2, which few meet, takes the long way.
 */
static EVP_PKEY *templates[KEY_SM2];

static void template_make(enum key_kind kind)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)CURVES[kind].group, 0),
        OSSL_PARAM_construct_end()};

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &templates[kind], EVP_PKEY_KEY_PARAMETERS, params) != 1)
        templates[kind] = NULL;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
}

static void p256_make(void)
{
    template_make(KEY_P256);
}

static void p384_make(void)
{
    template_make(KEY_P384);
}

static void p521_make(void)
{
    template_make(KEY_P521);
}

/* NULL: take the long way. */
static EVP_PKEY *template_use(enum key_kind kind, struct view point)
{
    static pthread_once_t once[KEY_SM2] = {[KEY_P256] = PTHREAD_ONCE_INIT,
                                           [KEY_P384] = PTHREAD_ONCE_INIT,
                                           [KEY_P521] = PTHREAD_ONCE_INIT};
    static void (*const MAKE[KEY_SM2])(void) = {
        [KEY_P256] = p256_make, [KEY_P384] = p384_make, [KEY_P521] = p521_make};
    EVP_PKEY *key;

    if (kind >= KEY_SM2)
        return NULL;
    pthread_once(&once[kind], MAKE[kind]);
    if (templates[kind] == NULL)
        return NULL;
    key = EVP_PKEY_new();
    if (key != NULL && EVP_PKEY_copy_parameters(key, templates[kind]) == 1 &&
        EVP_PKEY_set1_encoded_public_key(key, point.data, point.size) == 1)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

bool pubkey_from_point(struct pubkey *ret_key, enum key_kind kind, struct view point)
{
    EVP_PKEY *key;

    if (kind < KEY_P256 || kind > KEY_SM2 || point.size != 1 + 2 * pubkey_scalar_size(kind) ||
        point.data[0] != POINT_UNCOMPRESSED)
        return false;
    key = template_use(kind, point);
    if (key == NULL)
        key = curve_key_build(kind, point);
    ERR_clear_error();
    if (key == NULL)
        return false;
    *ret_key = (struct pubkey){key, kind};
    return true;
}

static bool rsa_is_sane(const BIGNUM *n, const BIGNUM *e)
{
    int bits = BN_num_bits(n);

    return bits >= PUBKEY_RSA_MIN_BITS && bits <= PUBKEY_RSA_MAX_BITS && BN_is_odd(n) == 1 &&
           BN_is_odd(e) == 1 && BN_num_bits(e) <= 32 && BN_get_word(e) >= 3;
}

bool pubkey_from_rsa(struct pubkey *ret_key, struct view modulus, struct view exponent)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY *key = NULL;

    if (modulus.size > 0 && modulus.size <= MODULUS_MAX_SIZE && exponent.size > 0 &&
        exponent.size <= 8) {
        n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
        e = BN_bin2bn(exponent.data, (int)exponent.size, NULL);
    }
    if (bld != NULL && n != NULL && e != NULL && rsa_is_sane(n, e) &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    if (params != NULL)
        key = key_build("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    BN_free(n);
    BN_free(e);
    ERR_clear_error();
    if (key == NULL)
        return false;
    *ret_key = (struct pubkey){key, KEY_RSA};
    return true;
}

static bool rsa_bits_read(struct reader *bits, struct pubkey *ret_key)
{
    struct reader pair = der_enter(bits, DER_SEQUENCE);
    struct view n = der_take_positive(&pair, MODULUS_MAX_SIZE);
    struct view e = der_take_positive(&pair, 8);

    der_leave(bits, &pair);
    return !bits->failed && bits->rest.size == 0 && pubkey_from_rsa(ret_key, n, e);
}

bool pubkey_from_spki(struct pubkey *ret_key, struct view spki)
{
    struct reader r = reader_over(spki), outer = der_enter(&r, DER_SEQUENCE), bits;
    struct view algorithm = outer.rest;

    der_take(&outer, DER_SEQUENCE);
    algorithm.size -= outer.rest.size;
    bits = der_enter(&outer, DER_BIT_STRING);
    if (reader_u8(&bits) != 0)
        bits.failed = true;
    if (outer.failed || bits.failed || outer.rest.size > 0 || r.rest.size > 0 || r.failed)
        return false;
    if (view_equal(algorithm, VIEW_OF(RSA_ALGORITHM)))
        return rsa_bits_read(&bits, ret_key);
    for (enum key_kind kind = KEY_P256; kind <= KEY_SM2; kind++)
        if (view_equal(algorithm, view_of(CURVES[kind].algorithm, CURVES[kind].algorithm_size)))
            return pubkey_from_point(ret_key, kind, bits.rest);
    return false;
}

void pubkey_done(struct pubkey *key)
{
    EVP_PKEY_free(key->key);
    *key = PUBKEY_EMPTY;
}

/* What an algorithm is made of. */
static const struct scheme {
    enum hash_alg hash;
    bool rsa, pss;
} SCHEMES[] = {
    [SIG_ECDSA_SHA256] = {HASH_SHA256, false, false},
    [SIG_ECDSA_SHA384] = {HASH_SHA384, false, false},
    [SIG_ECDSA_SHA512] = {HASH_SHA512, false, false},
    [SIG_RSA_SHA256] = {HASH_SHA256, true, false},
    [SIG_RSA_SHA384] = {HASH_SHA384, true, false},
    [SIG_RSA_SHA512] = {HASH_SHA512, true, false},
    [SIG_PSS_SHA256] = {HASH_SHA256, true, true},
    [SIG_PSS_SHA384] = {HASH_SHA384, true, true},
    [SIG_PSS_SHA512] = {HASH_SHA512, true, true},
};

static bool pss_set(EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool pubkey_verify(const struct pubkey *key, enum sig_alg algorithm, struct view message,
                   struct view signature)
{
    const struct scheme *scheme;
    EVP_PKEY_CTX *pkey = NULL;
    EVP_MD_CTX *ctx;
    const EVP_MD *md;
    bool good;

    if (key->key == NULL || algorithm <= SIG_NONE || algorithm >= SIG_SM2_SM3)
        return false;
    scheme = &SCHEMES[algorithm];
    if (scheme->rsa != (key->kind == KEY_RSA) || key->kind == KEY_SM2)
        return false;
    md = fetched_hash(scheme->hash);
    ctx = EVP_MD_CTX_new();
    good = ctx != NULL && md != NULL && EVP_DigestVerifyInit(ctx, &pkey, md, NULL, key->key) == 1 &&
           (!scheme->pss || pss_set(pkey, md)) &&
           EVP_DigestVerify(ctx, signature.data, signature.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

/* r | s to DER (RFC 3279, 2.2.3); zero is no scalar. 0: not a signature. */
static size_t signature_to_der(struct view signature, size_t scalar, uint8_t *ret_der)
{
    struct writer w = writer_over(ret_der, SIGNATURE_DER_MAX_SIZE);
    size_t opened = der_open(&w, DER_SEQUENCE);

    if (signature.size != 2 * scalar)
        return 0;
    der_put_positive(&w, view_of(signature.data, scalar));
    der_put_positive(&w, view_of(signature.data + scalar, scalar));
    der_close(&w, opened);
    return w.failed ? 0 : w.size;
}

bool pubkey_verify_raw(const struct pubkey *key, enum sig_alg algorithm, struct view message,
                       struct view signature)
{
    uint8_t der[SIGNATURE_DER_MAX_SIZE];
    size_t size;

    if (key->kind == KEY_RSA)
        return pubkey_verify(key, algorithm, message, signature);
    size = signature_to_der(signature, pubkey_scalar_size(key->kind), der);
    return size > 0 && pubkey_verify(key, algorithm, message, view_of(der, size));
}

bool pubkey_verify_sm2(const struct pubkey *key, struct view id, struct view message,
                       struct view signature)
{
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, (void *)id.data, id.size),
        OSSL_PARAM_construct_end(),
    };
    uint8_t der[SIGNATURE_DER_MAX_SIZE];
    size_t size = signature_to_der(signature, pubkey_scalar_size(KEY_SM2), der);
    EVP_PKEY_CTX *settings; /* the context's own */
    EVP_MD_CTX *ctx;
    bool good;

    if (key->kind != KEY_SM2 || size == 0)
        return false;
    ctx = EVP_MD_CTX_new();
    /* The identity afterwards: OpenSSL 3.0.19 refuses it as a parameter of the first call. */
    good = ctx != NULL &&
           EVP_DigestVerifyInit_ex(ctx, &settings, "SM3", NULL, NULL, key->key, NULL) == 1 &&
           EVP_PKEY_CTX_set_params(settings, params) == 1 &&
           EVP_DigestVerify(ctx, der, size, message.data, message.size) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

bool pubkey_spki(const struct pubkey *key, struct writer *w)
{
    unsigned char *der = NULL;
    int size;

    if (key->kind != KEY_RSA &&
        EVP_PKEY_set_utf8_string_param(key->key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
        return false;
    size = i2d_PUBKEY(key->key, &der);
    if (size > 0)
        writer_put(w, view_of(der, (size_t)size));
    OPENSSL_free(der);
    return size > 0 && !w->failed;
}
