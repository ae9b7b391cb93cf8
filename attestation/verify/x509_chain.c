/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/x509_chain.h"
#include "base/detail.h"
#include "verify/cache.h"
#include "verify/judge.h"
#include "wire/pem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct view part_find(const cc_verify_blob_t *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].name != NULL && strcmp(list[i].name, name) == 0)
            return view_of(list[i].data, list[i].size);
    return VIEW_EMPTY;
}

struct view evidence_part(const cc_verifier_request_t *request, const char *name)
{
    return part_find(request->input->evidence, request->input->evidence_count, name);
}

struct view collateral_part(const cc_verifier_request_t *request, const char *name)
{
    return part_find(request->input->collateral, request->input->collateral_count, name);
}

struct view evidence_first(const cc_verifier_request_t *request)
{
    return view_of(request->input->evidence[0].data, request->input->evidence[0].size);
}

cc_enclave_result_t certs_add(struct certs *certs, struct view der)
{
    cc_enclave_result_t rc;

    if (certs->count == CERTS_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificates: at most %d expected",
                           CERTS_MAX_COUNT);
    rc = x509_decode(der, &certs->list[certs->count]);
    if (rc == CC_SUCCESS)
        certs->raw[certs->count++] = der;
    return rc;
}

static cc_enclave_result_t der_read(struct view rest, struct certs *certs)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    while (rc == CC_SUCCESS && rest.size > 0) {
        struct reader r = reader_over(rest);
        struct view one = rest;

        der_take(&r, DER_SEQUENCE);
        one.size -= r.rest.size;
        rest = r.rest;
        rc = r.failed ? detail_fail(CC_ERROR_BAD_FORMAT, "certificates: PEM or DER expected")
                      : certs_add(certs, one);
    }
    return rc;
}

/* Up to and with the end of the first block; empty: there is none. */
static struct view block_take(struct view *text)
{
    static const char END[] = "-----END CERTIFICATE-----";
    const uint8_t *end =
        text->size > 0 ? memmem(text->data, text->size, END, sizeof END - 1) : NULL;
    struct view block = *text;

    if (end == NULL)
        return VIEW_EMPTY;
    block.size = (size_t)(end - text->data) + sizeof END - 1;
    text->data += block.size;
    text->size -= block.size;
    return block;
}

static struct view blanks_strip(struct view text)
{
    while (text.size > 0 && (text.data[text.size - 1] == '\0' || text.data[text.size - 1] == '\n' ||
                             text.data[text.size - 1] == '\r' || text.data[text.size - 1] == ' '))
        text.size--;
    return text;
}

static cc_enclave_result_t pem_read(struct view text, struct certs *certs)
{
    struct writer w = writer_over(certs->der.data, certs->der.size);

    for (text = blanks_strip(text); text.size > 0;) {
        struct view block = block_take(&text);
        size_t before = w.size;
        cc_enclave_result_t rc;

        if (block.size == 0 || !pem_decode(block, "CERTIFICATE", &w))
            return detail_fail(CC_ERROR_BAD_FORMAT, "certificates: not PEM");
        rc = certs_add(certs, view_of(w.data + before, w.size - before));
        if (rc != CC_SUCCESS)
            return rc;
    }
    return CC_SUCCESS;
}

cc_enclave_result_t certs_read(struct view text_or_der, struct certs *certs)
{
    if (text_or_der.size == 0 || text_or_der.size > CERTS_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "certificates: 1 to %d bytes expected, found %zu",
                           CERTS_MAX_SIZE, text_or_der.size);
    if (text_or_der.data[0] == DER_SEQUENCE)
        return der_read(text_or_der, certs);
    if (!buf_alloc(&certs->der, text_or_der.size))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "certificates: out of memory");
    return pem_read(text_or_der, certs);
}

void certs_free(struct certs *certs)
{
    buf_free(&certs->der);
    certs->count = 0;
}

bool spki_is_trusted(const struct judge *j, const struct pins *vendor, struct view spki)
{
    bool own = j->request->anchor_count > 0;
    const uint8_t(*keys)[SHA256_SIZE] = own ? j->request->anchors : vendor->keys;
    size_t count = own ? j->request->anchor_count : vendor->count;
    uint8_t digest[SHA256_SIZE];

    if (spki.size == 0 || !sha256(spki, digest))
        return false;
    for (size_t i = 0; i < count; i++)
        if (view_equal(VIEW_OF(digest), view_of(keys[i], SHA256_SIZE)))
            return true;
    return false;
}

bool end_check(const struct judge *j, const char *what, uint64_t end_s)
{
    uint64_t now = j->request->input->now_s;
    char when[TIME_TEXT_ROOM];

    j->sink->expires(j->sink->context, what, end_s);
    if (now <= end_s)
        return true;
    time_format(end_s, when);
    if (now - end_s <= j->request->grace_s) {
        reason_say(j->sink, CC_VERIFY_NOTE, "grace",
                   "grace: %s ended at %s; the policy lets it pass", what, when);
        return true;
    }
    return FAIL(j->sink, "dates", "dates: %s ended at %s", what, when);
}

