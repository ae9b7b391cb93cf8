/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type cca as it comes. */
#define FUZZ_TEE "cca"
#include "fuzz_tee.h"
