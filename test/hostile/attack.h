/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attack.h - good calls with every size, offset, count, pointer and number of theirs replaced. The
 * n-th attack on a set of frames is always the same one, in one process or against a sandbox.
 *
 * The first attacks walk through all fields: each byte of a frame as the start of a value of 1, 2,
 * 4 and 8 bytes, and each field of the slot, times each boundary value. Those beyond are random,
 * with up to four changes at once. Layer: test. Threads: any.
 */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include "host.h"
#include "wire/window.h"

/* What the attacker writes: a slot line, and the bytes of an indirect frame. */
struct attack {
    struct window_slot slot;
    struct slot_frame place; /* also in slot.payload when indirect */
    bool changed;            /* false: the good call */
    size_t in_bytes;
    uint8_t in[FRAME_BYTES_MAX];
};

struct target {
    struct window_layout layout;
    void *window;
    struct window_slot *slot; /* the one that the attacker uses */
    size_t arena;             /* where its frames go, when nothing says otherwise */
};

/* How many attacks walk through all fields of these frames. */
size_t attacks_count(const struct frames *frames);
/* The n-th of `wanted`, which are spread evenly over the walk when they are fewer. */
void attack_make(const struct frames *frames, const struct target *target, size_t n, size_t wanted,
                 struct attack *ret_attack);
/* Writes frame and line (but not its word) into the window. */
void attack_place(const struct attack *attack, const struct target *target);
/* Whether the runtime that serves it may answer so; *why says what was expected. */
bool answer_fits(const struct attack *attack, const struct target *target, uint32_t status,
                 const char **why);
/* Changes an answer on its way: bytes of out, and with `all` the line as well. */
void answer_change(size_t n, uint8_t *out, size_t out_size, struct window_slot *line);

uint64_t attack_random(uint64_t *state);

#endif
