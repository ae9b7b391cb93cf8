/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A hostile host: any bytes as the in frame of any ecall, any size as its out frame. The first byte
 * is the function, the next two are the out size, the rest is the frame.
 */
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world_frame frame;
    uint32_t id;

    if (size < 3)
        return 0;
    id = data[0] % ECALLS;
    if (id == ID_CALLS)
        return 0; /* its ocalls have their own target */
    frame.out_size = (size_t)(data[1] << 8 | data[2]);
    frame.in_size = size - 3;
    frame.in = exact_copy(data + 3, size - 3);
    frame.out = exact_copy(NULL, frame.out_size);
    world_enter(id, &frame);
    free(frame.in);
    free(frame.out);
    return 0;
}
