/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * window.h - the memory that one enclave shares with its host: slots for calls, an arena for each,
 * the same for the tasks of switchless calls, and the host's heap for shared memory.
 *
 *   offset        size                what
 *        0        4096                control page (struct window_control)
 *     4096        tcs_count * 128     slots: a 64-byte line each, 128 apart; behind each, at 64,
 *                                     u64 calls so far, for people, written by the host, and at
 *                                     72, when it is traced, u64 ns that the last one took within
 *    board        4096                who sleeps and who is awake (wire/board.h)
 *    tasks        512 * 128           a slot for each switchless call
 *    marks        512 * 128           which of them a worker has taken
 *    arenas       tcs_count * 128 KiB arenas: first half the host's frames, second the enclave's
 *    task_arenas  512 * 32 KiB        the same for tasks
 *    heap         to the end          allocated by the host alone; its bookkeeping is not in here
 *
 * Both sides compute the layout from (tcs_count, window_size), which the device tells each of them;
 * no offset is ever read from the window. Everything in it may change at any moment: copy a slot
 * with slot_load(), check the copy, use the copy. Integers are native: both sides are one machine.
 *
 * Layer: common/wire (pure). Threads: a slot belongs to one host thread and one enclave thread.
 */
#ifndef CC_WIRE_WINDOW_H
#define CC_WIRE_WINDOW_H

#include "base/bytes.h"
#include <stdatomic.h>
#include <string.h>

enum {
    WINDOW_CONTROL_SIZE = 4096,
    WINDOW_SLOT_STRIDE = 128, /* no false sharing by adjacent-line prefetch */
    WINDOW_ARENA_SIZE = 128 * 1024,
    WINDOW_ARENA_HALF = WINDOW_ARENA_SIZE / 2,
    WINDOW_BOARD_SIZE = 4096,
    WINDOW_TASKS_MAX = 512,
    WINDOW_TASK_ARENA_SIZE = 32 * 1024,
    WINDOW_TASK_ARENA_HALF = WINDOW_TASK_ARENA_SIZE / 2,
    WINDOW_INLINE_SIZE = 48,
    WINDOW_FRAME_ALIGN = 16,
    WINDOW_TCS_MAX = 512,
    WINDOW_DEPTH_MAX = 8, /* ecalls nested in ocalls on one slot */
    WINDOW_PAGE = 4096,
};

/* Who speaks: the low bits of slot.word. Each side ignores what is not its turn. */
enum slot_state {
    SLOT_IDLE = 0,
    SLOT_ECALL = 1,      /* host: call a function */
    SLOT_OCALL = 2,      /* enclave: call a function */
    SLOT_OCALL_DONE = 3, /* host: here is its result */
    SLOT_ECALL_DONE = 4, /* enclave: here is its result */
    SLOT_STATE_MASK = 0x1f,
    SLOT_POLLED = 0x20,    /* tasks only, with SLOT_ECALL: its caller never sleeps or withdraws */
    SLOT_WAITED = 0x40,    /* the enclave sleeps on the word of a task, or of a quick ocall */
    SLOT_DEAD = 0x80,      /* set by the device: the enclave is gone */
    SLOT_QUICK = 0x100,    /* slots only: an ocall that a worker of the host may serve ... */
    SLOT_QUICK_SHIFT = 9,  /* ... and above it which one, for who is about to sleep over it */
    SLOT_NUMBER_SHIFT = 8, /* tasks only: above it the number of the call, so that old news shows */
};

enum slot_kind {
    SLOT_KIND_FUNCTION = 0, /* function: a position in the EDL's table */
    SLOT_KIND_SERVICE = 1,  /* function: enum slot_service */
    SLOT_KIND_BATCH = 2, /* tasks only; function: how many calls the frames hold (wire/batch.h) */
};

