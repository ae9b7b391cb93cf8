/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * replay.h - accepts each sequence number at most once, in any order within 1024 of the highest
 * seen (after RFC 6479).
 *
 * The bitmap is a ring of words; one word more than the window holds, so that moving on clears
 * whole words only. Check before decrypting, record after the tag was right.
 *
 * Layer: common/channel. Threads: one per struct replay.
 */
#ifndef CC_CHANNEL_REPLAY_H
#define CC_CHANNEL_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REPLAY_COUNT = 1024,
    REPLAY_WORD_BITS = 64,
    REPLAY_WORDS = 32, /* a power of two above REPLAY_COUNT / REPLAY_WORD_BITS */
};

struct replay {
    uint64_t next; /* one above the highest number recorded; all zero is the empty window */
    uint64_t words[REPLAY_WORDS];
};

bool replay_fresh(const struct replay *replay, uint64_t seq) __attribute__((warn_unused_result));
void replay_record(struct replay *replay, uint64_t seq); /* only after replay_fresh() said yes */

#endif
