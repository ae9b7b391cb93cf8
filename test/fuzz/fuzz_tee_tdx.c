/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type tdx as it comes. */
#define FUZZ_TEE "tdx"
#include "fuzz_tee.h"
