/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type az-vtpm as it comes. */
#define FUZZ_TEE "az-vtpm"
#define FUZZ_PARTS "hcl_report", "quote", "signature", "pcrs", "td_quote"
#include "fuzz_tee.h"
