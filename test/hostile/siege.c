/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "siege.h"
#include "base/futex.h"
#include "hostile_types.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GAVE_UP = 0xdead, /* no status: the enclave is gone */
    WHOLE_EVERY = 4096,
    DEPTH_MAX = 12, /* beyond what the runtime allows */
    NEST_EVERY = 8,
};

static struct target target;
static struct frames good;
static uint8_t *shadow;
static size_t answers_changed; /* 0: answer ocalls as a good host does */
static struct frames *ocalls_to;
static unsigned depth, answered[4]; /* by kind of status */

void siege_begin(void *window, const struct window_layout *layout)
{
    target.layout = *layout;
    target.window = window;
    target.slot = window_slot_at(window, &target.layout, 0);
    target.arena = target.layout.arenas;
    calls_record(&good);
    ck_assert_uint_gt(good.count, ECALL_COUNT);
    shadow = malloc(layout->size);
    ck_assert_ptr_nonnull(shadow);
    memset((uint8_t *)window + target.layout.arenas, 0x3c, layout->size - target.layout.arenas);
    memcpy(shadow, window, layout->size);
}

const struct target *siege_target(void)
{
    return &target;
}

/* ------------------------------------------------------------------------- answers to ocalls */

/* The enclave's ocall, served as the good host would, on private copies; false: no such. */
static bool ocall_serve_good(struct window_slot *line, struct frame_place *place, uint8_t *out)
{
    static uint8_t in[FRAME_BYTES_MAX];
    const ocall_enclave_table_t *table = host_ocalls;
    bool indirect = line->flags & SLOT_FLAG_INDIRECT;

    if (line->kind != SLOT_KIND_FUNCTION || line->function >= table->num)
        return false;
    *place = (struct frame_place){.in_size = line->in_size, .out_size = line->out_size};
    if (indirect && !frame_decode(line, &target.layout, place))
        return false;
    ck_assert(place->in_size <= FRAME_BYTES_MAX && place->out_size <= FRAME_BYTES_MAX);
    memcpy(in, indirect ? (uint8_t *)target.window + place->offset : line->payload, place->in_size);
    if (ocalls_to != NULL && ocalls_to->count < FRAMES_MAX) {
        struct frame *f = &ocalls_to->each[ocalls_to->count++];

        *f = (struct frame){line->function, place->in_size, place->out_size, {0}};
        memcpy(f->in, in, place->in_size);
    }
    memset(out, 0, place->out_size);
    line->status = table->ocalls[line->function](place->in_size > 0 ? in : NULL, place->in_size,
                                                 place->out_size > 0 ? out : NULL, place->out_size);
    return true;
}

static uint32_t siege_call(const struct attack *attack);

/* Calls back in before it answers: another attack on the same slot. */
static void ocall_nest(void)
{
    static struct attack attacks[DEPTH_MAX];
    struct window_slot kept;

    if (answers_changed % NEST_EVERY != 0 || depth >= DEPTH_MAX)
        return;
    memcpy((void *)&kept, (const void *)target.slot, sizeof kept);
    attack_make(&good, &target, answers_changed + depth, SIZE_MAX / 2, &attacks[depth]);
    (void)siege_call(&attacks[depth]);
    memcpy((uint8_t *)target.slot + sizeof kept.word, (uint8_t *)&kept + sizeof kept.word,
           sizeof kept - sizeof kept.word);
}

static void ocall_answer(void)
{
    static uint8_t out[FRAME_BYTES_MAX];
    struct window_slot line;
    struct frame_place place;

    if (answers_changed > 0)
        ocall_nest();
    slot_load(target.slot, &line);
    if (!ocall_serve_good(&line, &place, out)) {
        target.slot->status = CC_ERROR_OCALL_NOT_ALLOWED;
        return;
    }
    if (answers_changed > 0)
        answer_change(answers_changed, out, place.out_size, &line);
    if (place.offset > 0)
        memcpy((uint8_t *)target.window + place.offset, out, place.out_size);
    else
        memcpy(line.payload, out, place.out_size);
    memcpy((uint8_t *)target.slot + sizeof line.word, (uint8_t *)&line + sizeof line.word,
           sizeof line - sizeof line.word);
}

/* ------------------------------------------------------------------------------------- a call */

static void say(enum slot_state state)
{
    atomic_exchange(&target.slot->word, (uint32_t)state);
    futex_wake(&target.slot->word, 1);
}

/* The status; GAVE_UP when the enclave ended. */
static uint32_t siege_call(const struct attack *attack)
{
    uint32_t word;

    depth++;
    attack_place(attack, &target);
    say(SLOT_ECALL);
    for (;;) {
        word = atomic_load(&target.slot->word);
        if (word == SLOT_ECALL_DONE || (word & SLOT_DEAD))
            break;
        if (word == SLOT_OCALL) {
            ocall_answer();
            say(SLOT_OCALL_DONE);
        } else
            futex_wait(&target.slot->word, word);
    }
    depth--;
    return word & SLOT_DEAD ? (uint32_t)GAVE_UP : target.slot->status;
}

/* --------------------------------------------------------------------------------- the shadow */

static void shadow_take(size_t offset, size_t size)
{
    if (range_within(offset, size, target.layout.size))
        memcpy(shadow + offset, (uint8_t *)target.window + offset, size);
}

