/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bytes.h - the shapes bytes take here: a view borrows, a reader consumes a view, a writer fills
 * room that somebody else owns, a buf owns.
 *
 * Reader and writer are sticky: after the first failure every later call does nothing and yields
 * zero, so a codec is written as the message's layout and checked once, at the end. Never branch,
 * allocate or loop on a decoded value before that check. What stands on the path of a record is
 * inline.
 *
 * Layer: common/base (libc only). Threads: no shared state; one thread per object.
 */
#ifndef CC_BASE_BYTES_H
#define CC_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
    const uint8_t *data; /* borrowed: valid while its owner lives */
    size_t size;         /* bytes; data may be NULL only when 0 */
};

struct reader {
    struct view rest; /* not consumed yet */
    bool failed;      /* once set, never cleared */
};

struct writer {
    uint8_t *data; /* borrowed */
    size_t room;   /* bytes at data */
    size_t size;   /* bytes written; never above room */
    bool failed;   /* something did not fit; once set, never cleared */
};

struct buf {
    uint8_t *data; /* owned: wiped and released by buf_free() */
    size_t size;   /* bytes */
};

#define BUF_EMPTY ((struct buf){NULL, 0})
#define VIEW_EMPTY ((struct view){NULL, 0})
#define VIEW_OF(array) ((struct view){(const uint8_t *)(array), sizeof(array)})

static inline struct view view_of(const void *data, size_t size)
{
    return (struct view){data, size};
}

struct view view_text(const char *text);       /* without the terminator */
bool view_equal(struct view a, struct view b); /* not constant time: public data only */

struct reader reader_over(struct view message);
uint8_t reader_u8(struct reader *r);
uint16_t reader_le16(struct reader *r);
uint32_t reader_le32(struct reader *r);
uint64_t reader_le64(struct reader *r);
uint16_t reader_be16(struct reader *r);
uint32_t reader_be32(struct reader *r);
uint64_t reader_be64(struct reader *r);
struct view reader_take(struct reader *r, size_t size);
void reader_copy(struct reader *r, void *ret_data, size_t size); /* zeroes on failure */
bool reader_done(const struct reader *r);                        /* all read, nothing left over */

static inline struct writer writer_over(void *data, size_t room)
{
    return (struct writer){.data = data, .room = room, .size = 0, .failed = false};
}

/* NULL when it does not fit. */
static inline uint8_t *writer_claim(struct writer *w, size_t size)
{
    uint8_t *place;

    if (w->failed || size > w->room - w->size) {
        w->failed = true;
        return NULL;
    }
    place = w->data + w->size;
    w->size += size;
    return place;
}

/* Inline, so that each size becomes one store. */
static inline void writer_little(struct writer *w, uint64_t value, size_t size)
{
    uint8_t *place = writer_claim(w, size);

    value = htole64(value);
    if (place != NULL)
        memcpy(place, &value, size); /* the low bytes come first */
}

static inline void writer_u8(struct writer *w, uint8_t value)
{
    writer_little(w, value, 1);
}

static inline void writer_le16(struct writer *w, uint16_t value)
{
    writer_little(w, value, 2);
}

static inline void writer_le32(struct writer *w, uint32_t value)
{
    writer_little(w, value, 4);
}

static inline void writer_le64(struct writer *w, uint64_t value)
{
    writer_little(w, value, 8);
}

void writer_be16(struct writer *w, uint16_t value);
void writer_be32(struct writer *w, uint32_t value);
void writer_be64(struct writer *w, uint64_t value);
void writer_put(struct writer *w, struct view bytes);
/* What was written so far. */
static inline struct view writer_view(const struct writer *w)
{
    return (struct view){w->data, w->size};
}

bool size_add(size_t a, size_t b, size_t *ret_sum) __attribute__((warn_unused_result));
bool size_mul(size_t a, size_t b, size_t *ret_product) __attribute__((warn_unused_result));
bool range_within(size_t offset, size_t size, size_t limit); /* [offset, offset+size) <= limit */

bool equal_ct(struct view a, struct view b); /* time depends on sizes only */
void wipe(void *data, size_t size);          /* never optimised away */
/* The same without a call, for few bytes of a size that compilers know. Piece by piece, or they may
 * make it one instruction that takes as long as a tenth of a switchless call. */
static inline void wipe_few(void *data, size_t size)
{
    enum { PIECE = 16 };
    uint8_t *at = data;

    for (size_t pieces = size / PIECE; pieces > 0; pieces--, at += PIECE) {
        memset(at, 0, PIECE);
        __asm__ volatile("" : : "r"(at) : "memory");
    }
    memset(at, 0, size % PIECE);
    __asm__ volatile("" : : "r"(at) : "memory");
}

bool buf_alloc(struct buf *ret_buf, size_t size) __attribute__((warn_unused_result)); /* zeroed */
bool buf_copy(struct buf *ret_buf, struct view bytes) __attribute__((warn_unused_result));
void buf_move(struct buf *to, struct buf *from); /* from becomes BUF_EMPTY */
struct view buf_view(const struct buf *b);
void buf_free(struct buf *b); /* wipes; BUF_EMPTY is fine */

#endif
