/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * x509_chain.h - what verifiers of vendors' evidence share: finding named parts, reading
 * certificates, and checking chains of them (RFC 5280, 6.1) up to a pinned key.
 *
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_X509_CHAIN_H
#define VERIFY_X509_CHAIN_H

#include "crypto/pubkey.h"
#include "verify/verdict.h"

enum { CERTS_MAX_COUNT = 8, CERTS_MAX_SIZE = 64 << 10 };

/* Signatures that were good before within one judgement: a root, its list and a signer's
 * certificate stand under several documents. By SHA-256 of key, message and signature. */
struct verified {
    uint8_t digests[16][SHA256_SIZE];
    size_t count;
};

/* When all holds that was looked at so far, both ends included. */
struct window {
    uint64_t from_s, until_s;
};

/* Who is asked and where answers go: what every check gets. */
struct judge {
    const cc_verifier_request_t *request;
    const cc_verifier_sink_t *sink;
    struct verified *before; /* NULL: nothing is kept */
    struct window *window;   /* NULL: nobody wants to know */
    bool alone;              /* good signatures are not remembered */
};

static inline void window_narrow(const struct judge *j, const struct window *by)
{
    if (j->window != NULL && by->from_s > j->window->from_s)
        j->window->from_s = by->from_s;
    if (j->window != NULL && by->until_s < j->window->until_s)
        j->window->until_s = by->until_s;
}

/* Something that was looked at holds from then on; ends go to the sink. */
static inline void window_from(const struct judge *j, uint64_t from_s)
{
    window_narrow(j, &(struct window){from_s, UINT64_MAX});
}

struct view evidence_part(const cc_verifier_request_t *request, const char *name);   /* or empty */
struct view collateral_part(const cc_verifier_request_t *request, const char *name); /* or empty */
struct view evidence_first(const cc_verifier_request_t *request);

/* Certificates in the order they came; leaf first where it is a chain. */
struct certs {
    struct buf der;
    struct x509 list[CERTS_MAX_COUNT];
    struct view raw[CERTS_MAX_COUNT]; /* each one's DER */
    size_t count;
};

/* PEM blocks one behind the other (zero bytes at the end are fine), or DER. The detail says why
 * not; certs_free() in any case. */
cc_enclave_result_t certs_read(struct view text_or_der, struct certs *certs)
    __attribute__((warn_unused_result));
/* One more, DER, which the caller keeps. */
cc_enclave_result_t certs_add(struct certs *certs, struct view der)
    __attribute__((warn_unused_result));
void certs_free(struct certs *certs);

/* Keys of vendors that are trusted when the policy names none: SHA-256 of SubjectPublicKeyInfo. */
struct pins {
    const uint8_t (*keys)[SHA256_SIZE];
    size_t count;
    bool partial; /* also authorities below a root are trusted, whose own issuer nobody brings */
    /* First and last second of each; NULL: the certificates', which sign themselves. */
    const uint64_t (*dates)[2];
};
bool spki_is_trusted(const struct judge *j, const struct pins *vendor, struct view spki);

/* now within the dates; the end counts as an expiry. what names the certificate. */
bool dates_check(const struct judge *j, const char *what, const struct x509 *cert);

/* issuer is a CA, may issue to this depth, has that name and key, and signed child. below: how many
 * CAs stand between issuer and the leaf. */
bool link_check(const struct judge *j, const char *what, const struct x509 *child,
                const struct x509 *issuer, size_t below);

/* The whole chain, leaf first; the last one's key must be trusted. Dates, links, usage of the leaf
 * for signing; the leaf's key comes out. */
bool chain_check(const struct judge *j, const char *what, const struct certs *chain,
                 const struct pins *vendor, struct pubkey *ret_leaf);

/* A list of the issuer, in date, that does not name the certificate. */
bool crl_check(const struct judge *j, const char *what, struct view der, const struct x509 *issuer,
               const struct x509 *cert);

/* now is not past end_s, which may be overrun by the grace that the policy grants. */
bool end_check(const struct judge *j, const char *what, uint64_t end_s);

#endif