/* What the enclave runtime may ask of the host runtime. */
enum slot_service {
    SERVICE_WRITE = 1, /* in: u8 stream (1 stdout, 2 stderr, 3 log), then the bytes */
    SERVICE_ALLOC = 2, /* in: u64 size; out: u64 offset of that many bytes in the heap */
    SERVICE_FREE = 3,  /* in: u64 offset from SERVICE_ALLOC */
};

enum {
    SLOT_FLAG_INDIRECT = 1, /* payload is a struct slot_frame */
};

/* One cache line: request and reply share it, so a call moves it twice and nothing else. */
struct window_slot {
    _Atomic uint32_t word; /* futex; enum slot_state */
    uint16_t function;
    uint8_t kind;     /* enum slot_kind */
    uint8_t flags;    /* SLOT_FLAG_* */
    uint32_t status;  /* of a reply: cc_enclave_result_t */
    uint8_t in_size;  /* inline: bytes of the request in payload */
    uint8_t out_size; /* inline: room of the reply in a request, its bytes in a reply */
    uint16_t cpu;     /* request: where the caller runs, plus 1; 0 = unknown. A hint only. */
    uint8_t payload[WINDOW_INLINE_SIZE];
};

/* Payload of an indirect slot. The answer takes the place of the request, which has been copied by
 * then: half the room, and half the cache lines. */
struct slot_frame {
    uint64_t offset; /* in the window */
    uint64_t in_size;
    uint64_t out_size; /* reply: bytes written */
};

struct window_control {
    _Atomic uint32_t dead;  /* set once by the device, never cleared */
    _Atomic uint32_t ended; /* behind it: how the process ended, a hint for people; futex */
};

/* struct window_control.ended: 0 = not known, else one of these and the number of the signal or the
 * exit status. */
enum {
    WINDOW_ENDED_SIGNAL = 1 << 16,
    WINDOW_ENDED_EXIT = 2 << 16,
    WINDOW_ENDED_NUMBER = 0xffff,
    WINDOW_ENDED_ABORT = 128 + 6, /* exit status of abort(), which may not signal itself */
    WINDOW_ENDED_TEXT_ROOM = 96,
};
/* For messages; any value has a text, for the enclave can write there as well. */
void window_ended_text(uint32_t ended, char ret_text[static WINDOW_ENDED_TEXT_ROOM]);

_Static_assert(sizeof(struct window_slot) == 64, "a slot is one cache line");
_Static_assert(sizeof(struct slot_frame) <= WINDOW_INLINE_SIZE, "a frame fits the payload");

struct window_layout {
    size_t slots;
    size_t board;
    size_t tasks;
    size_t marks;
    size_t arenas; /* from here on frames may lie */
    size_t task_arenas;
    size_t heap;
    size_t size;
    uint32_t tcs_count;
};

/* False when the numbers are out of range or there is no heap left. */
bool window_layout_compute(uint32_t tcs_count, size_t window_size, struct window_layout *ret_layout)
    __attribute__((warn_unused_result));
/* Size of a window with shared_size bytes of heap; false on overflow or a bad count. */
bool window_size_compute(uint32_t tcs_count, uint64_t shared_size, size_t *ret_size)
    __attribute__((warn_unused_result));

/* Whether a window may lie there: page aligned, above the first MiB, inside user space. */
bool window_address_valid(uint64_t address, size_t window_size);

static inline struct window_slot *window_slot_at(void *window, const struct window_layout *layout,
                                                 uint32_t index)
{
    return (struct window_slot *)(void *)((uint8_t *)window + layout->slots +
                                          (size_t)index * WINDOW_SLOT_STRIDE);
}

static inline struct window_slot *window_task_at(void *window, const struct window_layout *layout,
                                                 uint32_t index)
{
    return (struct window_slot *)(void *)((uint8_t *)window + layout->tasks +
                                          (size_t)index * WINDOW_SLOT_STRIDE);
}

static inline enum slot_state slot_state_of(uint32_t word)
{
    return (enum slot_state)(word & SLOT_STATE_MASK);
}

