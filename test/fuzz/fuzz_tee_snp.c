/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type snp as it comes. */
#define FUZZ_TEE "snp"
#define FUZZ_PARTS "report", "-vek.der", "-ask.der"
#include "fuzz_tee.h"