bool dates_check(const struct judge *j, const char *what, const struct x509 *cert)
{
    uint64_t now = j->request->input->now_s;
    char when[TIME_TEXT_ROOM];

    window_from(j, cert->not_before_s);
    j->sink->expires(j->sink->context, what, cert->not_after_s);
    if (now < cert->not_before_s) {
        time_format(cert->not_before_s, when);
        return FAIL(j->sink, "dates", "dates: %s is valid from %s", what, when);
    }
    if (now > cert->not_after_s) {
        time_format(cert->not_after_s, when);
        return FAIL(j->sink, "dates", "dates: %s is valid until %s", what, when);
    }
    return true;
}

static bool verified_digest(struct view spki, struct view message, struct view signature,
                            uint8_t ret_digest[static SHA256_SIZE])
{
    struct hash hash;

    hash_init(&hash);
    hash_add(&hash, spki); /* DER, so that each says where it ends */
    hash_add(&hash, message);
    hash_add(&hash, signature);
    return hash_final(&hash, ret_digest);
}

static struct verify_cache *judge_cache(const struct judge *j)
{
    return j->request->own != NULL ? j->request->own->cache : NULL;
}

static bool verified_find(const struct judge *j, const uint8_t digest[static SHA256_SIZE])
{
    struct verify_cache *cache = judge_cache(j);
    struct kept *kept = cache != NULL ? cache_find(cache, digest) : NULL;
    bool found = kept != NULL;

    kept_release(kept);
    for (size_t i = 0; j->before != NULL && i < j->before->count; i++)
        if (view_equal(VIEW_OF(j->before->digests[i]), view_of(digest, SHA256_SIZE)))
            found = true;
    return found;
}

static void mark_done(struct kept *kept)
{
    free(kept);
}

/* That a signature is good does not depend on the time or on who is trusted. */
static void verified_keep(const struct judge *j, const uint8_t digest[static SHA256_SIZE])
{
    struct verified *before = j->before;
    struct verify_cache *cache = judge_cache(j);
    struct kept *mark = cache != NULL ? malloc(sizeof *mark) : NULL;

    if (before != NULL && before->count < sizeof before->digests / sizeof before->digests[0])
        memcpy(before->digests[before->count++], digest, SHA256_SIZE);
    if (mark == NULL)
        return;
    *mark = (struct kept){1, mark_done};
    cache_keep(cache, digest, mark);
    kept_release(mark);
}

/* The key's signature over the message, or one that was verified before. */
static bool signed_check(const struct judge *j, struct view spki, enum sig_alg algorithm,
                         struct view message, struct view signature)
{
    bool keeps = !j->alone && (j->before != NULL || judge_cache(j) != NULL);
    struct pubkey key = PUBKEY_EMPTY;
    uint8_t digest[SHA256_SIZE];
    bool good;

    if (keeps && !verified_digest(spki, message, signature, digest))
        return false;
    if (keeps && verified_find(j, digest))
        return true;
    good = pubkey_from_spki(&key, spki) && pubkey_verify(&key, algorithm, message, signature);
    pubkey_done(&key);
    if (good && keeps)
        verified_keep(j, digest);
    return good;
}

bool link_check(const struct judge *j, const char *what, const struct x509 *child,
                const struct x509 *issuer, size_t below)
{
    struct judge own = *j;

    if (!view_equal(child->issuer, issuer->subject))
        return FAIL(j->sink, "chain", "chain: %s was issued by another than the next one", what);
    if (!issuer->has_constraints || !issuer->is_ca)
        return FAIL(j->sink, "ca", "ca: the issuer of %s is no certificate authority", what);
    if (issuer->path_len != X509_PATH_LEN_NONE && issuer->path_len < below)
        return FAIL(j->sink, "path_length", "path_length: %u at most above %s, found %zu",
                    issuer->path_len, what, below);
    if (issuer->has_usage && (issuer->usage & X509_USAGE_CERT_SIGN) == 0)
        return FAIL(j->sink, "key_usage", "key_usage: the issuer of %s may not issue", what);
    if (issuer->critical_unknown || child->critical_unknown)
        return FAIL(j->sink, "critical", "critical: %s has a critical extension that is not known",
                    what);
    /* A leaf's is kept with the part that it belongs to, where there is one (part.h), and none
     * comes twice in a judgement: hashing it would be for nothing. */
    own.alone = below == 0 && j->window != NULL;
    return signed_check(&own, issuer->spki, child->algorithm, child->tbs, child->signature) ||
           FAIL(j->sink, "signature", "signature: that of %s is not its issuer's", what);
}

