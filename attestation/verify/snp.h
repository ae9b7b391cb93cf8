/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snp.h - what is common to SEV-SNP reports wherever they stand (alone, or in an HCL report).
 * Layer: attestation/verify, private to it. Threads: no state.
 */
#ifndef VERIFY_SNP_H
#define VERIFY_SNP_H

#include "verify/x509_chain.h"
#include "wire/snp_report.h"

/* Chain, signature, binding to chip and firmware; false after a reason. */
bool snp_report_judge(const struct judge *j, const struct snp_report *report);
/* Of which product its processor says it is; NULL: it says none, or none that is known. */
const char *snp_product(const struct snp_report *report);
void snp_claims(const cc_verifier_sink_t *sink, const struct snp_report *report);

#endif
