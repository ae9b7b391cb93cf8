/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * intel.h - what is common to quotes wherever they stand (alone, or beside a vTPM's).
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_INTEL_H
#define VERIFY_INTEL_H

#include "verify/intel_tcb.h"

/* Chain, signatures, bindings, TCB; false after a reason. */
bool intel_quote_judge(const struct judge *j, const struct dcap_quote *quote);
void td_claims(const cc_verifier_sink_t *sink, const struct td_body *body);

#endif
