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
 * A key is used for at most 2^32 records and 2^40 bytes (2^36 blocks: far below the 2^48.5 of
 * draft-irtf-cfrg-aead-limits for 2^-57); then the channel must be opened anew.
 */
#define SESSION_RECORDS_MAX_COUNT (UINT64_C(1) << 32)
#define SESSION_BYTES_MAX_SIZE (UINT64_C(1) << 40)

enum session_side { SESSION_CLIENT, SESSION_ENCLAVE };

struct session_sender {
    struct lock lock;
    struct aead aead;
    uint8_t iv[AEAD_NONCE_SIZE];
    uint64_t seq;   /* of the next record */
    uint64_t bytes; /* sealed so far */
    bool closed;    /* a CLOSE went out */
};

struct session_receiver {
    struct lock lock;
    struct aead aead;
    uint8_t iv[AEAD_NONCE_SIZE];
    struct replay replay;
    bool closed; /* a CLOSE came in */
};

struct session {
    uint64_t id;
    enum session_side side;
    struct session_sender sender;
    struct session_receiver receiver;
};

/* False: out of memory; nothing to release. */
bool session_init(struct session *session, enum session_side side, uint64_t id,
                  const struct traffic_keys *keys) __attribute__((warn_unused_result));
void session_done(struct session *session);

/* 65, CC_ERROR_BAD_PARAMETERS (empty, too large, overlapping), 86 (limit, closed), 82. */
cc_enclave_result_t session_seal(struct session *session, struct view plain, void *ret_record,
                                 size_t *record_size) __attribute__((warn_unused_result));
/* The same for a caller who sees to it that nobody else seals, closes or ends the session
 * meanwhile. */
cc_enclave_result_t session_seal_alone(struct session *session, struct view plain, void *ret_record,
                                       size_t *record_size) __attribute__((warn_unused_result));
/* 65, 66 (sizes disagree), 67 (of another session), 83 (anything else), 86 (closed). */
cc_enclave_result_t session_open(struct session *session, struct view record, void *ret_plain,
                                 size_t *plain_size) __attribute__((warn_unused_result));

/* The body of DESTROY; afterwards this side seals nothing more. */
cc_enclave_result_t session_seal_close(struct session *session,
                                       uint8_t ret_record[static SC2_RECORD_OVERHEAD_SIZE])
    __attribute__((warn_unused_result));
cc_enclave_result_t session_open_close(struct session *session, struct view record)
    __attribute__((warn_unused_result));

#endif
