/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type sgx as it comes. */
#define FUZZ_TEE "sgx"
#include "fuzz_tee.h"
