/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fuzz_parts.h - inputs of the fuzz targets of evidence: a little-endian u32, the time of the
 * judgement; then for each part of the type, in the order below, a little-endian u16 size and its
 * bytes; the last is the rest. fuzz_tee.h reads them, fuzz/seeds.c writes them.
 * Layer: test. Threads: no state.
 */
#ifndef TEST_FUZZ_PARTS_H
#define TEST_FUZZ_PARTS_H

#include <stddef.h>
#include <string.h>

enum { FUZZ_PARTS_MAX = 20 };

/* '-': collateral; '+': collateral whose key the policy trusts; '*': the same of evidence. */
static const struct fuzz_type {
    const char *tee, *parts[FUZZ_PARTS_MAX]; /* ends with NULL */
} FUZZ_TYPES[] = {
#define FUZZ_INTEL                                                                                 \
    "-tcb_info.json", "-tcb_info_issuer_chain.pem", "-qe_identity.json",                           \
        "-qe_identity_issuer_chain.pem", "-root_ca_crl.der", "-pck_crl.der"
#define FUZZ_AMD "-vek.der", "-ask.der", "-ark.der", "-crl.der"
    {"sgx", {"quote", FUZZ_INTEL, "-pck_chain.pem"}},
    {"tdx", {"quote", FUZZ_INTEL, "ccel"}},
    {"snp", {"report", FUZZ_AMD}},
    {"cca", {"token", "+cpak.json"}},
    {"psa", {"token", "+iak.json"}},
    {"virtcca", {"token", "dev_cert", "-issuer_chain.pem", "ccel", "ima"}},
    {"itrustee", {"report", "-issuer_chain.pem", "ima"}},
    {"csv", {"report", "-hrk.cert", "-hsk_cek.cert"}},
    {"nitro", {"document"}},
    {"az-vtpm",
     {"hcl_report", "quote", "signature", "pcrs", "td_quote", FUZZ_AMD, FUZZ_INTEL, "tcg", "ima"}},
    {"tpm", {"quote", "signature", "pcrs", "*ak_cert", "-issuer_chain.pem", "tcg", "ima"}},
    {"sim", {"report"}},
};

static inline const struct fuzz_type *fuzz_type(const char *tee)
{
    for (size_t i = 0; i < sizeof FUZZ_TYPES / sizeof FUZZ_TYPES[0]; i++)
        if (strcmp(FUZZ_TYPES[i].tee, tee) == 0)
            return &FUZZ_TYPES[i];
    return NULL;
}

#endif
