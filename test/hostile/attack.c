/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "attack.h"
#include "status.h"
#include <stdlib.h>
#include <string.h>

enum { WALK_BYTES = 256, CHANGES_MAX = 4, LARGE = 1 << 20 };

/* Numbers at the edges of types, pages, the window; and what could pass for an address. */
static const uint64_t EDGES[] = {
    0,
    1,
    2,
    3,
    15,
    16,
    17,
    47,
    48,
    49,
    0x7f,
    0x80,
    0xff,
    0x100,
    4095,
    4096,
    4097,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x20000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    UINT64_C(0x0fffffffffffffff),
    UINT64_C(0x1000000000000001),
    INT64_MAX,
    UINT64_C(0x8000000000000000),
    UINT64_MAX - 15,
    UINT64_MAX - 7,
    UINT64_MAX,
    0x400000,
    UINT64_C(0x7ffff7ff0000),
    UINT64_C(0xffff800000000000),
};
enum { EDGE_COUNT = sizeof EDGES / sizeof EDGES[0] };

/* Fields of the slot, beside those of the frame in it. */
enum slot_field {
    FIELD_FUNCTION,
    FIELD_KIND,
    FIELD_FLAGS,
    FIELD_STATUS,
    FIELD_INLINE_IN,
    FIELD_INLINE_OUT,
    FIELD_CPU,
    FIELD_OFFSET,
    FIELD_IN_SIZE,
    FIELD_OUT_SIZE,
    FIELD_COUNT
};

uint64_t attack_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static size_t walk_bytes(const struct frame *frame)
{
    return frame->in_size < WALK_BYTES ? frame->in_size : WALK_BYTES;
}

/* Per frame: none, then each (byte, width, edge), then each (field, edge). */
static size_t walk_size(const struct frame *frame)
{
    return 1 + walk_bytes(frame) * 4 * EDGE_COUNT + FIELD_COUNT * EDGE_COUNT;
}

size_t attacks_count(const struct frames *frames)
{
    size_t count = 0;

    for (size_t i = 0; i < frames->count; i++)
        count += walk_size(&frames->each[i]);
    return count;
}

static void good_make(const struct frame *frame, const struct target *target,
                      struct attack *ret_attack)
{
    memset((void *)ret_attack, 0, sizeof *ret_attack);
    memcpy(ret_attack->in, frame->in, frame->in_size);
    ret_attack->in_bytes = frame->in_size;
    ret_attack->place = (struct slot_frame){target->arena, frame->in_size, frame->out_size};
    ret_attack->slot.function = (uint16_t)frame->function;
    ret_attack->slot.in_size = (uint8_t)frame->in_size;
    ret_attack->slot.out_size = (uint8_t)frame->out_size;
    if (frame->in_size > WINDOW_INLINE_SIZE || frame->out_size > WINDOW_INLINE_SIZE) {
        ret_attack->slot.flags = SLOT_FLAG_INDIRECT;
        ret_attack->slot.in_size = ret_attack->slot.out_size = 0;
    }
}

static void bytes_change(struct attack *a, size_t at, unsigned width, uint64_t edge)
{
    size_t room = at < a->in_bytes ? a->in_bytes - at : 0;

    memcpy(a->in + at, &edge, width < room ? width : room);
}

static void field_change(struct attack *a, enum slot_field field, uint64_t edge)
{
    switch (field) {
    case FIELD_FUNCTION:
        a->slot.function = (uint16_t)edge;
        break;
    case FIELD_KIND:
        a->slot.kind = (uint8_t)edge;
        break;
    case FIELD_FLAGS:
        a->slot.flags = (uint8_t)edge;
        break;
    case FIELD_STATUS:
        a->slot.status = (uint32_t)edge;
        break;
    case FIELD_INLINE_IN:
        a->slot.in_size = (uint8_t)edge;
        break;
    case FIELD_INLINE_OUT:
        a->slot.out_size = (uint8_t)edge;
        break;
    case FIELD_CPU:
        a->slot.cpu = (uint16_t)edge;
        break;
    case FIELD_OFFSET:
        a->place.offset = edge;
        break;
    case FIELD_IN_SIZE:
        a->place.in_size = edge;
        break;
    default:
        a->place.out_size = edge;
    }
}

static void random_change(struct attack *a, const struct target *target, uint64_t *state)
{
    uint64_t edge = EDGES[attack_random(state) % EDGE_COUNT];

    switch (attack_random(state) % 8) {
    case 0:
        field_change(a, (enum slot_field)(attack_random(state) % FIELD_COUNT), edge);
        break;
    case 1:
        a->place.in_size = attack_random(state) % (a->in_bytes + 64);
        break;
    case 2:
        a->place.out_size = attack_random(state) % 512;
        break;
    case 3:
        a->place.offset = attack_random(state) % (target->layout.size + 64) & ~UINT64_C(15);
        break;
    case 4:
        a->slot.in_size = (uint8_t)(attack_random(state) % 50);
        a->slot.out_size = (uint8_t)(attack_random(state) % 50);
        break;
    case 5:
        bytes_change(a, attack_random(state) % FRAME_BYTES_MAX, 8, attack_random(state));
        break;
    default:
        if (a->in_bytes > 0)
            bytes_change(a, attack_random(state) % a->in_bytes, 1u << attack_random(state) % 4,
                         edge);
    }
}

