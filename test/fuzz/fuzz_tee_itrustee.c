/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type itrustee as it comes. */
#define FUZZ_TEE "itrustee"
#include "fuzz_tee.h"
