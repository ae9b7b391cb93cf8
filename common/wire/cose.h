/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cose.h - COSE_Sign1 (RFC 9052, 4.2) and COSE_Key (RFC 9052, 7) as vendors of TEEs encode them:
 * definite lengths, keys in any order, the algorithm in the protected header or nowhere.
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_COSE_H
#define CC_WIRE_COSE_H

#include "status.h"
#include "wire/cbor.h"
#include "wire/x509.h"

enum { COSE_MAX_SIZE = 256 << 10, COSE_STRUCTURE_EXTRA = 64 };

struct cose_sign1 {
    struct view protected_header; /* content of the byte string */
    enum sig_alg algorithm;
    struct view payload;
    struct view signature; /* r | s, or RSA's */
};

/* EC2 keys: which curve, X and Y. */
struct cose_key {
    int64_t curve; /* 1 P-256, 2 P-384, 3 P-521 */
    struct view x, y;
};

/* With tag 18 or bare, nothing behind. CC_ERROR_BAD_FORMAT; *ret untouched. */
cc_enclave_result_t cose_sign1_decode(struct view bytes, struct cose_sign1 *ret)
    __attribute__((warn_unused_result));
/* What is signed (RFC 9052, 4.4): as long as payload, header and COSE_STRUCTURE_EXTRA. */
void cose_sign1_structure(const struct cose_sign1 *message, struct writer *w);
cc_enclave_result_t cose_key_decode(struct view bytes, struct cose_key *ret)
    __attribute__((warn_unused_result));

#endif
