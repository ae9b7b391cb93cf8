/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * session.h - records of an established channel: one key, counter and lock for each direction, so
 * that sealing and opening run in parallel and sessions never wait for each other.
 *
 * Sizes follow the public convention: an output that is NULL or too small sets *size to what is
 * needed, returns CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH and does nothing else; in particular it uses up
 * no sequence number. Whatever fails in opening wipes the output.
 *
 * Layer: common/channel. Threads: any number on one session, between init and done.
 */
#ifndef CC_CHANNEL_SESSION_H
#define CC_CHANNEL_SESSION_H

#include "base/lock.h"
#include "channel/replay.h"
#include "channel/schedule.h"

/*
 * A key is used for at most 2^24 records and 2^36 bytes (2^32 blocks: far below the 2^48.5 of
 * draft-irtf-cfrg-aead-limits for 2^-57) and about an hour; then the sender turns to the next
 * epoch's. The receiver turns with the first record of it that authenticates, and takes records of
 * the epoch before for half a minute more.
 */
#define SESSION_RECORDS_MAX_COUNT (UINT64_C(1) << 24)
#define SESSION_BYTES_MAX_SIZE (UINT64_C(1) << 36)
#define SESSION_EPOCH_MAX_MS UINT64_C(3600000)
#define SESSION_GRACE_MS UINT64_C(30000)
enum { SESSION_EPOCH_LAST = UINT16_MAX, SESSION_CLOCK_EVERY_COUNT = 16 };

/* 0 is the value above; larger than that counts as that. */
struct session_limits {
    uint64_t epoch_records;
    uint64_t epoch_bytes;
    uint64_t epoch_ms;
    uint64_t age_ms; /* of the whole session, hence of what was attested; 0: none */
};

enum session_side { SESSION_CLIENT, SESSION_ENCLAVE };

/* Where a record lies: in memory of our own, or in some that an attacker writes to at any time. */
enum session_place { SESSION_PRIVATE, SESSION_SHARED };

struct session_sender {
    struct lock lock;
    struct aead aead;
    uint8_t iv[AEAD_NONCE_SIZE];
    uint64_t seq;        /* of the next record, in all epochs */
    uint64_t check_at;   /* the clock and the limits are looked at from this seq on */
    uint64_t bytes_left; /* of this epoch */
    bool closed;         /* a CLOSE went out */
    uint16_t epoch;
    uint64_t epoch_seq; /* the first of this epoch */
    uint64_t epoch_born_ms;
    struct secret secret; /* of this epoch */
    enum hash_alg hash;   /* of the suite: struct traffic_key */
};

struct receiver_key {
    struct aead aead; /* no context: there is none */
    uint8_t iv[AEAD_NONCE_SIZE];
};

struct session_receiver {
    struct lock lock;
    uint16_t epoch;
    bool closed; /* a CLOSE came in */
    struct receiver_key now;
    struct replay replay;       /* one for all epochs: a seq is used once in a direction */
    struct receiver_key before; /* of epoch - 1, until it expires */
    struct receiver_key next;   /* of epoch + 1, when a record claimed to be of it */
    struct secret secret;       /* of epoch */
    struct secret next_secret;  /* of epoch + 1, when there is next */
    uint64_t turned_ms;         /* when before was now */
    enum hash_alg hash;         /* of the suite */
    uint64_t epoch_low;         /* lowest seq of epoch so far: before's are lower */
};

struct session {
    uint64_t id;
    enum session_side side;
    struct session_limits limits;
    uint64_t born_ms;
    struct session_sender sender;
    struct session_receiver receiver;
    struct secret exporter;
};

/* False: out of memory; nothing to release. limits may be NULL. */
bool session_init(struct session *session, enum session_side side, uint64_t id,
                  const struct traffic_keys *keys, const struct session_limits *limits)
    __attribute__((warn_unused_result));
void session_done(struct session *session);

/* This process's own monotonic clock, to some milliseconds; nobody outside can turn it. */
uint64_t session_now_ms(void);
/* Milliseconds since then; 0 when another thread looked at the clock later. */
static inline uint64_t elapsed_ms(uint64_t since_ms, uint64_t now_ms)
{
    return now_ms > since_ms ? now_ms - since_ms : 0;
}
/* Older than it may become. */
bool session_over(const struct session *session, uint64_t now_ms);
/* Forgets what is kept of an epoch that is over. Optional: using the session does it, too. */
void session_tick(struct session *session, uint64_t now_ms);

/* 65, CC_ERROR_BAD_PARAMETERS (empty, too large, overlapping), 86 (too old, closed), 82. */
cc_enclave_result_t session_seal(struct session *session, struct view plain, void *ret_record,
                                 size_t *record_size) __attribute__((warn_unused_result));
/* The same for a caller who sees to it that nobody else seals, closes or ends the session
 * meanwhile. */
cc_enclave_result_t session_seal_alone(struct session *session, struct view plain, void *ret_record,
                                       size_t *record_size) __attribute__((warn_unused_result));
/* The same into memory that the host shares. */
cc_enclave_result_t session_seal_shared(struct session *session, struct view plain,
                                        void *ret_record, size_t *record_size)
    __attribute__((warn_unused_result));
/* 65, 66 (sizes disagree), 67 (of another session), 83 (anything else), 86 (closed). */
cc_enclave_result_t session_open(struct session *session, struct view record, void *ret_plain,
                                 size_t *plain_size) __attribute__((warn_unused_result));
/* The same from memory that the host shares; the plaintext is ours. */
cc_enclave_result_t session_open_shared(struct session *session, struct view record,
                                        void *ret_plain, size_t *plain_size)
    __attribute__((warn_unused_result));

/* Bytes that only the two ends know (docs/protocol.md, "Exporter"); CC_ERROR_BAD_PARAMETERS, 78. */
cc_enclave_result_t session_export(const struct session *session, struct view label,
                                   struct view context, void *ret_data, size_t size)
    __attribute__((warn_unused_result));

/* The body of DESTROY; afterwards this side seals nothing more. */
cc_enclave_result_t session_seal_close(struct session *session,
                                       uint8_t ret_record[static SC2_RECORD_OVERHEAD_SIZE])
    __attribute__((warn_unused_result));
cc_enclave_result_t session_open_close(struct session *session, struct view record)
    __attribute__((warn_unused_result));

#endif
