/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/cbor.h"

/* RFC 8949, 3.1 */
enum {
    MAJOR_UINT = 0,
    MAJOR_NINT = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7,
    MAJOR_NONE = 8, /* no head could be read */
};

enum { INFO_ONE_BYTE = 24, INFO_TWO = 25, INFO_FOUR = 26, INFO_EIGHT = 27 };
enum { SIMPLE_FALSE = 20, SIMPLE_NULL = 22 };

struct head {
    unsigned major;
    uint64_t value;
};

static void head_put(struct writer *w, unsigned major, uint64_t value)
{
    uint8_t first = (uint8_t)(major << 5);

    if (value < INFO_ONE_BYTE) {
        writer_u8(w, (uint8_t)(first | value));
    } else if (value <= UINT8_MAX) {
        writer_u8(w, first | INFO_ONE_BYTE);
        writer_u8(w, (uint8_t)value);
    } else if (value <= UINT16_MAX) {
        writer_u8(w, first | INFO_TWO);
        writer_be16(w, (uint16_t)value);
    } else if (value <= UINT32_MAX) {
        writer_u8(w, first | INFO_FOUR);
        writer_be32(w, (uint32_t)value);
    } else {
        writer_u8(w, first | INFO_EIGHT);
        writer_be64(w, value);
    }
}

void cbor_put_uint(struct writer *w, uint64_t value)
{
    head_put(w, MAJOR_UINT, value);
}

void cbor_put_int(struct writer *w, int64_t value)
{
    if (value >= 0)
        head_put(w, MAJOR_UINT, (uint64_t)value);
    else
        head_put(w, MAJOR_NINT, ~(uint64_t)value); /* -1 - value */
}

void cbor_put_bytes(struct writer *w, struct view bytes)
{
    head_put(w, MAJOR_BYTES, bytes.size);
    writer_put(w, bytes);
}

void cbor_put_text(struct writer *w, struct view text)
{
    head_put(w, MAJOR_TEXT, text.size);
    writer_put(w, text);
}

void cbor_put_array(struct writer *w, size_t count)
{
    head_put(w, MAJOR_ARRAY, count);
}

void cbor_put_map(struct writer *w, size_t count)
{
    head_put(w, MAJOR_MAP, count);
}

void cbor_put_tag(struct writer *w, uint64_t tag)
{
    head_put(w, MAJOR_TAG, tag);
}

/* The argument after the first byte; *ret_least is the smallest value this width may carry. */
static uint64_t argument_take(struct reader *r, unsigned info, uint64_t *ret_least)
{
    *ret_least = 0;
    if (info < INFO_ONE_BYTE)
        return info;
    switch (info) {
    case INFO_ONE_BYTE:
        *ret_least = INFO_ONE_BYTE;
        return reader_u8(r);
    case INFO_TWO:
        *ret_least = (uint64_t)UINT8_MAX + 1;
        return reader_be16(r);
    case INFO_FOUR:
        *ret_least = (uint64_t)UINT16_MAX + 1;
        return reader_be32(r);
    case INFO_EIGHT:
        *ret_least = (uint64_t)UINT32_MAX + 1;
        return reader_be64(r);
    default: /* 28..30 reserved, 31 indefinite */
        r->failed = true;
        return 0;
    }
}

/* Shortest heads only (RFC 8949, 4.2.1); of the simple values false, true and null. */
static struct head head_take(struct reader *r)
{
    uint8_t first = reader_u8(r);
    struct head head = {.major = first >> 5};
    uint64_t least;

    head.value = argument_take(r, first & 31, &least);
    if (head.value < least)
        r->failed = true;
    if (head.major == MAJOR_SIMPLE &&
        (head.value < SIMPLE_FALSE || head.value > SIMPLE_NULL || (first & 31) >= INFO_ONE_BYTE))
        r->failed = true;
    return r->failed ? (struct head){MAJOR_NONE, 0} : head;
}

static uint64_t head_expect(struct reader *r, unsigned major)
{
    struct head head = head_take(r);

    if (head.major == major)
        return head.value;
    r->failed = true;
    return 0;
}

static struct view string_take(struct reader *r, uint64_t size)
{
    if (size > r->rest.size)
        r->failed = true;
    return r->failed ? VIEW_EMPTY : reader_take(r, (size_t)size);
}

uint64_t cbor_take_uint(struct reader *r)
{
    return head_expect(r, MAJOR_UINT);
}

int64_t cbor_take_int(struct reader *r)
{
    struct head head = head_take(r);

    if (head.major > MAJOR_NINT || head.value > INT64_MAX) {
        r->failed = true;
        return 0;
    }
    return head.major == MAJOR_UINT ? (int64_t)head.value : -1 - (int64_t)head.value;
}

