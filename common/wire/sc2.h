/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sc2.h - every byte of the secure channel SC2: the message header, the bodies of its seven message
 * types, and records (docs/protocol.md). All integers are little-endian.
 *
 * Decoded structs borrow from the message. A decoder accepts exactly one encoding of each value, so
 * that encoding what was decoded gives the same bytes; the transcript hashes rely on nothing else
 * than the bytes themselves.
 *
 * Layer: common/wire (pure: no allocation, no I/O, no crypto). Threads: no state.
 */
#ifndef CC_WIRE_SC2_H
#define CC_WIRE_SC2_H

#include "base/text.h"
#include "status.h"

enum {
    SC2_VERSION = 2,
    SC2_HEADER_SIZE = 32,
    SC2_BODY_MAX_SIZE = 10000, /* header, body and 24 bytes of application framing: below 10 KiB */
    SC2_MESSAGE_MAX_SIZE = SC2_HEADER_SIZE + SC2_BODY_MAX_SIZE,
    SC2_RECEIVE_MAX_SIZE = 0x3000, /* what a receiver takes, trailing bytes included */
    SC2_SUITES_MAX_COUNT = 8,
    SC2_NONCE_SIZE = 32,
    SC2_SHARE_MAX_SIZE = 1280, /* room for a hybrid share of 32 + 1184 bytes */
    SC2_MAC_SIZE = 32,
    SC2_EVIDENCE_MAX_SIZE = 8192,
    SC2_EXTS_MAX_COUNT = 8,
    SC2_EXTS_MAX_SIZE = 4096,
    SC2_COOKIE_MAX_SIZE = 64,
    SC2_CLIENT_POINT_SIZE = 65, /* CLIENT_KEY: P-256, uncompressed; then r | s */
    SC2_CLIENT_SIGNATURE_SIZE = 64,
    SC2_CLIENT_EVIDENCE_MAX_SIZE = 3072,
};

/* The second word of a DESTROY is zero: programs of the reference look for a 64-bit 10. */
enum sc2_type {
    SC2_HELLO = 1,
    SC2_HELLO_RSP = 2,
    SC2_FINISH = 5,
    SC2_FINISH_RSP = 6,
    SC2_ERROR = 7,
    SC2_DESTROY = 10,
    SC2_DESTROY_RSP = 12,
};

enum sc2_suite {
    SC2_SUITE_X25519 = 0x0001, /* these with HKDF-SHA256 and AES-256-GCM */
    SC2_SUITE_P256 = 0x0002,
    SC2_SUITE_X25519MLKEM768 = 0x0003, /* with OpenSSL 3.5 */
    SC2_SUITE_SM = 0x0101,             /* SM2's curve, SM3, SM4-GCM; with OpenSSL 3.1 */
};

/* Status of an ERROR beside the codes of status.h: send HELLO again with the suite named. */
#define SC2_STATUS_RETRY 0x53430001u

/* Extension types; the upper bit says that a receiver must understand it. */
enum sc2_ext_type {
    SC2_EXT_CRITICAL = 0x8000,
    SC2_EXT_COOKIE = 0x0001,                        /* ERROR RETRY, HELLO: to be sent back */
    SC2_EXT_SUITE = 0x0002 | SC2_EXT_CRITICAL,      /* ERROR RETRY: u16, the suite to use */
    SC2_EXT_RETRIED = 0x0003 | SC2_EXT_CRITICAL,    /* HELLO: u16, the suite that was refused */
    SC2_EXT_CLIENT_KEY = 0x0004 | SC2_EXT_CRITICAL, /* FINISH: point, signature */
    SC2_EXT_CLIENT_EVIDENCE = 0x0005 | SC2_EXT_CRITICAL, /* FINISH: a report */
    SC2_EXT_EVIDENCE_KIND = 0x0006 | SC2_EXT_CRITICAL,   /* reserved: HELLO_RSP */
};