static bool leaf_check(const struct judge *j, const char *what, const struct x509 *leaf)
{
    if (leaf->critical_unknown) /* also where it is the trusted one itself */
        return FAIL(j->sink, "critical", "critical: %s has a critical extension that is not known",
                    what);
    if (leaf->is_ca)
        return FAIL(j->sink, "ca", "ca: %s is an authority, no signer", what);
    if (leaf->has_usage && (leaf->usage & X509_USAGE_DIGITAL_SIGNATURE) == 0)
        return FAIL(j->sink, "key_usage", "key_usage: %s may not sign", what);
    return true;
}

/* A root signs itself. Its key is pinned, but the rest of it (dates, constraints) is not. */
static bool root_check(const struct judge *j, const char *what, const struct x509 *root,
                       bool partial)
{
    bool own = view_equal(root->issuer, root->subject);
    bool good =
        own ? signed_check(j, root->spki, root->algorithm, root->tbs, root->signature) : partial;

    return good ||
           FAIL(j->sink, "signature", "signature: that of the root above %s is not its own", what);
}

/* A pinned authority that does not sign itself: anybody could have written its certificate's dates,
 * so that the vendor's count as well. */
static bool pinned_dates_check(const struct judge *j, const char *what, const struct pins *vendor,
                               const struct x509 *root)
{
    uint64_t now = j->request->input->now_s;
    uint8_t digest[SHA256_SIZE];

    if (j->request->anchor_count > 0 || vendor->dates == NULL)
        return true;
    if (!sha256(root->spki, digest))
        return FAIL(j->sink, "root", "root: that of %s can not be hashed", what);
    for (size_t i = 0; i < vendor->count; i++) {
        if (!view_equal(VIEW_OF(digest), view_of(vendor->keys[i], SHA256_SIZE)))
            continue;
        window_narrow(j, &(struct window){vendor->dates[i][0], vendor->dates[i][1]});
        if (now < vendor->dates[i][0] || now > vendor->dates[i][1])
            return FAIL(j->sink, "dates",
                        "dates: the vendor's authority above %s is out of its dates", what);
    }
    return true;
}

bool chain_check(const struct judge *j, const char *what, const struct certs *chain,
                 const struct pins *vendor, struct pubkey *ret_leaf)
{
    char name[80];

    if (chain->count == 0)
        return FAIL(j->sink, "chain", "chain: that of %s is empty", what);
    if (!spki_is_trusted(j, vendor, chain->list[chain->count - 1].spki))
        return FAIL(j->sink, "root", "root: the chain of %s ends in a key that is not trusted",
                    what);
    if (!root_check(j, what, &chain->list[chain->count - 1], vendor->partial) ||
        !pinned_dates_check(j, what, vendor, &chain->list[chain->count - 1]))
        return false;
    for (size_t i = chain->count; i-- > 0;) {
        if (i == 0)
            snprintf(name, sizeof name, "%s", what);
        else
            snprintf(name, sizeof name, "certificate %zu above %s", i, what);
        if (!dates_check(j, name, &chain->list[i]))
            return false;
        if (i + 1 < chain->count && !link_check(j, name, &chain->list[i], &chain->list[i + 1], i))
            return false;
    }
    if (!leaf_check(j, what, &chain->list[0]))
        return false;
    return pubkey_from_spki(ret_leaf, chain->list[0].spki) ||
           FAIL(j->sink, "key", "key: that of %s is of no known kind", what);
}

bool crl_check(const struct judge *j, const char *what, struct view der, const struct x509 *issuer,
               const struct x509 *cert)
{
    struct x509_crl crl;

    if (x509_crl_decode(der, &crl) != CC_SUCCESS)
        return FAIL(j->sink, "crl", "crl: the list for %s can not be read", what);
    if (!view_equal(crl.issuer, issuer->subject))
        return FAIL(j->sink, "crl", "crl: the list for %s is of another issuer", what);
    if (issuer->has_usage && (issuer->usage & X509_USAGE_CRL_SIGN) == 0)
        return FAIL(j->sink, "key_usage", "key_usage: the issuer of %s may not revoke", what);
    if (!signed_check(j, issuer->spki, crl.algorithm, crl.tbs, crl.signature))
        return FAIL(j->sink, "crl", "crl: the signature of the list for %s is not its issuer's",
                    what);
    window_from(j, crl.this_update_s);
    if (j->request->input->now_s < crl.this_update_s)
        return FAIL(j->sink, "crl", "crl: the list for %s is of the future", what);
    if (crl.next_update_s == 0)
        return FAIL(j->sink, "crl", "crl: the list for %s says not how long it holds", what);
    if (x509_crl_has(&crl, cert->serial))
        return FAIL(j->sink, "revoked", "revoked: %s stands on its issuer's list", what);
    return end_check(j, what, crl.next_update_s);
}
