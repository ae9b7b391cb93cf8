/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type virtcca as it comes. */
#define FUZZ_TEE "virtcca"
#include "fuzz_tee.h"