struct view cbor_take_bytes(struct reader *r)
{
    return string_take(r, head_expect(r, MAJOR_BYTES));
}

/* How many continuation bytes follow, the least code point of that length; SIZE_MAX: no lead. */
static size_t utf8_lead(uint8_t lead, uint32_t *ret_point, uint32_t *ret_least)
{
    static const struct {
        uint8_t mask, value;
        uint32_t least;
    } LEADS[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t i = 0; i < sizeof LEADS / sizeof LEADS[0]; i++)
        if ((lead & LEADS[i].mask) == LEADS[i].value) {
            *ret_point = lead & (uint8_t)~LEADS[i].mask;
            *ret_least = LEADS[i].least;
            return i;
        }
    return SIZE_MAX;
}

/* RFC 3629, 3: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool utf8_valid(struct view text)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t point = 0, least = 0;
        size_t more = utf8_lead(text.data[at++], &point, &least);

        if (more > text.size - at)
            return false;
        for (; more > 0; more--, at++) {
            if ((text.data[at] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (text.data[at] & 0x3f);
        }
        if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
    }
    return true;
}

struct view cbor_take_text(struct reader *r)
{
    struct view text = string_take(r, head_expect(r, MAJOR_TEXT));

    if (utf8_valid(text))
        return text;
    r->failed = true;
    return VIEW_EMPTY;
}

static size_t count_take(struct reader *r, unsigned major, size_t max_count)
{
    uint64_t count = head_expect(r, major);

    if (count <= max_count)
        return (size_t)count;
    r->failed = true;
    return 0;
}

size_t cbor_take_array(struct reader *r, size_t max_count)
{
    return count_take(r, MAJOR_ARRAY, max_count);
}

size_t cbor_take_map(struct reader *r, size_t max_count)
{
    return count_take(r, MAJOR_MAP, max_count);
}

uint64_t cbor_take_tag(struct reader *r)
{
    return head_expect(r, MAJOR_TAG);
}

void cbor_expect_int(struct reader *r, int64_t value)
{
    if (cbor_take_int(r) != value)
        r->failed = true;
}

/* Bytewise order of encoded keys (RFC 8949, 4.2.1). */
static bool key_above(struct view last, struct view key)
{
    for (size_t i = 0; i < last.size && i < key.size; i++)
        if (last.data[i] != key.data[i])
            return last.data[i] < key.data[i];
    return last.size < key.size;
}

/* How an item is judged: how deep it may be, and whether keys stand in their order. */
struct strictness {
    unsigned depth;
    bool ordered;
};

static void item_check(struct reader *r, struct strictness how);

static void map_check(struct reader *r, uint64_t count, struct strictness how)
{
    struct view last = VIEW_EMPTY;

    for (; count > 0 && !r->failed; count--) {
        struct view before = r->rest;

        item_check(r, how);
        if (r->failed)
            return;
        before.size -= r->rest.size; /* now the encoded key */
        if (how.ordered && !key_above(last, before))
            r->failed = true;
        last = before;
        item_check(r, how);
    }
}

/* A count above the bytes left fails within those bytes: every item takes at least one. */
static void item_check(struct reader *r, struct strictness how)
{
    struct head head = head_take(r);
    struct strictness inner = {how.depth - 1, how.ordered};

    if (how.depth == 0)
        r->failed = true;
    if (r->failed)
        return;
    switch (head.major) {
    case MAJOR_BYTES:
        string_take(r, head.value);
        break;
    case MAJOR_TEXT:
        if (!utf8_valid(string_take(r, head.value)))
            r->failed = true;
        break;
    case MAJOR_ARRAY:
        for (; head.value > 0 && !r->failed; head.value--)
            item_check(r, inner);
        break;
    case MAJOR_MAP:
        map_check(r, head.value, inner);
        break;
    case MAJOR_TAG:
        item_check(r, inner);
        break;
    default: /* integers and simple values are their head */
        break;
    }
}

static struct view item_take(struct reader *r, bool ordered)
{
    struct view item = r->rest;

    item_check(r, (struct strictness){CBOR_DEPTH_MAX, ordered});
    if (r->failed)
        return VIEW_EMPTY;
    item.size -= r->rest.size;
    return item;
}

struct view cbor_take_item(struct reader *r)
{
    return item_take(r, true);
}

struct view cbor_take_foreign(struct reader *r)
{
    return item_take(r, false);
}

unsigned cbor_next(const struct reader *r)
{
    return r->failed || r->rest.size == 0 ? MAJOR_NONE : r->rest.data[0] >> 5;
}
