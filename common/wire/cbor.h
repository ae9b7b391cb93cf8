/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cbor.h - the deterministic subset of CBOR that our messages use (RFC 8949, 4.2.1): definite
 * lengths, shortest heads, map keys in bytewise order without duplicates, bounded depth; integers,
 * byte and text strings, arrays, maps, tags, false, true and null. Anything else is refused.
 *
 * The functions work on the sticky reader and writer of base/bytes.h: a codec is written as the
 * message's layout and checked once, at the end.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_CBOR_H
#define CC_WIRE_CBOR_H

#include "base/bytes.h"

enum { CBOR_DEPTH_MAX = 8 };

void cbor_put_uint(struct writer *w, uint64_t value);
void cbor_put_int(struct writer *w, int64_t value);
void cbor_put_bytes(struct writer *w, struct view bytes);
void cbor_put_text(struct writer *w, struct view text); /* the caller vouches for UTF-8 */
void cbor_put_array(struct writer *w, size_t count);    /* then count items */
void cbor_put_map(struct writer *w, size_t count);      /* then count pairs, keys in order */
void cbor_put_tag(struct writer *w, uint64_t tag);      /* then one item */

/* Each takes one item of that type or fails the reader and yields zero. */
uint64_t cbor_take_uint(struct reader *r);
int64_t cbor_take_int(struct reader *r);
struct view cbor_take_bytes(struct reader *r); /* borrowed */
struct view cbor_take_text(struct reader *r);  /* borrowed; valid UTF-8 */
size_t cbor_take_array(struct reader *r, size_t max_count);
size_t cbor_take_map(struct reader *r, size_t max_count);
uint64_t cbor_take_tag(struct reader *r);

/* Fails the reader unless the next item is exactly this integer. */
void cbor_expect_int(struct reader *r, int64_t value);

/* One whole item of any kind, checked to be deterministic down to CBOR_DEPTH_MAX. */
struct view cbor_take_item(struct reader *r);

/* What follows next, by its major type (RFC 8949, 3.1); 8: nothing. */
unsigned cbor_next(const struct reader *r);
enum {
    CBOR_NEXT_UINT,
    CBOR_NEXT_NINT,
    CBOR_NEXT_BYTES,
    CBOR_NEXT_TEXT,
    CBOR_NEXT_ARRAY,
    CBOR_NEXT_MAP,
    CBOR_NEXT_TAG,
    CBOR_NEXT_SIMPLE
};

/* The same of an item that others encoded: keys in any order. Definite lengths, shortest heads and
 * the depth are asked for all the same. Who reads a map looks for keys that come twice. */
struct view cbor_take_foreign(struct reader *r);

#endif
