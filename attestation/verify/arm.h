/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * arm.h - what tokens of Arm CCA and of virtCCA, which took their shape, have in common.
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_ARM_H
#define VERIFY_ARM_H

#include "verify/token.h"

enum { ARM_PLATFORM_LABELS = 9 };
enum arm_platform_row { ARM_ROW_CHALLENGE = 0, ARM_ROW_LIFECYCLE = 3 };
extern const struct label arm_platform_labels[ARM_PLATFORM_LABELS];

/* The tagged map of two tokens; what is not there comes out empty. */
bool arm_collection_read(const struct judge *j, struct view bytes, struct view *ret_platform,
                         struct view *ret_realm);
bool arm_collection_has(const cc_verify_input_t *input, bool platform);

bool arm_labels_check(const struct judge *j, const char *what, struct view map,
                      const struct label *labels, size_t count, struct labelled *ret_values);
void arm_lifecycle_say(const cc_verifier_sink_t *sink, uint64_t lifecycle);
/* challenge is the hash of the key's bytes. */
bool arm_binding_check(const struct judge *j, struct view challenge, struct view key,
                       struct view hash_name);

#endif
