/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over(view_of(data, size));
    struct reader t = reader_over(view_of(data, size));

    while (!r.failed && r.rest.size > 0)
        cbor_take_item(&r);
    while (!t.failed && t.rest.size > 0)
        cbor_take_text(&t);
    return 0;
}
