/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type nitro as it comes. */
#define FUZZ_TEE "nitro"
#include "fuzz_tee.h"
