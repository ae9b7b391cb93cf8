/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * window.h - accepts each sequence number at most once, in any order within 1024 of the highest
 * seen (after RFC 6479).
 *
 * The bitmap is a ring of words; one word more than the window holds, so that moving on clears
 * whole words only. Check before decrypting, record after the tag was right.
 *
 * Layer: common/channel. Threads: one per struct window.
 */
#ifndef CC_CHANNEL_WINDOW_H
#define CC_CHANNEL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WINDOW_COUNT = 1024,
    WINDOW_WORD_BITS = 64,
    WINDOW_WORDS = 32, /* a power of two above WINDOW_COUNT / WINDOW_WORD_BITS */
};

struct window {
    uint64_t next; /* one above the highest number recorded; all zero is the empty window */
    uint64_t words[WINDOW_WORDS];
};

bool window_fresh(const struct window *window, uint64_t seq) __attribute__((warn_unused_result));
void window_record(struct window *window, uint64_t seq); /* only after window_fresh() said yes */

#endif
