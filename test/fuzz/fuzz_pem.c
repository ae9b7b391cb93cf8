/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What decodes must encode and decode to the same bytes again. */
#include "wire/pem.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[1 << 16], text[1 << 17], again[1 << 16];
    struct writer b = writer_over(bytes, sizeof bytes);
    struct writer t = writer_over(text, sizeof text);
    struct writer a = writer_over(again, sizeof again);
    bool armoured = size > 0 && data[0] == 0x2d;
    struct view input = view_of(data, size);
    struct writer u = writer_over(bytes, sizeof bytes);

    if (base64url_decode(input, &u)) {
        base64url_encode(writer_view(&u), &t);
        if (!view_equal(writer_view(&t), input))
            abort();
        t = writer_over(text, sizeof text);
    }
    if (armoured ? !pem_decode(input, "CERTIFICATE", &b) : !base64_decode(input, &b))
        return 0;
    base64_encode(writer_view(&b), &t);
    if (!base64_decode(writer_view(&t), &a) || !view_equal(writer_view(&a), writer_view(&b)))
        abort();
    return 0;
}
