/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Both ways of an ocall: odd first bytes feed a host bridge what a hostile enclave sends; even ones
 * let an enclave proxy read a hostile host's answer.
 */
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *reply;
static size_t reply_size;

static void answer(struct world_frame *frame)
{
    for (size_t i = 0; i < frame->out_size; i++)
        frame->out[i] = i < reply_size ? reply[i] : 0xff;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *in, *out;
    size_t out_size;

    if (size < 3)
        return 0;
    if (data[0] % 2 == 0) {
        reply = data + 1;
        reply_size = size - 1;
        world.on_reply = answer;
        enclave_calls(data[0] / 2 % OCALLS);
        world.on_reply = NULL;
        return 0;
    }
    out_size = (size_t)(data[1] << 2 | data[2]);
    in = exact_copy(data + 3, size - 3);
    out = exact_copy(NULL, out_size);
    cc_e_boundary_ocalls.ocalls[data[0] / 2 % OCALLS](in, size - 3, out, out_size);
    free(in);
    free(out);
    return 0;
}