static void shadow_check(size_t offset, size_t size, size_t n)
{
    const uint8_t *window = target.window;

    if (memcmp(shadow + offset, window + offset, size) == 0)
        return;
    for (size_t i = offset; i < offset + size; i++)
        ck_assert_msg(shadow[i] == window[i], "attack %zu: the enclave wrote %#x to %#zx", n,
                      window[i], i);
}

static bool holds_secret(const uint8_t *data, size_t size)
{
    size_t run = 0;

    for (size_t i = 0; i < size; i++) {
        run = data[i] == SECRET_BYTE ? run + 1 : 0;
        if (run >= SECRET_RUN)
            return true;
    }
    return false;
}

/* Where this attack's bytes were put, and where its answer may be. */
static void shadow_allow(const struct attack *attack, uint32_t status)
{
    bool indirect = attack->slot.flags & SLOT_FLAG_INDIRECT;
    struct frame_place place;

    shadow_take((size_t)((uint8_t *)target.slot - (uint8_t *)target.window),
                sizeof(struct window_slot));
    if (attack->slot.function == ECALL_OCALLS)
        shadow_take(target.arena, WINDOW_ARENA_SIZE);
    if (status == CC_SUCCESS && indirect && frame_decode(&attack->slot, &target.layout, &place)) {
        ck_assert_msg(!holds_secret((uint8_t *)target.window + place.offset, place.out_size),
                      "a secret of the enclave came out");
        shadow_take(place.offset, place.out_size);
    }
    if (!indirect)
        ck_assert(!holds_secret(target.slot->payload, sizeof target.slot->payload) ||
                  holds_secret(attack->in, sizeof attack->in));
}

static void status_count_up(uint32_t status)
{
    answered[status == CC_SUCCESS                ? 0
             : status == CC_ERROR_BAD_PARAMETERS ? 1
             : status == CC_ERROR_INVALID_CMD    ? 2
                                                 : 3]++;
}

static void counts_print(const char *what, size_t count)
{
    printf("%s: %zu frames: %u succeeded, %u bad parameters, %u invalid command, %u others\n", what,
           count, answered[0], answered[1], answered[2], answered[3]);
    ck_assert_uint_gt(answered[0], 0);
    ck_assert_uint_gt(answered[1], 0);
}

static void siege_one(struct attack *attack, size_t n)
{
    const char *why;
    uint32_t status;

    attack_place(attack, &target);
    shadow_take(target.arena, FRAME_BYTES_MAX);
    shadow_take(attack->place.offset, attack->in_bytes);
    status = siege_call(attack);
    ck_assert_msg(status != GAVE_UP, "attack %zu on function %u ended the enclave", n,
                  attack->slot.function);
    ck_assert_msg(answer_fits(attack, &target, status, &why),
                  "attack %zu on function %u: %#x; expected: %s", n, attack->slot.function, status,
                  why);
    status_count_up(status);
    shadow_allow(attack, status);
    shadow_check(target.layout.slots, target.arena + WINDOW_ARENA_SIZE - target.layout.slots, n);
    if (n % WHOLE_EVERY == 0)
        shadow_check(0, target.layout.size, n);
}

/* Each number of a function with the frame of each. */
static void siege_numbers(void)
{
    static struct attack attack;
    struct frames one = {.count = 1};

    for (uint16_t function = 0; function < ECALL_COUNT + 2; function++)
        for (size_t i = 0; i < good.count; i++) {
            one.each[0] = good.each[i];
            attack_make(&one, &target, 0, SIZE_MAX / 2, &attack);
            attack.changed = attack.slot.function != function;
            attack.slot.function = function;
            siege_one(&attack, i);
        }
}

void siege_ecalls(void)
{
    static struct attack attack;
    size_t count = count_of(COUNT_HOSTILE_FRAMES);

    answers_changed = 0;
    siege_numbers();
    for (size_t n = 0; n < count; n++) {
        attack_make(&good, &target, n, count, &attack);
        siege_one(&attack, n);
    }
    shadow_check(0, target.layout.size, count);
    counts_print("a hostile host's ecalls", count);
}

static const struct frame *frame_of_ocall(size_t n)
{
    size_t first = 0;

    while (good.each[first].function != ECALL_OCALLS)
        first++;
    return &good.each[first + n % CALLS_OCALLS];
}

void siege_replies(void)
{
    static struct attack attack;
    struct frames one = {.count = 1};
    size_t count = count_of(COUNT_HOSTILE_FRAMES);

    for (size_t n = 0; n < count; n++) {
        uint32_t status;

        one.each[0] = *frame_of_ocall(n);
        attack_make(&one, &target, 0, SIZE_MAX / 2, &attack); /* the good call */
        answers_changed = n + 1;
        status = siege_call(&attack);
        ck_assert_msg(status == CC_SUCCESS, "answer %zu to ocall %zu: %#x", n, n % CALLS_OCALLS,
                      status);
    }
    answers_changed = 0;
    printf("a hostile host's answers: %zu\n", count);
}

void siege_record_ocalls(struct frames *ret_frames)
{
    static struct attack attack;

    memset(ret_frames, 0, sizeof *ret_frames);
    ocalls_to = ret_frames;
    for (size_t what = 0; what < CALLS_OCALLS; what++) {
        struct frames one = {.count = 1};

        one.each[0] = *frame_of_ocall(what);
        attack_make(&one, &target, 0, SIZE_MAX / 2, &attack);
        ck_assert_uint_eq(siege_call(&attack), CC_SUCCESS);
    }
    ocalls_to = NULL;
    ck_assert_uint_eq(ret_frames->count, CALLS_OCALLS);
}
