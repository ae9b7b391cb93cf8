/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/der.h"
#include <string.h>

enum {
    LENGTH_SHORT_MAX = 0x7f,
    LENGTH_ONE = 0x81,
    LENGTH_TWO = 0x82,
    LENGTH_THREE = 0x83,
    SIGN_BIT = 0x80
};

/* X.690, 10.1: the shortest form only. */
static size_t length_take(struct reader *r)
{
    size_t first = reader_u8(r);
    size_t size = first;
    size_t least = 0;

    if (first == LENGTH_ONE) {
        size = reader_u8(r);
        least = LENGTH_SHORT_MAX + 1;
    } else if (first == LENGTH_TWO) {
        size = reader_be16(r);
        least = UINT8_MAX + 1;
    } else if (first == LENGTH_THREE) {
        size = (size_t)reader_u8(r) << 16;
        size |= reader_be16(r);
        least = UINT16_MAX + 1;
    } else if (first > LENGTH_SHORT_MAX) {
        r->failed = true;
    }
    if (size < least)
        r->failed = true;
    return size;
}

struct view der_take(struct reader *r, uint8_t tag)
{
    size_t size;

    if (reader_u8(r) != tag)
        r->failed = true;
    size = length_take(r);
    return reader_take(r, size);
}

struct reader der_enter(struct reader *r, uint8_t tag)
{
    struct reader inner = reader_over(der_take(r, tag));

    inner.failed = r->failed;
    return inner;
}

void der_leave(struct reader *outer, const struct reader *inner)
{
    if (!reader_done(inner))
        outer->failed = true;
}

bool der_next_is(const struct reader *r, uint8_t tag)
{
    return !r->failed && r->rest.size > 0 && r->rest.data[0] == tag;
}

void der_expect(struct reader *r, struct view bytes)
{
    if (!view_equal(reader_take(r, bytes.size), bytes))
        r->failed = true;
}

struct view der_take_positive(struct reader *r, size_t max_size)
{
    struct view v = der_take(r, DER_INTEGER);

    /* X.690, 8.3.2: a leading zero only before a sign bit; negative and zero are refused. */
    if (v.size > 1 && v.data[0] == 0 && (v.data[1] & SIGN_BIT) != 0)
        v = (struct view){v.data + 1, v.size - 1};
    else if (v.size == 0 || v.data[0] == 0 || (v.data[0] & SIGN_BIT) != 0)
        r->failed = true;
    if (v.size > max_size)
        r->failed = true;
    return r->failed ? VIEW_EMPTY : v;
}

size_t der_open(struct writer *w, uint8_t tag)
{
    writer_u8(w, tag);
    writer_u8(w, 0);
    return w->size;
}

void der_close(struct writer *w, size_t opened)
{
    size_t size, extra;

    if (w->failed)
        return;
    size = w->size - opened;
    extra = size <= LENGTH_SHORT_MAX ? 0 : size <= UINT8_MAX ? 1 : 2;
    if (size > UINT16_MAX || writer_claim(w, extra) == NULL) {
        w->failed = true;
        return;
    }
    memmove(w->data + opened + extra, w->data + opened, size);
    if (extra == 0) {
        w->data[opened - 1] = (uint8_t)size;
    } else if (extra == 1) {
        w->data[opened - 1] = LENGTH_ONE;
        w->data[opened] = (uint8_t)size;
    } else {
        w->data[opened - 1] = LENGTH_TWO;
        w->data[opened] = (uint8_t)(size >> 8);
        w->data[opened + 1] = (uint8_t)size;
    }
}

void der_put(struct writer *w, uint8_t tag, struct view content)
{
    size_t opened = der_open(w, tag);

    writer_put(w, content);
    der_close(w, opened);
}

void der_put_positive(struct writer *w, struct view magnitude)
{
    size_t opened = der_open(w, DER_INTEGER);

    while (magnitude.size > 0 && magnitude.data[0] == 0)
        magnitude = (struct view){magnitude.data + 1, magnitude.size - 1};
    if (magnitude.size == 0)
        w->failed = true; /* zero is not positive */
    else if ((magnitude.data[0] & SIGN_BIT) != 0)
        writer_u8(w, 0);
    writer_put(w, magnitude);
    der_close(w, opened);
}
