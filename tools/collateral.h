/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * collateral.h - what a vendor publishes about the platform of some evidence: where it lies, under
 * which name it is kept, and until when it holds.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_COLLATERAL_H
#define TOOLS_COLLATERAL_H

#include "files/parts.h"

enum { WANTS_MAX_COUNT = 6, WANT_URL_ROOM = 700 };

/* Where vendors' services are. */
struct sources {
    const char *pcs;      /* Intel's, or a PCCS; with scheme, without the last slash */
    const char *root_crl; /* of Intel's root */
    const char *kds;      /* AMD's */
    const char *product;  /* of AMD, for reports that do not say theirs; NULL: unknown */
};

struct want {
    char url[WANT_URL_ROOM];
    const char *file;
    const char *chain_header, *chain_file; /* NULL: it comes without */
};

struct wants {
    const char *tee;
    struct want list[WANTS_MAX_COUNT];
    size_t count;
    const char *by_hand; /* a file that no service hands out; NULL: none */
    const char *by_whom; /* where it is to be had */
};

/* CC_ERROR_NOT_SUPPORTED: nobody publishes any for this evidence; CC_ERROR_BAD_FORMAT. */
cc_enclave_result_t wants_find(const struct parts *evidence, const struct sources *sources,
                               struct wants *ret_wants) __attribute__((warn_unused_result));

/* What a service sent as the file is to be kept: PCCS send lists as hexadecimal digits, all others
 * DER. False: neither. */
bool answer_decode(const char *file, struct buf *body) __attribute__((warn_unused_result));

/* From when to when a file of that name holds: documents, lists, certificates. */
cc_enclave_result_t collateral_dates(const char *file, struct view bytes, uint64_t *ret_from_s,
                                     uint64_t *ret_until_s) __attribute__((warn_unused_result));

#endif
