/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type csv as it comes. */
#define FUZZ_TEE "csv"
#include "fuzz_tee.h"
