/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type az-vtpm as it comes. */
#define FUZZ_TEE "az-vtpm"
#include "fuzz_tee.h"
