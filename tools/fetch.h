/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fetch.h - one document from one URL, bounded, by libcurl; fetch_none.c stands in where the build
 * found no libcurl. What comes is signed by its vendor and checked by whoever uses it.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_FETCH_H
#define TOOLS_FETCH_H

#include "base/bytes.h"
#include "status.h"

enum { FETCH_MAX_SIZE = 1 << 20, FETCH_HEADER_ROOM = 16 << 10, FETCH_TIMEOUT_S = 30 };

/* How far it came. */
enum fetch_step { FETCH_ANSWERED, FETCH_URL, FETCH_DNS, FETCH_CONNECT, FETCH_TLS, FETCH_TRANSFER };

struct fetched {
    enum fetch_step step;
    long status; /* of HTTP, where it answered */
    struct buf body;
    char header[FETCH_HEADER_ROOM]; /* the one that was asked for, its %XX undone; "": none came */
    bool says_wait;                 /* Retry-After stands in it: */
    uint64_t wait_s;
    uint64_t date_s; /* the server's clock; 0: it said none */
    char why[256];   /* where it did not answer */
};

/* https, or http; no redirects. header may be NULL. False only when there is no libcurl, with the
 * detail; fetched_free() in any case. */
bool fetch_get(const char *url, const char *header, struct fetched *ret)
    __attribute__((warn_unused_result));
/* "libcurl/8.1 ..."; NULL: built without. */
const char *fetch_version(void);
void fetched_free(struct fetched *fetched);

#endif
