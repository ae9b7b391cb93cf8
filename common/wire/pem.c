/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/pem.h"

enum { LINE_SIZE = 48, QUAD = 4 }; /* bytes behind a line of 64 characters */

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Each letter's number and one; 0: not of the alphabet. */
static const uint8_t NUMBERS[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

static int sextet(uint8_t c)
{
    return NUMBERS[c] - 1;
}

/* One group; pad is how many '=' end it. Unused bits must be zero (RFC 4648, 3.5). */
static bool quad_decode(const uint8_t *quad, size_t pad, struct writer *w)
{
    uint8_t bytes[3];
    uint32_t bits = 0;

    for (size_t i = 0; i < QUAD; i++) {
        int value = i < QUAD - pad ? sextet(quad[i]) : 0;

        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    if ((bits & ((1u << 8 * pad) - 1)) != 0)
        return false;
    bytes[0] = (uint8_t)(bits >> 16);
    bytes[1] = (uint8_t)(bits >> 8);
    bytes[2] = (uint8_t)bits;
    writer_put(w, view_of(bytes, 3 - pad));
    return !w->failed;
}

/* Groups without padding; false: a letter that is none of the alphabet. */
static bool groups_decode(const uint8_t *text, size_t count, uint8_t *out)
{
    bool good = true;

    for (; count > 0; count--, text += QUAD, out += 3) {
        uint32_t a = NUMBERS[text[0]], b = NUMBERS[text[1]];
        uint32_t c = NUMBERS[text[2]], d = NUMBERS[text[3]];
        uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

        good = good && a != 0 && b != 0 && c != 0 && d != 0;
        out[0] = (uint8_t)(bits >> 16);
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)bits;
    }
    return good;
}

/* Only the last group may be padded. */
bool base64_decode(struct view text, struct writer *w)
{
    size_t whole = text.size > 0 ? text.size / QUAD - 1 : 0, pad = 0;
    const uint8_t *last;
    uint8_t *out;

    if (text.size % QUAD != 0)
        return false;
    if (text.size == 0)
        return true;
    out = writer_claim(w, 3 * whole);
    if (out == NULL || !groups_decode(text.data, whole, out))
        return false;
    last = text.data + QUAD * whole;
    if (last[3] == '=')
        pad = last[2] == '=' ? 2 : 1;
    return quad_decode(last, pad, w);
}

void base64_encode(struct view bytes, struct writer *w)
{
    for (size_t at = 0; at < bytes.size; at += 3) {
        size_t left = bytes.size - at;
        uint32_t bits = (uint32_t)bytes.data[at] << 16;

        if (left > 1)
            bits |= (uint32_t)bytes.data[at + 1] << 8;
        if (left > 2)
            bits |= bytes.data[at + 2];
        writer_u8(w, (uint8_t)ALPHABET[bits >> 18]);
        writer_u8(w, (uint8_t)ALPHABET[bits >> 12 & 63]);
        writer_u8(w, (uint8_t)(left > 1 ? ALPHABET[bits >> 6 & 63] : '='));
        writer_u8(w, (uint8_t)(left > 2 ? ALPHABET[bits & 63] : '='));
    }
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void spaces_skip(struct reader *r)
{
    while (!r->failed && r->rest.size > 0 && is_space(r->rest.data[0]))
        reader_take(r, 1);
}

static void text_expect(struct reader *r, const char *text)
{
    struct view expected = view_text(text);

    if (!view_equal(reader_take(r, expected.size), expected))
        r->failed = true;
}

static void boundary_expect(struct reader *r, const char *kind, const char *label)
{
    text_expect(r, kind);
    text_expect(r, label);
    text_expect(r, "-----");
}

/* Letters and padding without a space, as far as they are whole groups. */
static struct view groups_take(struct reader *r)
{
    size_t size = 0;

    while (size < r->rest.size && (NUMBERS[r->rest.data[size]] != 0 || r->rest.data[size] == '='))
        size++;
    return reader_take(r, size - size % QUAD);
}

bool pem_decode(struct view text, const char *label, struct writer *w)
{
    struct reader r = reader_over(text);
    uint8_t quad[QUAD];
    size_t filled = 0;
    bool ended = false;

    spaces_skip(&r);
    boundary_expect(&r, "-----BEGIN ", label);
    for (spaces_skip(&r); !r.failed && r.rest.size > 0 && r.rest.data[0] != '-'; spaces_skip(&r)) {
        struct view groups = filled == 0 && !ended ? groups_take(&r) : VIEW_EMPTY;

        if (groups.size > 0) {
            if (!base64_decode(groups, w))
                return false;
            ended = groups.data[groups.size - 1] == '=';
            continue;
        }
        quad[filled++] = reader_u8(&r);
        if (filled < QUAD)
            continue;
        if (ended || !base64_decode(VIEW_OF(quad), w))
            return false;
        ended = quad[QUAD - 1] == '='; /* padding ends it */
        filled = 0;
    }
    boundary_expect(&r, "-----END ", label);
    spaces_skip(&r);
    return reader_done(&r) && filled == 0 && !w->failed;
}

void pem_encode(struct view bytes, const char *label, struct writer *w)
{
    writer_put(w, view_text("-----BEGIN "));
    writer_put(w, view_text(label));
    writer_put(w, view_text("-----\n"));
    for (size_t at = 0; at < bytes.size; at += LINE_SIZE) {
        size_t left = bytes.size - at;

        base64_encode(view_of(bytes.data + at, left < LINE_SIZE ? left : LINE_SIZE), w);
        writer_u8(w, '\n');
    }
    writer_put(w, view_text("-----END "));
    writer_put(w, view_text(label));
    writer_put(w, view_text("-----\n"));
}

bool base64url_decode(struct view text, struct writer *w)
{
    for (size_t at = 0; at < text.size; at += QUAD) {
        uint8_t quad[QUAD] = {'=', '=', '=', '='};
        size_t size = text.size - at < QUAD ? text.size - at : QUAD;

        for (size_t i = 0; i < size; i++) {
            uint8_t c = text.data[at + i];

            quad[i] = c == '-' ? '+' : c == '_' ? '/' : c;
            if (c == '+' || c == '/' || c == '=')
                return false;
        }
        if (size < 2 || !quad_decode(quad, QUAD - size, w))
            return false;
    }
    return true;
}

void base64url_encode(struct view bytes, struct writer *w)
{
    for (size_t at = 0; at < bytes.size; at += 3) {
        size_t left = bytes.size - at < 3 ? bytes.size - at : 3;
        uint8_t quad[QUAD];
        struct writer q = writer_over(quad, sizeof quad);

        base64_encode(view_of(bytes.data + at, left), &q);
        for (size_t i = 0; i <= left; i++)
            writer_u8(w, quad[i] == '+' ? '-' : quad[i] == '/' ? '_' : quad[i]);
    }
}
