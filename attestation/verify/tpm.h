/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tpm.h - what quotes of TPMs have in common wherever they stand.
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_TPM_H
#define VERIFY_TPM_H

#include "verify/x509_chain.h"
#include "wire/tpm_quote.h"

/* Evidence parts quote, signature, pcrs, and the logs tcg and ima where they are: signed by that
 * key, over these registers, to which the logs lead. Says the claims. False after a reason. */
bool tpm_quote_judge(const struct judge *j, const struct pubkey *ak);
/* The claims alone, of a quote whose key nobody vouches for. */
void tpm_quote_show(const struct judge *j);

#endif
