/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * text.h - bytes to text and back: hexadecimal, UUIDs (RFC 9562, 4), bounded number parsing.
 * Layer: common/base. Threads: no state. Outputs are written only on success.
 */
#ifndef CC_BASE_TEXT_H
#define CC_BASE_TEXT_H

#include "base/bytes.h"

enum { UUID_SIZE = 16, UUID_TEXT_SIZE = 36, UUID_TEXT_ROOM = 37 };

struct uuid {
    uint8_t bytes[UUID_SIZE]; /* network order, as written */
};

void hex_format(struct view bytes, char *ret_text); /* lower case; room for 2 * size + 1 */
bool hex_parse(const char *text, uint8_t *ret_bytes, size_t size); /* exactly 2 * size digits */

void uuid_format(const struct uuid *uuid, char ret_text[UUID_TEXT_ROOM]);
bool uuid_parse(struct view text, struct uuid *ret_uuid); /* exactly 8-4-4-4-12, either case */

/* Decimal, or hexadecimal after 0x; no sign, no space, nothing behind; at most max. */
bool number_parse(const char *text, uint64_t max, uint64_t *ret_value);

#endif
