/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/window.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static size_t page_align(size_t size)
{
    return (size + WINDOW_PAGE - 1) & ~(size_t)(WINDOW_PAGE - 1);
}

/* Everything but the heap; tcs_count is already bounded, so nothing overflows. */
static void layout_of(uint32_t tcs_count, struct window_layout *layout)
{
    layout->tcs_count = tcs_count;
    layout->slots = WINDOW_CONTROL_SIZE;
    layout->board = page_align(layout->slots + (size_t)tcs_count * WINDOW_SLOT_STRIDE);
    layout->tasks = layout->board + WINDOW_BOARD_SIZE;
    layout->marks = layout->tasks + (size_t)WINDOW_TASKS_MAX * WINDOW_SLOT_STRIDE;
    layout->arenas = layout->marks + (size_t)WINDOW_TASKS_MAX * WINDOW_SLOT_STRIDE;
    layout->task_arenas = layout->arenas + (size_t)tcs_count * WINDOW_ARENA_SIZE;
    layout->heap = layout->task_arenas + (size_t)WINDOW_TASKS_MAX * WINDOW_TASK_ARENA_SIZE;
}

bool window_layout_compute(uint32_t tcs_count, size_t window_size, struct window_layout *ret_layout)
{
    struct window_layout layout;

    if (tcs_count == 0 || tcs_count > WINDOW_TCS_MAX || window_size % WINDOW_PAGE != 0)
        return false;
    layout_of(tcs_count, &layout);
    layout.size = window_size;
    if (layout.heap >= window_size)
        return false;
    *ret_layout = layout;
    return true;
}

bool window_size_compute(uint32_t tcs_count, uint64_t shared_size, size_t *ret_size)
{
    struct window_layout layout;

    if (tcs_count == 0 || tcs_count > WINDOW_TCS_MAX || shared_size > SIZE_MAX / 2)
        return false;
    layout_of(tcs_count, &layout);
    *ret_size = layout.heap + page_align(shared_size > 0 ? shared_size : 1);
    return true;
}

bool window_address_valid(uint64_t address, size_t window_size)
{
    const uint64_t lowest = UINT64_C(1) << 20, user_end = UINT64_C(1) << 47;

    return address % WINDOW_PAGE == 0 && address >= lowest && address < user_end &&
           window_size <= user_end - address;
}

bool frame_size_compute(size_t in_size, size_t out_size, size_t *ret_size)
{
    if (in_size > SIZE_MAX / 4 || out_size > SIZE_MAX / 4)
        return false;
    *ret_size = frame_align(in_size > out_size ? in_size : out_size);
    return true;
}

bool frame_decode(const struct window_slot *copy, const struct window_layout *layout,
                  struct frame_place *ret_place)
{
    struct slot_frame frame;
    size_t total;

    memcpy(&frame, copy->payload, sizeof frame);
    if (frame.offset % WINDOW_FRAME_ALIGN != 0 || frame.offset < layout->arenas ||
        !frame_size_compute(frame.in_size, frame.out_size, &total) ||
        !range_within(frame.offset, total, layout->size))
        return false;
    *ret_place = (struct frame_place){
        .offset = frame.offset,
        .in_size = frame.in_size,
        .out_size = frame.out_size,
    };
    return true;
}

void frame_encode(struct window_slot *slot, const struct slot_frame *frame)
{
    slot->flags = SLOT_FLAG_INDIRECT;
    memcpy(slot->payload, frame, sizeof *frame);
}

static const char *signal_text(unsigned number)
{
    switch (number) {
    case SIGSYS:
        return "SIGSYS, a system call that enclaves may not make";
    case SIGSEGV:
        return "SIGSEGV, an invalid access to memory, or a stack that ran over";
    case SIGBUS:
        return "SIGBUS, an invalid access to memory";
    case SIGILL:
        return "SIGILL, an invalid instruction";
    case SIGFPE:
        return "SIGFPE, an arithmetic error";
    case SIGKILL:
        return "SIGKILL, by a person, by the system for want of memory, or by destroy";
    default:
        return NULL;
    }
}

void window_ended_text(uint32_t ended, char ret_text[static WINDOW_ENDED_TEXT_ROOM])
{
    unsigned number = ended & WINDOW_ENDED_NUMBER;
    const char *text = signal_text(number);

    switch (ended & ~(uint32_t)WINDOW_ENDED_NUMBER) {
    case WINDOW_ENDED_SIGNAL:
        if (text != NULL)
            snprintf(ret_text, WINDOW_ENDED_TEXT_ROOM, "signal %u (%s)", number, text);
        else
            snprintf(ret_text, WINDOW_ENDED_TEXT_ROOM, "signal %u", number);
        break;
    case WINDOW_ENDED_EXIT:
        if (number == WINDOW_ENDED_ABORT)
            snprintf(ret_text, WINDOW_ENDED_TEXT_ROOM, "abort() or a failed check");
        else
            snprintf(ret_text, WINDOW_ENDED_TEXT_ROOM, "exit() with status %u", number);
        break;
    default:
        snprintf(ret_text, WINDOW_ENDED_TEXT_ROOM, "a way that nobody told");
        break;
    }
}
