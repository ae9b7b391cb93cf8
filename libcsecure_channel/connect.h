/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * connect.h - the client's half of the SC2 handshake.
 * Layer: libcsecure_channel. Threads: one per channel.
 */
#ifndef CSECURE_CHANNEL_CONNECT_H
#define CSECURE_CHANNEL_CONNECT_H

#include "handle.h"
#include "prove.h"
#include "trust.h"

struct connect_want {
    char uuid_text[UUID_TEXT_SIZE]; /* no terminator */
    struct uuid uuid;
    const struct trust *trust;
    uint16_t suites[SC2_SUITES_MAX_COUNT];
    size_t suite_count;
    int (*attested)(const cc_sec_chl_attested_t *attested, void *arg);
    void *attested_arg;
    bool verify_chain; /* even if it verified before */
    struct prove_with prove;
    struct session_limits limits;
};

/*
 * Runs it; chl->session and chl->attested are set on success. *session_id is set as soon as it is
 * known, for the application's framing, also if the handshake then fails.
 */
cc_enclave_result_t connect_run(struct chl *chl, const struct connect_want *want,
                                size_t *session_id) __attribute__((warn_unused_result));

#endif
