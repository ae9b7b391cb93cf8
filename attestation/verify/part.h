/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * part.h - a part of a judgement that may be kept: what it found, what it said meanwhile, and from
 * when to when that holds. Later judgements repeat it from the cache when its input is the same
 * and the time is within; what failed is never kept.
 *
 * Layer: attestation/verify, private to it. Threads: what is kept is read-only.
 */
#ifndef VERIFY_PART_H
#define VERIFY_PART_H

#include "verify/cache.h"
#include "verify/intel_tcb.h"

enum { PART_IDS_SIZE = 16 + PCEID_SIZE + FMSPC_SIZE };

/* What parts of Intel's quotes yield: each sets its own members. */
struct part {
    struct kept head;
    struct window window;
    struct pubkey key;
    struct pck_info pck; /* points into ids */
    uint8_t ids[PART_IDS_SIZE];
    json_t *tcb_info, *qe_identity;
    size_t size;
    uint8_t *said; /* to be said again */
};

struct part_want {
    const char *label;        /* of its kind */
    const struct view *input; /* that it depends on, beside collateral, trusted keys and grace */
    size_t input_count;
    /* false after a reason. */
    bool (*make)(const struct judge *j, const void *arg, struct part *part);
    const void *arg;
};

/* Whether there is a cache for it at all. */
bool part_is_kept(const struct judge *j);

/* From the cache, or made; NULL after a reason. part_release() it. */
struct part *part_get(const struct judge *j, const struct part_want *want);
void part_release(struct part *part); /* NULL is fine */

#endif
