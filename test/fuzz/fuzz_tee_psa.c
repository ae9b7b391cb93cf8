/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type psa as it comes. */
#define FUZZ_TEE "psa"
#define FUZZ_PARTS "token"
#include "fuzz_tee.h"
