/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/dcap_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dcap_quote quote;

    (void)!dcap_quote_decode(view_of(data, size), &quote);
    return 0;
}
