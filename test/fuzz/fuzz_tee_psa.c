/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type psa as it comes. */
#define FUZZ_TEE "psa"
#include "fuzz_tee.h"
