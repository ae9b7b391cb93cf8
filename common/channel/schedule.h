/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * schedule.h - transcript and key schedule of SC2 (docs/protocol.md, "Key schedule"), the same
 * code on both ends.
 *
 *   th0 = H("secgear-sc/2" | LEN HELLO)     hs        = HKDF-Extract(th1, Z)
 *   th1 = H(th0 | LEN R)                    binder    = HKDF-Expand(hs, "sc2 binder" | th1, 32)
 *   th2 = H(th1 | LEN evidence)             ms        = HKDF-Expand(hs, "sc2 master" | th3, 32)
 *   th3 = H(th2 | fin_s | LEN F)            user_data = SHA-512("secgear-sc/2 evidence" | th1
 *                                                               | binder)
 *
 * H, HKDF and HMAC are those of the suite that R names: SHA-256, or SM3. LEN x is the size of x as
 * u32 little-endian, then x. The steps must be called in the order in which they are declared; a
 * step out of order fails. schedule_keys() ends it and wipes hs.
 *
 * Layer: common/channel (wire, crypto). Threads: one per struct schedule.
 */
#ifndef CC_CHANNEL_SCHEDULE_H
#define CC_CHANNEL_SCHEDULE_H

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "wire/sc2.h"

enum { SCHEDULE_USER_DATA_SIZE = SHA512_SIZE };

enum schedule_step { SCHEDULE_NEW, SCHEDULE_SECRET, SCHEDULE_EVIDENCE, SCHEDULE_FINISH };

struct schedule {
    enum schedule_step step; /* what was done last */
    enum hash_alg hash;      /* of the suite */
    uint8_t th[SHA256_SIZE]; /* th1, th2 or th3 */
    struct secret hs;        /* wiped by schedule_keys() and schedule_done() */
    struct secret binder;    /* the same; after schedule_user_data() */
};

enum { SCHEDULE_CLIENT_AUTH_SIZE = 24 + 1 + SHA256_SIZE };

/* One direction in one epoch. The secret leads to the next epoch's, and to no earlier one. */
struct traffic_key {
    struct secret secret;
    uint8_t key[AEAD_KEY_SIZE]; /* of SM4 the first half */
    uint8_t iv[AEAD_NONCE_SIZE];
    enum hash_alg hash; /* of the suite: SM3 goes with SM4-GCM, SHA-256 with AES-256-GCM */
};

/* What a finished handshake gives: both directions in epoch 0; secret: traffic_keys_wipe(). */
struct traffic_keys {
    struct traffic_key to_enclave;
    struct traffic_key to_client;
    struct secret exporter;
};

bool schedule_start(struct schedule *s, struct view hello_body, struct view head,
                    struct view shared) __attribute__((warn_unused_result));
bool schedule_user_data(struct schedule *s, uint8_t ret_data[static SCHEDULE_USER_DATA_SIZE])
    __attribute__((warn_unused_result));
bool schedule_evidence(struct schedule *s, struct view evidence)
    __attribute__((warn_unused_result));
bool schedule_fin_s(const struct schedule *s, uint8_t ret_mac[static SC2_MAC_SIZE])
    __attribute__((warn_unused_result));
/* What a client signs, and what its report must be over, between evidence and finish. */
bool schedule_client_auth(const struct schedule *s,
                          uint8_t ret_message[static SCHEDULE_CLIENT_AUTH_SIZE])
    __attribute__((warn_unused_result));
bool schedule_client_user_data(const struct schedule *s,
                               uint8_t ret_data[static SCHEDULE_USER_DATA_SIZE])
    __attribute__((warn_unused_result));
bool schedule_finish(struct schedule *s, struct view fin_s, struct view head)
    __attribute__((warn_unused_result));
bool schedule_fin_c(const struct schedule *s, uint8_t ret_mac[static SC2_MAC_SIZE])
    __attribute__((warn_unused_result));
bool schedule_ack(const struct schedule *s, struct view fin_c, uint8_t ret_mac[static SC2_MAC_SIZE])
    __attribute__((warn_unused_result));
bool schedule_keys(struct schedule *s, struct traffic_keys *ret_keys)
    __attribute__((warn_unused_result));
void schedule_done(struct schedule *s);

void traffic_keys_wipe(struct traffic_keys *keys);

/* The same direction in the epoch behind that of secret. */
bool traffic_key_next(enum hash_alg hash, const struct secret *secret, struct traffic_key *ret_key)
    __attribute__((warn_unused_result));

enum { EXPORT_LABEL_MAX_SIZE = 64, EXPORT_MAX_SIZE = HKDF_SHA256_MAX_SIZE };

/* False: a label that is empty or too long, or more bytes than there are; nothing written then. */
bool export_derive(enum hash_alg hash, const struct secret *exporter, struct view label,
                   struct view context, void *ret_data, size_t size)
    __attribute__((warn_unused_result));

#endif
