/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pem.h - base64 (RFC 4648, 4) and the PEM armour around it (RFC 7468), strict.
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_PEM_H
#define CC_WIRE_PEM_H

#include "base/bytes.h"

/* Padding required, no other character; false also when the writer has no room. */
bool base64_decode(struct view text, struct writer *w) __attribute__((warn_unused_result));
void base64_encode(struct view bytes, struct writer *w);

/* The same in the alphabet for URLs, without padding (RFC 4648, 5). */
bool base64url_decode(struct view text, struct writer *w) __attribute__((warn_unused_result));
void base64url_encode(struct view bytes, struct writer *w);

/* Exactly one block with this label ("CERTIFICATE"); white space around it and newlines in it. */
bool pem_decode(struct view text, const char *label, struct writer *w)
    __attribute__((warn_unused_result));
void pem_encode(struct view bytes, const char *label, struct writer *w); /* lines of 64 */

#endif
