/* SPDX-License-Identifier: MulanPSL-2.0 */
/* HELLO_RSP: what decodes encodes to the same bytes. */
#include "wire/sc2.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct sc2_hello_rsp decoded;

    if (sc2_hello_rsp_decode(view_of(data, size), &decoded) != CC_SUCCESS)
        return 0;
    sc2_hello_rsp_encode(&decoded, &w);
    if (w.failed || !view_equal(writer_view(&w), view_of(data, size)))
        abort();
    return 0;
}
