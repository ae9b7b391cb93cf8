/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cookie.h - what a client must send back when many handshakes are half open: it shows that the
 * client hears the answers, and costs this side no memory (as in RFC 8446, 4.2.2).
 *
 *   offset  size  field
 *        0     8  born_ms  of this side's clock, little-endian
 *        8    32  MAC      HMAC-SHA256(key, "sc2 cookie" | born_ms | SHA-256(HELLO up to EXT))
 *
 * The client learns nothing from it and changes nothing in it, so it is the enclave's alone.
 *
 * Layer: libtsecure_channel. Threads: no state.
 */
#ifndef TSECURE_CHANNEL_COOKIE_H
#define TSECURE_CHANNEL_COOKIE_H

#include "crypto/hash.h"
#include "wire/sc2.h"

enum { COOKIE_SIZE = 8 + SHA256_SIZE };

bool cookie_make(const struct secret *key, uint64_t now_ms, struct view hello_base,
                 uint8_t ret_cookie[static COOKIE_SIZE]) __attribute__((warn_unused_result));
/* Whether it was made for these bytes with this key, not longer ago than life_ms. */
bool cookie_good(const struct secret *key, uint64_t now_ms, uint64_t life_ms,
                 struct view hello_base, struct view cookie) __attribute__((warn_unused_result));

#endif
