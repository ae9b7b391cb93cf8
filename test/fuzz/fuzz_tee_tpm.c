/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type tpm as it comes. */
#define FUZZ_TEE "tpm"
#include "fuzz_tee.h"
