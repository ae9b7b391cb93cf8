/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A batch as a hostile host may have written it: its frames lie inside, behind each other. */
#include "wire/batch.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_walk walk = {.in = VIEW_EMPTY};
    struct batch_part part;
    size_t in_at, out_at;
    uint16_t count, room;

    if (size < sizeof count + sizeof room)
        return 0;
    memcpy(&count, data, sizeof count);
    memcpy(&room, data + sizeof count, sizeof room);
    walk = (struct batch_walk){.count = count, .in = view_of(data + 4, size - 4), .out_room = room};
    in_at = batch_in_head(count);
    out_at = batch_out_head(count);
    for (unsigned i = 0; batch_next(&walk, &part); i++) {
        if (i >= count || part.in_at < in_at || part.out_at < out_at ||
            part.in_at + part.call.in_size > size - 4 || part.out_at + part.call.out_size > room ||
            part.in_at % 16 != 0 || part.out_at % 16 != 0)
            abort();
        in_at = part.in_at + part.call.in_size;
        out_at = part.out_at + part.call.out_size;
    }
    return 0;
}
