/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/replay.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>

/* What happens one number after the other: is it taken? */
static const struct {
    uint64_t seq;
    bool taken;
} steps[] = {
    {0, true},
    {0, false},
    {1, true},
    {3, true},
    {2, true},
    {2, false},
    {1023, true},
    {1024, true},
    {4, true},
    {0, false}, /* just outside: 1025 numbers back from the top */
    {1027, true},
    {5, true},
    {3, false}, /* seen, and outside */
    {100000, true},
    {99999, true},
    {100000 - 1023, true},
    {100000 - 1024, false}, /* too old */
    {100000 - 1023, false},
    {1027, false},
    {1u << 30, true},
    {UINT64_MAX, false}, /* never */
    {UINT64_MAX - 1, true},
    {UINT64_MAX - 1, false},
    {UINT64_MAX - 2, true},
};

START_TEST(window_takes_each_number_once)
{
    struct replay replay = {.next = 0};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool fresh = replay_fresh(&replay, steps[i].seq);

        ck_assert_msg(fresh == steps[i].taken, "step %zu", i);
        if (fresh)
            replay_record(&replay, steps[i].seq);
    }
}
END_TEST

/* The rule, said slowly: a list of everything seen. */
START_TEST(window_agrees_with_a_plain_list)
{
    size_t count = count_of(COUNT_REPLAY_NUMBERS);
    bool *seen = calloc(2 * count + 4096, sizeof *seen);
    struct replay replay = {.next = 0};
    uint64_t top = 0;
    bool any = false;
    unsigned seed = 7;

    ck_assert_ptr_nonnull(seen);
    for (size_t i = 0; i < count; i++) {
        uint64_t seq = 2 * i + (uint64_t)(rand_r(&seed) % 3000);
        bool fresh = !seen[seq] && (!any || seq > top || top - seq < REPLAY_COUNT);

        ck_assert_int_eq(replay_fresh(&replay, seq), fresh);
        if (!fresh)
            continue;
        replay_record(&replay, seq);
        seen[seq] = true;
        top = !any || seq > top ? seq : top;
        any = true;
    }
    free(seen);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/replay");
    TCase *tcase = tcase_of(suite, "replay");

    tcase_add_test(tcase, window_takes_each_number_once);
    tcase_add_test(tcase, window_agrees_with_a_plain_list);
    return suite_main(suite);
}
