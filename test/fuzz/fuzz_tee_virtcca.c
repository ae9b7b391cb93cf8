/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Evidence of type virtcca as it comes. */
#define FUZZ_TEE "virtcca"
#define FUZZ_PARTS "token", "dev_cert", "-issuer_chain.pem"
#include "fuzz_tee.h"
