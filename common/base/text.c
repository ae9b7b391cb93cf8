/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/text.h"
#include <string.h>

static const char DIGITS[] = "0123456789abcdef";

static int digit_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void hex_format(struct view bytes, char *ret_text)
{
    for (size_t i = 0; i < bytes.size; i++) {
        *ret_text++ = DIGITS[bytes.data[i] >> 4];
        *ret_text++ = DIGITS[bytes.data[i] & 15];
    }
    *ret_text = '\0';
}

static bool hex_digits_parse(const char *text, uint8_t *ret_bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool hex_parse(const char *text, uint8_t *ret_bytes, size_t size)
{
    size_t digits;

    if (!size_mul(size, 2, &digits) || strlen(text) != digits)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (digit_value(text[i]) < 0)
            return false;
    return hex_digits_parse(text, ret_bytes, size);
}

/* Bytes of each of the five groups of a UUID. */
static const uint8_t GROUPS[] = {4, 2, 2, 2, 6};

void uuid_format(const struct uuid *uuid, char ret_text[UUID_TEXT_ROOM])
{
    size_t at = 0;

    for (size_t g = 0; g < sizeof GROUPS; g++) {
        if (g > 0)
            *ret_text++ = '-';
        hex_format((struct view){uuid->bytes + at, GROUPS[g]}, ret_text);
        ret_text += 2 * GROUPS[g];
        at += GROUPS[g];
    }
}

bool uuid_parse(struct view text, struct uuid *ret_uuid)
{
    const char *at = (const char *)text.data;
    struct uuid uuid;
    size_t filled = 0;

    if (text.size != UUID_TEXT_SIZE)
        return false;
    for (size_t g = 0; g < sizeof GROUPS; g++) {
        if (g > 0 && *at++ != '-')
            return false;
        if (!hex_digits_parse(at, uuid.bytes + filled, GROUPS[g]))
            return false;
        at += 2 * GROUPS[g];
        filled += GROUPS[g];
    }
    *ret_uuid = uuid;
    return true;
}

bool number_parse(const char *text, uint64_t max, uint64_t *ret_value)
{
    unsigned base = 10;
    uint64_t value = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        int digit = digit_value(*text);

        if (digit < 0 || (unsigned)digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *ret_value = value;
    return true;
}
