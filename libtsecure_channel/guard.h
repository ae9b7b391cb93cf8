/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * guard.h - who may open a channel to this enclave: judges what a FINISH says about its sender.
 *
 * Layer: libtsecure_channel. Threads: read-only while the service runs.
 */
#ifndef TSECURE_CHANNEL_GUARD_H
#define TSECURE_CHANNEL_GUARD_H

#include "channel/schedule.h"
#include "secure_channel_enclave.h"

struct guard {
    bool required;   /* a client must show something */
    struct buf keys; /* accepted, one behind the other; none: any */
    int (*evidence)(const uint8_t *evidence, size_t evidence_len, const uint8_t *user_data,
                    cc_sec_chl_peer_t *peer, void *arg);
    int (*client)(const cc_sec_chl_peer_t *peer, void *arg);
    void *arg;
};

/* What the client's proof must be over: th2 is gone when fin_c has been checked. Secret. */
struct guard_question {
    uint8_t message[SCHEDULE_CLIENT_AUTH_SIZE];
    uint8_t user_data[SCHEDULE_USER_DATA_SIZE];
};

bool guard_ask(const struct schedule *schedule, struct guard_question *ret_question)
    __attribute__((warn_unused_result));
/* CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE: a signature that is wrong;
 * CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT: not accepted; _INVALID_EXCH_BUF: both kinds at once. */
cc_enclave_result_t guard_check(const struct guard *guard, const struct guard_question *question,
                                const struct sc2_exts *exts, cc_sec_chl_peer_t *ret_peer)
    __attribute__((warn_unused_result));
void guard_done(struct guard *guard);

#endif
