/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge_x509.h - certificates and revocation lists of vendors that tests make up, by libcrypto.
 * Layer: test. Threads: one.
 */
#ifndef TEST_FORGE_X509_H
#define TEST_FORGE_X509_H

#include "base/bytes.h"
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What a certificate is to say; issuer NULL: itself. */
struct made {
    const char *name;
    EVP_PKEY *key;
    const struct made *issuer;
    bool ca, no_constraints;
    const char *path_len; /* NULL: no limit */
    const char *usage;    /* NULL: none; "keyCertSign, cRLSign" */
    uint64_t from_s, until_s;
    long serial;
    bool pss;      /* signed with RSA-PSS and SHA-384, as AMD does */
    bool critical; /* an extension that nobody knows */
    const EVP_MD *md;
    struct {
        int nid; /* 0: none */
        const char *value;
    } list; /* an extension of its revocation lists */
    struct {
        const char *oid;
        struct view value; /* of the OCTET STRING */
    } extra[12];
    size_t extra_count;
};

static inline EVP_PKEY *made_key(const char *curve)
{
    EVP_PKEY *key = EVP_EC_gen(curve);

    ck_assert_ptr_nonnull(key);
    return key;
}

static inline X509_NAME *made_name(const char *text)
{
    X509_NAME *name = X509_NAME_new();

    ck_assert_int_eq(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)text, -1, -1, 0), 1);
    return name;
}

static inline void made_extend(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    ck_assert_ptr_nonnull(e);
    ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

static inline void made_extend_raw(X509 *x, const char *oid, bool critical, struct view value)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e;

    ASN1_OCTET_STRING_set(octets, value.data, (int)value.size);
    e = X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets);
    ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
}

static inline EVP_MD_CTX *made_signer(const struct made *issuer, bool pss, const EVP_MD *md)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey;

    ck_assert_int_eq(EVP_DigestSignInit(ctx, &pkey, md, NULL, issuer->key), 1);
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST);
    }
    return ctx;
}

static inline void made_fields(X509 *x, const struct made *m, const struct made *issuer)
{
    char constraints[40];
    X509_NAME *name = made_name(m->name), *above = made_name(issuer->name);

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), m->serial);
    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)m->from_s);
    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)m->until_s);
    X509_set_subject_name(x, name);
    X509_set_issuer_name(x, above);
    X509_set_pubkey(x, m->key);
    X509_NAME_free(name);
    X509_NAME_free(above);
    snprintf(constraints, sizeof constraints, "critical,CA:%s%s%s", m->ca ? "TRUE" : "FALSE",
             m->path_len != NULL ? ",pathlen:" : "", m->path_len != NULL ? m->path_len : "");
    if (!m->no_constraints)
        made_extend(x, NID_basic_constraints, constraints);
    if (m->usage != NULL)
        made_extend(x, NID_key_usage, m->usage);
    for (size_t i = 0; i < m->extra_count; i++)
        made_extend_raw(x, m->extra[i].oid, false, m->extra[i].value);
    if (m->critical)
        made_extend_raw(x, "1.2.3.4.5", true, VIEW_OF("?"));
}

/* DER; free with buf_free(). */
static inline struct buf made_issue(const struct made *m)
{
    const struct made *issuer = m->issuer != NULL ? m->issuer : m;
    X509 *x = X509_new();
    EVP_MD_CTX *ctx = made_signer(issuer, m->pss, m->md != NULL ? m->md : EVP_sha256());
    unsigned char *der = NULL;
    struct buf out;
    int size;

    made_fields(x, m, issuer);
    ck_assert_int_gt(X509_sign_ctx(x, ctx), 0);
    size = i2d_X509(x, &der);
    ck_assert_int_gt(size, 0);
    ck_assert(buf_copy(&out, view_of(der, (size_t)size)));
    OPENSSL_free(der);
    X509_free(x);
    EVP_MD_CTX_free(ctx);
    return out;
}

/* A list of the issuer's that names one serial; 0: none. until_s 0: it says not how long. */
static inline struct buf made_crl(const struct made *issuer, long serial, uint64_t from_s,
                                  uint64_t until_s)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *name = made_name(issuer->name);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)from_s);
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)until_s);
    EVP_MD_CTX *ctx = made_signer(issuer, issuer->pss, issuer->pss ? EVP_sha384() : EVP_sha256());
    unsigned char *der = NULL;
    struct buf out;
    int size;

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, name);
    X509_CRL_set1_lastUpdate(crl, from);
    if (until_s != 0)
        X509_CRL_set1_nextUpdate(crl, until);
    if (serial != 0) {
        X509_REVOKED *one = X509_REVOKED_new();
        ASN1_INTEGER *number = ASN1_INTEGER_new();

        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(one, number);
        X509_REVOKED_set_revocationDate(one, from);
        X509_CRL_add0_revoked(crl, one);
        ASN1_INTEGER_free(number);
    }
    if (issuer->list.nid != 0) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, issuer->list.nid, issuer->list.value);

        ck_assert_ptr_nonnull(e);
        ck_assert_int_eq(X509_CRL_add_ext(crl, e, -1), 1);
        X509_EXTENSION_free(e);
    }
    ck_assert_int_gt(X509_CRL_sign_ctx(crl, ctx), 0);
    size = i2d_X509_CRL(crl, &der);
    ck_assert(buf_copy(&out, view_of(der, (size_t)size)));
    OPENSSL_free(der);
    X509_CRL_free(crl);
    X509_NAME_free(name);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    EVP_MD_CTX_free(ctx);
    return out;
}

/* ECDSA as r | s, size bytes each. */
static inline void made_sign_raw(EVP_PKEY *key, const EVP_MD *md, struct view message,
                                 uint8_t *ret_rs, size_t size)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[200];
    const uint8_t *at = der;
    size_t der_size = sizeof der;
    ECDSA_SIG *sig;

    ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, md, NULL, key), 1);
    ck_assert_int_eq(EVP_DigestSign(ctx, der, &der_size, message.data, message.size), 1);
    sig = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_rs, (int)size);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_rs + size, (int)size);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

/* The point, uncompressed; its size. */
static inline size_t made_point(EVP_PKEY *key, uint8_t *ret_point, size_t room)
{
    size_t size = 0;

    ck_assert_int_eq(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                                     ret_point, room, &size),
                     1);
    return size;
}

/* SHA-256 of its SubjectPublicKeyInfo in hexadecimal, as policies name it. */
static inline void made_anchor(EVP_PKEY *key, char ret_hex[65])
{
    unsigned char *der = NULL, digest[32];
    int size = i2d_PUBKEY(key, &der);

    ck_assert_int_eq(EVP_Digest(der, (size_t)size, digest, NULL, EVP_sha256(), NULL), 1);
    OPENSSL_free(der);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

#endif
