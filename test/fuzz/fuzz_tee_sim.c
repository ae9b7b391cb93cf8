/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type sim as it comes; fuzz_verify has one with genuine certificates. */
#define FUZZ_TEE "sim"
#include "fuzz_tee.h"
