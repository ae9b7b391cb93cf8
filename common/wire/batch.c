/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/batch.h"
#include "wire/window.h"
#include <string.h>

_Static_assert(sizeof(struct batch_call) == WINDOW_FRAME_ALIGN, "heads need no padding");

size_t batch_in_head(uint32_t count)
{
    return count * sizeof(struct batch_call);
}

size_t batch_out_head(uint32_t count)
{
    return frame_align(count * sizeof(uint32_t));
}

static bool frame_next(size_t *at, size_t size, size_t room, size_t *ret_at)
{
    if (!range_within(*at, size, room))
        return false;
    *ret_at = *at;
    *at = frame_align(*at + size); /* may lie behind the room, which the next one shows */
    return true;
}

bool batch_next(struct batch_walk *walk, struct batch_part *ret_part)
{
    struct batch_part part;

    if (walk->done == 0) {
        walk->in_at = batch_in_head(walk->count);
        walk->out_at = batch_out_head(walk->count);
        if (walk->count > BATCH_CALLS_MAX || walk->in_at > walk->in.size ||
            walk->out_at > walk->out_room)
            return false;
    }
    if (walk->done >= walk->count)
        return false;
    memcpy(&part.call, walk->in.data + walk->done * sizeof part.call, sizeof part.call);
    if (part.call.zero != 0 ||
        !frame_next(&walk->in_at, part.call.in_size, walk->in.size, &part.in_at) ||
        !frame_next(&walk->out_at, part.call.out_size, walk->out_room, &part.out_at))
        return false;
    walk->done++;
    *ret_part = part;
    return true;
}
