/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * slot_values.h - a call of a few numbers in the line of a slot, the same from either side: what is
 * written here is read again as any request of a function that fits the line.
 *
 * Layer: common/wire (pure). Threads: as wire/window.h.
 */
#ifndef CC_WIRE_SLOT_VALUES_H
#define CC_WIRE_SLOT_VALUES_H

#include "enclave_internal.h"
#include "wire/window.h"

/* All but where its caller runs. By words, as they were written just now: see cc_edge_value(). No
 * loop: compilers leave it one, on the way of every call. */
static inline void slot_values_write(struct window_slot *slot, const cc_sl_values_t *values)
{
    volatile slot_word *to = (volatile void *)slot->payload;

    to[0] = values->in_size > 0 ? values->in[0] : 0;
    if (values->in_size > sizeof *to)
        switch ((values->in_size - 1) / sizeof *to) {
        default:
            to[5] = values->in[5];
            /* fallthrough */
        case 4:
            to[4] = values->in[4];
            /* fallthrough */
        case 3:
            to[3] = values->in[3];
            /* fallthrough */
        case 2:
            to[2] = values->in[2];
            /* fallthrough */
        case 1:
            to[1] = values->in[1];
        }
    _Static_assert(CC_SL_VALUES_MAX == 6 && sizeof slot->payload == 6 * sizeof *to, "that was all");
    slot->function = values->func_id;
    slot->kind = SLOT_KIND_FUNCTION;
    slot->flags = 0;
    slot->in_size = values->in_size;
    slot->out_size = values->out_size;
}

#endif
