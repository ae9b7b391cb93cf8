/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type csv as it comes. */
#define FUZZ_TEE "csv"
#define FUZZ_PARTS "report"
#include "fuzz_tee.h"
