/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type snp as it comes. */
#define FUZZ_TEE "snp"
#include "fuzz_tee.h"
