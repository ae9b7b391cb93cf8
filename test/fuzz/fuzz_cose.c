/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cose_sign1 message;
    struct cose_key key;

    (void)!cose_sign1_decode(view_of(data, size), &message);
    (void)!cose_key_decode(view_of(data, size), &key);
    return 0;
}