/*
 * Message:
 *
 *   offset  size  field
 *        0     4  type        enum sc2_type
 *        4     4  flags       0
 *        8     8  session_id  chosen by the enclave; 0 in HELLO
 *       16     4  status      0, a code of status.h, or SC2_STATUS_RETRY; not authenticated
 *       20     2  version     2
 *       22     2  hdr_len     32
 *       24     4  body_len    0 .. 10000
 *       28     4  zero        0
 *       32     n  body        what follows it is ignored
 */
struct sc2_message {
    enum sc2_type type;
    uint64_t session_id;
    uint32_t status;
    struct view body;
};

/* 76: short or ill-formed; 71: oversize; 74: another version or an unknown type. */
cc_enclave_result_t sc2_message_decode(struct view bytes, struct sc2_message *ret_message)
    __attribute__((warn_unused_result));
void sc2_message_encode(const struct sc2_message *message, struct writer *w);

/*
 * Extensions, at the end of most bodies:
 *
 *   offset  size  field
 *        0     2  total  bytes that follow, 0 .. 4096
 *        2     2  type   ascending without the upper bit, hence each at most once
 *        4     2  size
 *        6     n  data   then the next type
 */
struct sc2_ext {
    uint16_t type;
    struct view data;
};

struct sc2_exts {
    struct sc2_ext item[SC2_EXTS_MAX_COUNT];
    size_t count;
};

const struct sc2_ext *sc2_exts_find(const struct sc2_exts *exts, uint16_t type); /* or NULL */
/* The u16 of an extension, or 0 when it is absent. */
uint16_t sc2_exts_u16(const struct sc2_exts *exts, uint16_t type);
/* Appends; data must outlive exts. False: no room. */
bool sc2_exts_add(struct sc2_exts *exts, uint16_t type, struct view data)
    __attribute__((warn_unused_result));

/*
 * HELLO, client to enclave:
 *
 *   offset  size  field
 *        0     2  suite_count  1 .. 8
 *        2    2n  suites       most wanted first, no duplicates; share is for suites[0]
 *          +  36  uuid         of the enclave wanted, text form of RFC 9562
 *          +  32  nonce        fresh
 *          +   2  share_size   1 .. 1280
 *          +   n  share        the client's ephemeral public key
 *          +   n  extensions   COOKIE, RETRIED
 */
struct sc2_hello {
    uint16_t suites[SC2_SUITES_MAX_COUNT];
    size_t suite_count;
    struct uuid uuid;
    struct view uuid_text;
    struct view nonce;
    struct view share;
    struct sc2_exts exts;
    struct view base; /* all but the extensions; set by decode only */
};

cc_enclave_result_t sc2_hello_decode(struct view body, struct sc2_hello *ret_hello)
    __attribute__((warn_unused_result));
void sc2_hello_encode(const struct sc2_hello *hello, struct writer *w);

/*
 * HELLO_RSP, enclave to client; the part before evidence_size is R of the key schedule:
 *
 *   offset  size  field
 *        0     2  suite          suites[0] of the HELLO
 *        2     8  session_id     upper 32 bits not zero
 *       10    32  nonce          fresh
 *       42     2  share_size     1 .. 1280
 *       44     n  share          the enclave's ephemeral public key
 *          +   n  extensions     none known
 *          +   4  evidence_size  1 .. 8192
 *          +   n  evidence       a report of the device, for this session only
 *          +  32  fin_s          MAC
 */
struct sc2_hello_rsp {
    uint16_t suite;
    uint64_t session_id;
    struct view nonce;
    struct view share;
    struct sc2_exts exts;
    struct view head; /* R; set by decode only */
    struct view evidence;
    struct view fin_s;
};

cc_enclave_result_t sc2_hello_rsp_decode(struct view body, struct sc2_hello_rsp *ret_rsp)
    __attribute__((warn_unused_result));
void sc2_hello_rsp_head_encode(const struct sc2_hello_rsp *rsp, struct writer *w); /* R alone */
void sc2_hello_rsp_encode(const struct sc2_hello_rsp *rsp, struct writer *w);