/* Of a slot: without what says who sleeps, who may serve it, and which one it is. */
static inline uint32_t slot_said(uint32_t word)
{
    uint32_t said = word & ~(uint32_t)SLOT_WAITED;

    return word & SLOT_QUICK ? said & (SLOT_QUICK - 1) : said;
}

/* Whose turn it is on the slot alone adds to it. */
static inline _Atomic uint64_t *window_calls_at(void *window, const struct window_layout *layout,
                                                uint32_t index)
{
    return (_Atomic uint64_t *)(void *)((uint8_t *)window_slot_at(window, layout, index) +
                                        sizeof(struct window_slot));
}

/* Of a slot or a task, when the enclave is traced: how long its function took. */
static inline _Atomic uint64_t *window_within_at(struct window_slot *slot)
{
    return (_Atomic uint64_t *)(void *)((uint8_t *)slot + sizeof *slot + sizeof(uint64_t));
}

/* For a line that is read and written by words, whatever stands in it. */
typedef uint64_t slot_word __attribute__((may_alias));

/* All but the payload: see slot_load(). */
static inline void slot_load_head(const struct window_slot *slot, struct window_slot *ret_copy)
{
    const volatile slot_word *from = (const volatile void *)slot;
    slot_word *to = (void *)ret_copy;

    /* The word is marked by whoever sees the enclave end: it alone is read as an atomic. */
    atomic_init(&ret_copy->word, atomic_load_explicit(&slot->word, memory_order_relaxed));
    memcpy((uint8_t *)to + sizeof(uint32_t),
           &(uint32_t){((const volatile uint32_t *)(const volatile void *)slot)[1]},
           sizeof(uint32_t));
    to[1] = from[1];
    _Static_assert(offsetof(struct window_slot, payload) == 2 * sizeof *to, "that was all");
}

/* The payload's first bytes, in whole words; of more than there are, all. No loop: compilers leave
 * it one, on the way of every call. */
static inline void slot_load_payload(const struct window_slot *slot, size_t size,
                                     struct window_slot *copy)
{
    const volatile slot_word *from = (const volatile void *)slot->payload;
    slot_word *to = (void *)copy->payload;

    switch ((size + sizeof *to - 1) / sizeof *to) {
    default:
        to[5] = from[5];
        /* fallthrough */
    case 5:
        to[4] = from[4];
        /* fallthrough */
    case 4:
        to[3] = from[3];
        /* fallthrough */
    case 3:
        to[2] = from[2];
        /* fallthrough */
    case 2:
        to[1] = from[1];
        /* fallthrough */
    case 1:
        to[0] = from[0];
        /* fallthrough */
    case 0:
        break;
    }
    _Static_assert(sizeof slot->payload == 6 * sizeof *to, "that was all");
}

/* Each word of the line is read once; the copy is what is checked and used. */
static inline void slot_load(const struct window_slot *slot, struct window_slot *ret_copy)
{
    slot_load_head(slot, ret_copy);
    slot_load_payload(slot, sizeof slot->payload, ret_copy);
}

/* Where an indirect request's bytes lie, and its answer's; false unless both ranges lie behind the
 * slots, inside the window, aligned, without overflow. */
struct frame_place {
    size_t offset;
    size_t in_size;
    size_t out_size;
};
bool frame_decode(const struct window_slot *copy, const struct window_layout *layout,
                  struct frame_place *ret_place) __attribute__((warn_unused_result));
void frame_encode(struct window_slot *slot, const struct slot_frame *frame);

/* Bytes that a frame takes: the larger of the two, padded. */
bool frame_size_compute(size_t in_size, size_t out_size, size_t *ret_size)
    __attribute__((warn_unused_result));
/* Up to 16; callers bound size first. */
static inline size_t frame_align(size_t size)
{
    return (size + WINDOW_FRAME_ALIGN - 1) & ~(size_t)(WINDOW_FRAME_ALIGN - 1);
}

#endif
