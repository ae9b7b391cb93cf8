/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A certificate that decodes must encode to the same bytes: strict DER has one encoding. */
#include "wire/cert.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t tbs[CERT_MAX_SIZE], room[CERT_MAX_SIZE];
    struct writer t = writer_over(tbs, sizeof tbs);
    struct writer w = writer_over(room, sizeof room);
    struct cert cert;

    if (cert_decode(view_of(data, size), &cert) != CC_SUCCESS)
        return 0;
    cert_encode_tbs(&cert, &t);
    cert_encode(writer_view(&t), cert.signature, &w);
    if (w.failed || !view_equal(writer_view(&w), view_of(data, size)))
        abort();
    return 0;
}
