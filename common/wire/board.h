/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * board.h - how callers of switchless functions and workers find each other, beside the tasks' own
 * lines: who is awake, a bell for those who sleep, and a mark for each task that a worker took.
 *
 * Each line is written when somebody falls asleep, wakes or is in another's way, never for a call;
 * but a mark, which only its worker's CPU holds unless a caller grows impatient. All of it is
 * advice: what the other side writes here can cost the reader time and nothing else. What workers
 * may run is decided by claims in the enclave's own memory.
 *
 *   word of a task: number << 8 | DEAD 0x80 | WAITED 0x40 | POLLED 0x20 | enum slot_state; WAITED:
 *   the worker sleeps on it, in an ocall. That its caller sleeps, board_sleeper_of() says; POLLED:
 *   its caller neither sleeps nor withdraws
 *   mark of a task: number << 1 | 1 taken, or << 1 | 0 let go: it was withdrawn before it began
 *
 * The order of steps that loses no call, and runs none twice (docs/switchless.md, test/model):
 *   caller  word = ECALL, without a fence; awake == 0: bell + 1, wake one. Who stays and waits does
 *           the same again when nobody has marked the task after a moment
 *   worker  seen = bell; awake - 1; fence; look at all tasks once more; sleep unless bell != seen,
 *           for so long that no store from before can still be on its way; look once more; sleep
 *           unless bell != seen
 *   worker  claim; mark = taken; (fence;) word still the same? run, word = DONE; fence; wake who
 *           sleeps; claim = free. Of a task whose caller does not wait: without the fences
 *   caller  sleeps: says so; fence; the kernel looks whether the word is still the same
 *   caller  withdraws: word ECALL -> IDLE; fence, of all workers as well, who then need none behind
 *           their marks (base/barrier.h; where that is not to be had, they have one); while mark is
 *           taken and word IDLE, wait; word is still IDLE: gone, else answered after all
 *
 * Layer: common/wire. Threads: as said.
 */
#ifndef CC_WIRE_BOARD_H
#define CC_WIRE_BOARD_H

#include "wire/window.h"

enum { BOARD_LINE = 128 };

/* One bell and those who may ring it, for the workers of one side. */
struct board_bell {
    _Atomic uint32_t bell;  /* futex; the callers' line */
    _Atomic uint32_t limit; /* tasks from here on were never used; for the enclave's workers */
    /* Plus 1: where the enclave needs a CPU that a worker is on; for the host's workers, who clear
     * it. */
    _Atomic uint32_t beside;
    uint8_t apart[BOARD_LINE - 12];
    _Atomic uint32_t awake; /* workers that will look at all tasks before they sleep; theirs */
    _Atomic uint32_t cpu;   /* plus 1: where the one that looks for tasks runs; 0: nobody does */
    uint8_t apart_too[BOARD_LINE - 8];
};

struct board {
    struct board_bell tasks;  /* for ecalls: the enclave's workers */
    struct board_bell ocalls; /* for ocalls: the host's */
};
_Static_assert(sizeof(struct board) <= WINDOW_BOARD_SIZE, "the board is one page");

static inline struct board *board_of(void *window, const struct window_layout *layout)
{
    return (struct board *)(void *)((uint8_t *)window + layout->board);
}

static inline _Atomic uint32_t *board_mark_at(void *window, const struct window_layout *layout,
                                              uint32_t index)
{
    return (_Atomic uint32_t *)(void *)((uint8_t *)window + layout->marks +
                                        (size_t)index * WINDOW_SLOT_STRIDE);
}

/* Beside a task's line: not 0 while its caller sleeps on the word. */
static inline _Atomic uint32_t *board_sleeper_of(struct window_slot *slot)
{
    return (_Atomic uint32_t *)(void *)((uint8_t *)slot + sizeof *slot);
}

static inline uint32_t board_word(uint32_t number, enum slot_state state)
{
    return number << SLOT_NUMBER_SHIFT | (uint32_t)state;
}

static inline uint32_t board_mark(uint32_t number, bool taken)
{
    return number << 1 | (taken ? 1 : 0);
}

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
