/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * prove.h - what a client says about itself in FINISH: nothing, a key that signs the transcript,
 * evidence that its application brings, or a report about the enclave that it is part of.
 * Layer: libcsecure_channel. Threads: a key may be used by many at once.
 */
#ifndef CSECURE_CHANNEL_PROVE_H
#define CSECURE_CHANNEL_PROVE_H

#include "channel/schedule.h"
#include "crypto/ecdsa.h"
#include "secure_channel_client.h"

struct cc_sec_chl_key {
    struct ecdsa_key key;
    uint8_t point[ECDSA_PUBLIC_SIZE];
};

struct prove_with {
    const cc_sec_chl_key_t *key;
    int (*evidence)(const uint8_t *user_data, uint8_t *evidence, size_t *evidence_len, void *arg);
    void *arg;
    bool enclave; /* the one that this client is part of */
};

/* Where the extension's bytes live while FINISH is made. */
struct proof {
    uint8_t bytes[SC2_CLIENT_EVIDENCE_MAX_SIZE];
    size_t size;
};

/* Whether this client can be part of an enclave at all. */
bool prove_enclave_possible(void);

/* Adds what there is to say; the schedule has taken the enclave's evidence. */
cc_enclave_result_t prove_client(const struct prove_with *with, const struct schedule *schedule,
                                 struct proof *proof, struct sc2_exts *exts)
    __attribute__((warn_unused_result));

#endif