/*
 * FINISH, client to enclave; the part before fin_c is F of the key schedule:
 *
 *   offset  size  field
 *        0     n  extensions  CLIENT_KEY or CLIENT_EVIDENCE
 *          +  32  fin_c       MAC
 */
struct sc2_finish {
    struct sc2_exts exts;
    struct view head; /* F; set by decode only */
    struct view fin_c;
};

cc_enclave_result_t sc2_finish_decode(struct view body, struct sc2_finish *ret_finish)
    __attribute__((warn_unused_result));
void sc2_finish_head_encode(const struct sc2_finish *finish, struct writer *w); /* F alone */
void sc2_finish_encode(const struct sc2_finish *finish, struct writer *w);

/*
 * FINISH_RSP, enclave to client:
 *
 *   offset  size  field
 *        0    32  ack  MAC
 */
cc_enclave_result_t sc2_finish_rsp_decode(struct view body, struct view *ret_ack)
    __attribute__((warn_unused_result));

/*
 * ERROR, enclave to client; not authenticated, so it can only cost availability:
 *
 *   offset  size  field
 *        0     n  extensions  with status RETRY: COOKIE or SUITE
 */
cc_enclave_result_t sc2_error_decode(struct view body, struct sc2_exts *ret_exts)
    __attribute__((warn_unused_result));
void sc2_error_encode(const struct sc2_exts *exts, struct writer *w);

/*
 * Record; also the whole body of DESTROY, with CLOSE and no data. DESTROY_RSP has no body.
 *
 *   offset  size  field
 *        0     8  session_id  upper 32 bits not zero
 *        8     4  data_size   0 .. 2^30
 *       12     2  epoch       0
 *       14     1  version     2
 *       15     1  flags       enum sc2_record_flag
 *       16     8  seq         from 0, one sequence for each direction
 *       24     n  data        AES-256-GCM; bytes 0 .. 15 are the additional data
 *     24+n    16  tag
 */
enum {
    SC2_RECORD_HEADER_SIZE = 24,
    SC2_RECORD_AAD_SIZE = 16, /* all but seq, which is in the nonce */
    SC2_RECORD_TAG_SIZE = 16,
    SC2_RECORD_OVERHEAD_SIZE = SC2_RECORD_HEADER_SIZE + SC2_RECORD_TAG_SIZE,
    SC2_RECORD_DATA_MAX_SIZE = 1 << 30,
};

enum sc2_record_flag {
    SC2_RECORD_TO_CLIENT = 1 << 0,
    SC2_RECORD_CLOSE = 1 << 1,
    SC2_RECORD_FLAGS = (1 << 2) - 1,
};

struct sc2_record {
    uint64_t session_id;
    uint16_t epoch;
    uint8_t flags;
    uint64_t seq;
    struct view data;
    struct view tag;
};

/* 66: sizes disagree; 83: anything else. */
cc_enclave_result_t sc2_record_decode(struct view bytes, struct sc2_record *ret_record)
    __attribute__((warn_unused_result));
/*
 * The first 24 bytes; the rest is what the cipher writes. Data of at most SC2_RECORD_DATA_MAX_SIZE.
 * Three words, for it is on the path of each record: size, epoch, version and flags in the middle.
 */
static inline void sc2_record_header_encode(const struct sc2_record *record,
                                            uint8_t ret_header[static SC2_RECORD_HEADER_SIZE])
{
    const uint64_t words[] = {
        htole64(record->session_id),
        htole64((uint64_t)(uint32_t)record->data.size | (uint64_t)record->epoch << 32 |
                (uint64_t)SC2_VERSION << 48 | (uint64_t)record->flags << 56),
        htole64(record->seq),
    };

    _Static_assert(sizeof words == SC2_RECORD_HEADER_SIZE, "the header is three words");
    memcpy(ret_header, words, sizeof words);
}
/* Chosen so that no record can be taken for a DESTROY message. */
bool sc2_session_id_valid(uint64_t session_id);

#endif
