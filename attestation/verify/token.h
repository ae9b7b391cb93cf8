/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * token.h - what verifiers of signed CBOR tokens share: COSE signatures, keys from outside, and
 * maps of numbered claims read by a table.
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_TOKEN_H
#define VERIFY_TOKEN_H

#include "verify/x509_chain.h"
#include "wire/cose.h"

enum { LABELS_MAX_COUNT = 16, COMPONENTS_MAX_COUNT = 32 };

enum label_kind { LABEL_BYTES, LABEL_TEXT, LABEL_NUMBER, LABEL_LIST, LABEL_COMPONENTS };

/* One claim of a token. */
struct label {
    int64_t label;
    const char *claim; /* how it is said; NULL: not */
    enum label_kind kind;
    uint16_t min, max; /* bytes of a value, or of each in a list */
    bool required;
};

struct labelled {
    bool seen[LABELS_MAX_COUNT];
    struct view bytes[LABELS_MAX_COUNT]; /* value; of lists the whole encoded item */
    uint64_t number[LABELS_MAX_COUNT];
};

/* Exactly one map; what the table does not name is passed over. False: a wrong kind or size, a key
 * twice, or a required one is missing; *ret_bad is the row, or count. */
bool labels_read(struct view map, const struct label *labels, size_t count,
                 struct labelled *ret_values, size_t *ret_bad);
void labels_say(const cc_verifier_sink_t *sink, const struct label *labels, size_t count,
                const struct labelled *values);

/* A signature over the token; the algorithm must be the one that goes with the key's curve. */
bool cose_check(const struct judge *j, const char *what, const struct cose_sign1 *message,
                const struct pubkey *key);

/* The key in a part of the collateral: JWK, PEM or DER of a SubjectPublicKeyInfo. The policy must
 * name its hash: no vendor stands above it. */
bool trusted_key_read(const struct judge *j, const char *part, struct pubkey *ret_key);
/* The same key from its bytes; false: none of these forms. */
bool key_parse(struct view bytes, struct pubkey *ret_key);

/* "sha-256" and so on; HASH_COUNT: none. */
enum hash_alg hash_named(struct view name);

#endif
