/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * batch.h - many calls in the frames of one task (SLOT_KIND_BATCH): in the in frame a head that
 * describes each call, then the calls' own in frames; in the out frame the result code of each,
 * then their own out frames; each frame at a multiple of 16, in the order of the calls.
 *
 * Layer: common/wire. Threads: pure. Attacker: the host, for the enclave, which walks a private
 * copy of the in frame; the enclave, for the host, which knows where it asked results to be.
 */
#ifndef CC_WIRE_BATCH_H
#define CC_WIRE_BATCH_H

#include "base/bytes.h"

enum { BATCH_CALLS_MAX = 512 };

/* Native: both sides are one machine. */
struct batch_call {
    uint32_t function; /* a position in the EDL's table */
    uint32_t in_size;  /* bytes of its own frames */
    uint32_t out_size;
    uint32_t zero;
};

/* Bytes in front of the calls' own frames, padded. */
size_t batch_in_head(uint32_t count);
size_t batch_out_head(uint32_t count);

struct batch_part {
    struct batch_call call;
    size_t in_at; /* of its frames, in the whole ones */
    size_t out_at;
};

/* From part to part; all zero but for count, in and out_room in the beginning. */
struct batch_walk {
    uint32_t count;
    struct view in;
    size_t out_room;
    uint32_t done;
    size_t in_at; /* behind the frames of those that are done */
    size_t out_at;
};

/* The next call; false: a frame does not lie wholly in the room that there is, or a size is odd. */
bool batch_next(struct batch_walk *walk, struct batch_part *ret_part)
    __attribute__((warn_unused_result));

#endif