static void walk_change(struct attack *a, const struct frame *frame, size_t step)
{
    size_t bytes = walk_bytes(frame) * 4 * EDGE_COUNT;

    if (step == 0)
        return;
    a->changed = true;
    step--;
    if (step < bytes) {
        bytes_change(a, step / (4 * EDGE_COUNT), 1u << step / EDGE_COUNT % 4,
                     EDGES[step % EDGE_COUNT]);
        return;
    }
    step -= bytes;
    field_change(a, (enum slot_field)(step / EDGE_COUNT), EDGES[step % EDGE_COUNT]);
}

/* Half of few, or all that is left of many, are random. */
void attack_make(const struct frames *frames, const struct target *target, size_t n, size_t wanted,
                 struct attack *ret_attack)
{
    size_t walk = attacks_count(frames), i = 0;
    uint64_t state = n * UINT64_C(0x100000001b3);
    bool is_random = n >= walk;

    if (wanted < 2 * walk) {
        is_random = n % 2 == 1;
        n = (size_t)((unsigned __int128)n * walk / wanted);
    }
    if (!is_random) {
        while (n >= walk_size(&frames->each[i]))
            n -= walk_size(&frames->each[i++]);
        good_make(&frames->each[i], target, ret_attack);
        walk_change(ret_attack, &frames->each[i], n);
    } else {
        good_make(&frames->each[attack_random(&state) % frames->count], target, ret_attack);
        for (uint64_t c = attack_random(&state) % CHANGES_MAX + 1; c > 0; c--)
            random_change(ret_attack, target, &state);
        ret_attack->changed = true;
    }
    if (ret_attack->slot.flags & SLOT_FLAG_INDIRECT)
        memcpy(ret_attack->slot.payload, &ret_attack->place, sizeof ret_attack->place);
    else
        memcpy(ret_attack->slot.payload, ret_attack->in, WINDOW_INLINE_SIZE);
}

void attack_place(const struct attack *attack, const struct target *target)
{
    uint64_t at = attack->place.offset;

    if (at < target->layout.arenas || !range_within(at, attack->in_bytes, target->layout.size))
        at = target->arena;
    memcpy((uint8_t *)target->window + at, attack->in, attack->in_bytes);
    memcpy((uint8_t *)target->slot + sizeof attack->slot.word,
           (const uint8_t *)&attack->slot + sizeof attack->slot.word,
           sizeof attack->slot - sizeof attack->slot.word);
}

/* What the slot alone decides, worked out a second time; CC_SUCCESS: it is up to the frame. */
static uint32_t slot_answer(const struct attack *a, const struct target *target)
{
    const struct slot_frame *f = &a->place;
    size_t room = target->layout.size;

    if (a->slot.kind != SLOT_KIND_FUNCTION || a->slot.function >= ECALL_COUNT)
        return CC_ERROR_INVALID_CMD;
    if (a->slot.function == ECALL_PRIVATE)
        return CC_ERROR_ECALL_NOT_ALLOWED;
    if (!(a->slot.flags & SLOT_FLAG_INDIRECT))
        return a->slot.in_size > WINDOW_INLINE_SIZE || a->slot.out_size > WINDOW_INLINE_SIZE
                   ? CC_ERROR_BAD_PARAMETERS
                   : CC_SUCCESS;
    if (f->offset % WINDOW_FRAME_ALIGN != 0 || f->offset < target->layout.arenas ||
        f->offset > room || f->in_size > room || f->out_size > room ||
        f->offset + frame_align(f->in_size) > room || f->offset + frame_align(f->out_size) > room)
        return CC_ERROR_BAD_PARAMETERS;
    return CC_SUCCESS;
}

bool answer_fits(const struct attack *attack, const struct target *target, uint32_t status,
                 const char **why)
{
    uint32_t expected = slot_answer(attack, target);

    *why = "the code that the slot deserves";
    if (expected != CC_SUCCESS)
        return status == expected;
    *why = "a good call succeeds";
    if (!attack->changed)
        return status == CC_SUCCESS;
    *why = "success, bad parameters, or no memory for a large frame";
    return status == CC_SUCCESS || status == CC_ERROR_BAD_PARAMETERS ||
           (status == CC_ERROR_OUT_OF_MEMORY &&
            attack->place.in_size + attack->place.out_size > LARGE);
}

void answer_change(size_t n, uint8_t *out, size_t out_size, struct window_slot *line)
{
    uint64_t state = n * UINT64_C(0x100000001b3), edge;

    for (uint64_t c = attack_random(&state) % CHANGES_MAX; c > 0 && out_size > 0; c--) {
        size_t at = attack_random(&state) % out_size, room = out_size - at;
        size_t width = (size_t)1 << attack_random(&state) % 4;

        edge = attack_random(&state) % 3 == 0 ? attack_random(&state)
                                              : EDGES[attack_random(&state) % EDGE_COUNT];
        memcpy(out + at, &edge, width < room ? width : room);
    }
    if (attack_random(&state) % 4 != 0)
        return;
    edge = EDGES[attack_random(&state) % EDGE_COUNT];
    switch (attack_random(&state) % 4) {
    case 0:
        line->status = (uint32_t)edge;
        break;
    case 1:
        line->out_size = (uint8_t)edge;
        break;
    case 2:
        line->flags = (uint8_t)edge;
        break;
    default: /* sizes and offset of an indirect frame */
        memcpy(line->payload + 8 * (attack_random(&state) % 3), &edge, sizeof edge);
    }
}
