/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A slot as the other side may have written it: whatever is accepted lies inside the window. */
#include "wire/window.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct window_layout layout;
    struct frame_place place;
    struct window_slot slot;
    struct reader r = reader_over(view_of(data, size));
    uint32_t tcs_count = reader_le32(&r);
    uint64_t window_size = reader_le64(&r);

    reader_copy(&r, &slot, sizeof slot);
    if (!window_layout_compute(tcs_count, window_size, &layout) ||
        !frame_decode(&slot, &layout, &place))
        return 0;
    if (place.offset < layout.arenas || place.offset > layout.size ||
        place.in_size > layout.size - place.offset || place.out_size > layout.size - place.offset)
        abort();
    return 0;
}
