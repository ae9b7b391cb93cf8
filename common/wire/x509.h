/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * x509.h - certificates and revocation lists of other vendors (RFC 5280): a walk over DER that
 * copies and allocates nothing. cert.h is the narrow profile of our own device; this one takes what
 * the vendors of TEEs issue, and says what it found for the caller to judge.
 *
 * Layer: common/wire (pure): signatures are checked by the caller. Threads: no state.
 */
#ifndef CC_WIRE_X509_H
#define CC_WIRE_X509_H

#include "status.h"
#include "wire/der.h"

enum {
    X509_MAX_SIZE = 16 << 10,
    X509_CRL_MAX_SIZE = 4 << 20,
    X509_SERIAL_MAX_SIZE = 21, /* 20 octets and, with some issuers, a sign byte */
    X509_EXTENSIONS_MAX_COUNT = 32,
    X509_PATH_LEN_NONE = 255,
};

/* KeyUsage (RFC 5280, 4.2.1.3), first byte of the bit string. */
enum x509_usage {
    X509_USAGE_DIGITAL_SIGNATURE = 0x80,
    X509_USAGE_CERT_SIGN = 0x04,
    X509_USAGE_CRL_SIGN = 0x02,
};

/* How something is signed. */
enum sig_alg {
    SIG_NONE,
    SIG_ECDSA_SHA256,
    SIG_ECDSA_SHA384,
    SIG_ECDSA_SHA512,
    SIG_RSA_SHA256, /* PKCS #1 v1.5 */
    SIG_RSA_SHA384,
    SIG_RSA_SHA512,
    SIG_PSS_SHA256, /* salt as long as the hash */
    SIG_PSS_SHA384,
    SIG_PSS_SHA512,
    SIG_SM2_SM3,
};

/* What a certificate says; views borrow from the DER. */
struct x509 {
    struct view tbs;     /* what the signature covers, header included */
    struct view serial;  /* INTEGER content as it stands */
    struct view issuer;  /* Name, header included */
    struct view subject; /* Name, header included */
    uint64_t not_before_s;
    uint64_t not_after_s;
    struct view spki;       /* SubjectPublicKeyInfo, header included */
    struct view extensions; /* content of the list; for x509_extension() */
    enum sig_alg algorithm;
    struct view signature; /* bits of the bit string */
    bool has_constraints;  /* BasicConstraints stands in it */
    bool is_ca;
    uint8_t path_len; /* X509_PATH_LEN_NONE: no limit */
    bool has_usage;
    uint8_t usage;         /* enum x509_usage bits */
    bool critical_unknown; /* an extension not known here is critical */
};

/* A list of revoked certificates. */
struct x509_crl {
    struct view tbs;
    struct view issuer;
    uint64_t this_update_s;
    uint64_t next_update_s; /* 0: none */
    struct view revoked;    /* content of the list of entries */
    enum sig_alg algorithm;
    struct view signature;
};

/* Exactly one certificate. CC_ERROR_BAD_FORMAT with what is wrong; *ret_cert untouched. */
cc_enclave_result_t x509_decode(struct view der, struct x509 *ret_cert)
    __attribute__((warn_unused_result));

/* The same for a list; each of its entries is walked. It is of all that its issuer revoked, not of
 * a kind of certificates or of changes. */
cc_enclave_result_t x509_crl_decode(struct view der, struct x509_crl *ret_crl)
    __attribute__((warn_unused_result));

/* Whether the list names this serial (INTEGER content). */
bool x509_crl_has(const struct x509_crl *crl, struct view serial);

/* Content of the OCTET STRING of the extension with this OID (content); false: not there. */
bool x509_extension(const struct x509 *cert, struct view oid, struct view *ret_value)
    __attribute__((warn_unused_result));

/* Text of the commonName of a Name; empty: none. */
struct view x509_common_name(struct view name);

/* AlgorithmIdentifier, with its parameters; SIG_NONE when it is none of those above. */
enum sig_alg x509_take_algorithm(struct reader *r);

#endif
