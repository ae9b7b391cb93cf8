/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "support.h"
#include "wire/window.h"
#include <string.h>

enum { TCS = 4, SIZE = 64 << 20 };

static struct window_layout layout;

static void layout_set(void)
{
    ck_assert(window_layout_compute(TCS, SIZE, &layout));
}

static struct window_slot indirect(uint64_t offset, uint64_t in_size, uint64_t out_size)
{
    struct window_slot slot;
    struct slot_frame frame = {offset, in_size, out_size};

    memset(&slot, 0, sizeof slot);
    frame_encode(&slot, &frame);
    return slot;
}

START_TEST(layout_has_disjoint_parts_in_order)
{
    layout_set();
    ck_assert_uint_eq(layout.slots, WINDOW_CONTROL_SIZE);
    ck_assert_uint_ge(layout.board, layout.slots + TCS * WINDOW_SLOT_STRIDE);
    ck_assert_uint_eq(layout.tasks, layout.board + WINDOW_BOARD_SIZE);
    ck_assert_uint_eq(layout.marks, layout.tasks + WINDOW_TASKS_MAX * WINDOW_SLOT_STRIDE);
    ck_assert_uint_eq(layout.arenas, layout.marks + WINDOW_TASKS_MAX * WINDOW_SLOT_STRIDE);
    ck_assert_uint_eq(layout.task_arenas, layout.arenas + TCS * WINDOW_ARENA_SIZE);
    ck_assert_uint_eq(layout.heap, layout.task_arenas + WINDOW_TASKS_MAX * WINDOW_TASK_ARENA_SIZE);
    ck_assert_uint_lt(layout.heap, layout.size);
}
END_TEST

START_TEST(layout_refuses_what_has_no_heap_or_no_slots)
{
    struct window_layout untouched = {.size = 77};

    ck_assert(!window_layout_compute(0, SIZE, &untouched));
    ck_assert(!window_layout_compute(WINDOW_TCS_MAX + 1, SIZE, &untouched));
    ck_assert(!window_layout_compute(TCS, SIZE + 1, &untouched));
    ck_assert(!window_layout_compute(TCS, WINDOW_TASKS_MAX * WINDOW_TASK_ARENA_SIZE, &untouched));
    ck_assert_uint_eq(untouched.size, 77);
}
END_TEST

START_TEST(size_compute_gives_room_for_the_heap_asked_for)
{
    size_t size;

    ck_assert(window_size_compute(WINDOW_TCS_MAX, 1 << 20, &size));
    ck_assert(window_layout_compute(WINDOW_TCS_MAX, size, &layout));
    ck_assert_uint_ge(layout.size - layout.heap, 1 << 20);
    ck_assert(!window_size_compute(1, UINT64_MAX, &size));
}
END_TEST

START_TEST(address_is_refused_where_no_window_may_lie)
{
    ck_assert(window_address_valid(UINT64_C(0x200000000000), SIZE));
    ck_assert(!window_address_valid(0, SIZE));
    ck_assert(!window_address_valid(4096, SIZE));
    ck_assert(!window_address_valid(UINT64_C(0x200000000800), SIZE));
    ck_assert(!window_address_valid((UINT64_C(1) << 47) - 4096, SIZE));
    ck_assert(!window_address_valid(UINT64_MAX - 4095, SIZE));
}
END_TEST

/* offset, in, out: what the other side may claim. */
static const struct {
    uint64_t offset, in_size, out_size;
} hostile[] = {
    {0, 16, 16},                    /* the control page */
    {WINDOW_CONTROL_SIZE, 16, 16},  /* the slots */
    {12288, 16, 16},                /* the tasks */
    {SIZE, 16, 0},                  /* behind the end */
    {SIZE - 16, 16, 17},            /* out runs over */
    {SIZE - 16, 17, 0},             /* in runs over */
    {(1 << 20) + 8, 16, 16},        /* not aligned */
    {1 << 20, UINT64_MAX, 0},       /* wraps */
    {1 << 20, UINT64_MAX - 15, 32}, /* wraps after padding */
    {UINT64_MAX - 15, 16, 16},      /* wraps at once */
    {1 << 20, 0, UINT64_MAX},
};

START_TEST(frame_decode_refuses_what_leaves_the_window)
{
    struct window_slot slot =
        indirect(hostile[_i].offset, hostile[_i].in_size, hostile[_i].out_size);
    struct frame_place place = {.in_size = 77};

    layout_set();
    ck_assert(!frame_decode(&slot, &layout, &place));
    ck_assert_uint_eq(place.in_size, 77);
}
END_TEST

START_TEST(frame_decode_accepts_up_to_the_last_byte)
{
    struct window_slot slot = indirect(SIZE - 32, 17, 32);
    struct frame_place place;

    layout_set();
    ck_assert(frame_decode(&slot, &layout, &place));
    ck_assert_uint_eq(place.offset, SIZE - 32);
    ck_assert_uint_eq(place.out_size, 32);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/window");
    TCase *tcase = tcase_of(suite, "window");

    tcase_add_test(tcase, layout_has_disjoint_parts_in_order);
    tcase_add_test(tcase, layout_refuses_what_has_no_heap_or_no_slots);
    tcase_add_test(tcase, size_compute_gives_room_for_the_heap_asked_for);
    tcase_add_test(tcase, address_is_refused_where_no_window_may_lie);
    tcase_add_loop_test(tcase, frame_decode_refuses_what_leaves_the_window, 0,
                        sizeof hostile / sizeof hostile[0]);
    tcase_add_test(tcase, frame_decode_accepts_up_to_the_last_byte);
    return suite_main(suite);
}
