/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * event_replay.h - event logs replayed against the registers that evidence vouches for.
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_EVENT_REPLAY_H
#define VERIFY_EVENT_REPLAY_H

#include "verify/x509_chain.h"
#include "wire/tcg_log.h"

/* What registers hold after a log. */
struct replayed {
    enum hash_alg hash;
    uint8_t value[TCG_REGISTERS][HASH_MAX_SIZE];
    size_t events[TCG_REGISTERS];    /* that were extended into it; 0: the log says nothing of it */
    size_t last[TCG_REGISTERS];      /* the last of them, counted from 1 */
    size_t odd_event[TCG_REGISTERS]; /* the first whose digest is not that of its data; 0: none */
    size_t odd;                      /* the first of those in the whole log */
};

/* CC_ERROR_BAD_FORMAT; an event without a digest of this hash is one, too. */
cc_enclave_result_t tcg_log_replay(struct view log, enum hash_alg hash, struct replayed *ret)
    __attribute__((warn_unused_result));
/* From what the registers hold before: the two kinds of logs go on where the firmware ended. */
cc_enclave_result_t ima_log_replay(struct view log, enum hash_alg hash, struct replayed *registers)
    __attribute__((warn_unused_result));

/* The register has this value; a reason names it and the event. */
bool register_check(const struct judge *j, const struct replayed *r, const char *log, size_t reg,
                    struct view want);

/* Evidence part "ccel", where there is one, against RTMR0 .. 3; says the flag log.ccel. */
bool ccel_check(const struct judge *j, const struct view rtmr[4]);

#endif
