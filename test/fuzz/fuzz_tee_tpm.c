/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type tpm as it comes. */
#define FUZZ_TEE "tpm"
#define FUZZ_PARTS "quote", "signature", "pcrs", "ak_cert", "tcg"
#include "fuzz_tee.h"
