/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * der.h - the few DER shapes (X.690, 10) that our certificates and keys consist of, over the sticky
 * reader and writer: one-byte tags, definite minimal lengths (read: below 16 MiB, for lists of
 * revoked certificates; written: below 64 KiB).
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_DER_H
#define CC_WIRE_DER_H

#include "base/bytes.h"

#define DER_TIME_MAX_S UINT64_C(253402300799) /* 9999-12-31T23:59:59Z */

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0, /* [0] constructed; [3] is DER_CONTEXT_0 + 3 */
};

/* Content of the next element, which must have this tag. */
struct view der_take(struct reader *r, uint8_t tag);
struct reader der_enter(struct reader *r, uint8_t tag);           /* the same, to read inside */
void der_leave(struct reader *outer, const struct reader *inner); /* inner must be read out */
bool der_next_is(const struct reader *r, uint8_t tag);            /* without consuming */

/* The next bytes must be exactly these. */
void der_expect(struct reader *r, struct view bytes);

/* A positive INTEGER, content without the sign byte, at most max_size bytes. */
struct view der_take_positive(struct reader *r, size_t max_size);

/* UTCTime through 2049, GeneralizedTime after (RFC 5280, 4.1.2.5), as seconds since 1970; a date
 * before 1970, without seconds or in another zone fails. */
uint64_t der_take_time(struct reader *r);
void der_put_time(struct writer *w, uint64_t seconds); /* fails above DER_TIME_MAX_S */

/* Opens an element; der_close() fixes its length once the content stands behind it. */
size_t der_open(struct writer *w, uint8_t tag);
void der_close(struct writer *w, size_t opened);
void der_put(struct writer *w, uint8_t tag, struct view content);
void der_put_positive(struct writer *w, struct view magnitude); /* big-endian, zeros stripped */

#endif
