/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enclave_features.h - what an application asks for when it creates an enclave.
 *
 * Layer: libsecgear_urts. Threads: no state.
 */
#ifndef URTS_ENCLAVE_FEATURES_H
#define URTS_ENCLAVE_FEATURES_H

#include "base/bytes.h"
#include "enclave.h"
#include "wire/switchless.h"

struct features {
    struct switchless_config switchless; /* tworkers 0: not asked for */
    struct buf image_key;                /* empty: not asked for; secret */
};

/* All or nothing; the caller ends with features_done(). Codes of cc_enclave_create(). */
cc_enclave_result_t features_read(const enclave_features_t *list, uint32_t count,
                                  struct features *ret_features)
    __attribute__((warn_unused_result));
void features_done(struct features *features);

#endif
