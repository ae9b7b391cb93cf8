/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/tpm_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tpm_quote quote;
    struct tpm_signature signature;

    (void)!tpm_quote_decode(view_of(data, size), &quote);
    (void)!tpm_signature_decode(view_of(data, size), &signature);
    return 0;
}
