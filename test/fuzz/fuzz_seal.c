/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Sealed data, which an enclave gets back from its host. */
#include "wire/seal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[SEAL_HEADER_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct seal seal;

    if (seal_decode(view_of(data, size), &seal) != CC_SUCCESS)
        return 0;
    seal_header_encode(&seal.header, &w);
    if (w.failed || memcmp(again, data, sizeof again) != 0 ||
        (seal.aad.size > 0 && seal.aad.data != data + SEAL_HEADER_SIZE) ||
        seal.cipher.data + seal.cipher.size != data + size)
        abort();
    return 0;
}
