/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/bytes.h"
#include <stdlib.h>
#include <string.h>

struct view view_text(const char *text)
{
    return (struct view){(const uint8_t *)text, strlen(text)};
}

bool view_equal(struct view a, struct view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

struct reader reader_over(struct view message)
{
    return (struct reader){.rest = message, .failed = false};
}

struct view reader_take(struct reader *r, size_t size)
{
    struct view taken = VIEW_EMPTY;

    if (r->failed || size > r->rest.size) {
        r->failed = true;
        return taken;
    }
    if (size == 0)
        return taken;

    taken = (struct view){r->rest.data, size};
    r->rest.data += size;
    r->rest.size -= size;
    return taken;
}

/* The next size bytes as a number, least significant byte first; 0 after a failure. */
static uint64_t reader_little(struct reader *r, size_t size)
{
    struct view bytes = reader_take(r, size);
    uint64_t value = 0;

    for (size_t i = bytes.size; i > 0; i--)
        value = value << 8 | bytes.data[i - 1];
    return value;
}

static uint64_t reader_big(struct reader *r, size_t size)
{
    struct view bytes = reader_take(r, size);
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.size; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)reader_little(r, 1);
}

uint16_t reader_le16(struct reader *r)
{
    return (uint16_t)reader_little(r, 2);
}

uint32_t reader_le32(struct reader *r)
{
    return (uint32_t)reader_little(r, 4);
}

uint64_t reader_le64(struct reader *r)
{
    return reader_little(r, 8);
}

uint16_t reader_be16(struct reader *r)
{
    return (uint16_t)reader_big(r, 2);
}

uint32_t reader_be32(struct reader *r)
{
    return (uint32_t)reader_big(r, 4);
}

uint64_t reader_be64(struct reader *r)
{
    return reader_big(r, 8);
}

void reader_copy(struct reader *r, void *ret_data, size_t size)
{
    struct view bytes = reader_take(r, size);

    if (bytes.size == size && size > 0)
        memcpy(ret_data, bytes.data, size);
    else if (size > 0)
        memset(ret_data, 0, size);
}

bool reader_done(const struct reader *r)
{
    return !r->failed && r->rest.size == 0;
}

static void writer_big(struct writer *w, uint64_t value, size_t size)
{
    uint8_t *place = writer_claim(w, size);

    for (size_t i = 0; place != NULL && i < size; i++)
        place[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

void writer_be16(struct writer *w, uint16_t value)
{
    writer_big(w, value, 2);
}

void writer_be32(struct writer *w, uint32_t value)
{
    writer_big(w, value, 4);
}

void writer_be64(struct writer *w, uint64_t value)
{
    writer_big(w, value, 8);
}

void writer_put(struct writer *w, struct view bytes)
{
    uint8_t *place = writer_claim(w, bytes.size);

    if (place != NULL && bytes.size > 0)
        memcpy(place, bytes.data, bytes.size);
}

bool size_add(size_t a, size_t b, size_t *ret_sum)
{
    size_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret_sum = sum;
    return true;
}

bool size_mul(size_t a, size_t b, size_t *ret_product)
{
    size_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret_product = product;
    return true;
}

bool range_within(size_t offset, size_t size, size_t limit)
{
    return offset <= limit && size <= limit - offset;
}

bool equal_ct(struct view a, struct view b)
{
    volatile uint8_t diff = 0;

    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        diff |= (uint8_t)(a.data[i] ^ b.data[i]);
    return diff == 0;
}

void wipe(void *data, size_t size)
{
    if (size > 0)
        explicit_bzero(data, size);
}

bool buf_alloc(struct buf *ret_buf, size_t size)
{
    uint8_t *data = malloc(size > 0 ? size : 1);

    if (data == NULL)
        return false;
    memset(data, 0, size);
    *ret_buf = (struct buf){data, size};
    return true;
}

bool buf_copy(struct buf *ret_buf, struct view bytes)
{
    struct buf copy;

    if (!buf_alloc(&copy, bytes.size))
        return false;
    if (bytes.size > 0)
        memcpy(copy.data, bytes.data, bytes.size);
    *ret_buf = copy;
    return true;
}

void buf_move(struct buf *to, struct buf *from)
{
    *to = *from;
    *from = BUF_EMPTY;
}

struct view buf_view(const struct buf *b)
{
    return (struct view){b->data, b->size};
}

void buf_free(struct buf *b)
{
    if (b->data != NULL)
        wipe(b->data, b->size);
    free(b->data);
    *b = BUF_EMPTY;
}
