/* SPDX-License-Identifier: MulanPSL-2.0 */
/* ERROR (an extension list), and FINISH_RSP of the same bytes. */
#include "wire/sc2.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct sc2_exts exts;
    struct view ack;

    if (sc2_finish_rsp_decode(view_of(data, size), &ack) == CC_SUCCESS && ack.size != SC2_MAC_SIZE)
        abort();
    if (sc2_error_decode(view_of(data, size), &exts) != CC_SUCCESS)
        return 0;
    sc2_error_encode(&exts, &w);
    if (w.failed || !view_equal(writer_view(&w), view_of(data, size)))
        abort();
    return 0;
}
