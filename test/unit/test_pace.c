/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Waits between looks at a line: the fastest pair is found, kept, and looked for again. */
#include "base/pace.h"
#include "support.h"

enum { FEW = 20, MANY = 360 };

static struct pace pace;
static uint64_t now;

/* One window of calls that take so long each. */
static void window_pass(uint64_t call_ns)
{
    now += call_ns * PACE_WINDOW;
    for (int i = 1; i < PACE_WINDOW; i++)
        ck_assert(!pace_count(&pace));
    ck_assert(pace_count(&pace));
    pace_turn(&pace, now);
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* A call takes 100 ns, and more the further the waits are from these. */
static uint64_t landscape(uint32_t caller, uint32_t server)
{
    return 100 + (pace.caller != caller) * 20u + distance(pace.server, server) / 3;
}

static void begin(void)
{
    pace = (struct pace){0};
    now = 1000000;
}

static void windows_pass(unsigned count, uint32_t caller, uint32_t server)
{
    while (count-- > 0)
        window_pass(landscape(caller, server));
}

START_TEST(fastest_pair_is_found_and_kept)
{
    windows_pass(MANY, 30, 126);
    ck_assert_uint_eq(pace.caller, 30);
    ck_assert_uint_eq(pace.server, 126);
    for (unsigned i = 0; i < 1000; i++) {
        windows_pass(1, 30, 126);
        ck_assert_uint_eq(pace.server, 126);
    }
}
END_TEST

/* A window that was fast by chance is no reason to keep its pair. */
START_TEST(chance_does_not_decide)
{
    for (unsigned i = 0; i < MANY; i++)
        window_pass(i == 20 || i == 47 ? 50 : landscape(30, 54));
    ck_assert_uint_eq(pace.caller, 30);
    ck_assert_uint_eq(pace.server, 54);
}
END_TEST

START_TEST(slower_calls_make_it_look_again)
{
    windows_pass(MANY, 0, 36);
    ck_assert_uint_eq(pace.server, 36);
    windows_pass(1000, PACE_LEARNED, 198); /* other CPUs */
    ck_assert_uint_eq(pace.caller, PACE_LEARNED);
    ck_assert_uint_eq(pace.server, 198);
}
END_TEST

/* Trials that do not help are made ever more seldom: they cost calls that take longer. */
START_TEST(calls_that_stay_slow_are_not_tried_for_ever)
{
    unsigned tried = 0;
    bool tries = true;

    for (unsigned i = 0; i < 40000; i++) {
        uint32_t before = pace.trial;

        window_pass(tries ? 100 : 300);
        tries = pace.trial != before;
        tried += tries;
    }
    ck_assert_uint_ge(tried, 2 * MANY);
    ck_assert_uint_lt(tried, 40000 / 10);
}
END_TEST

/* How both look is tried out as well, and the server told. */
START_TEST(manner_that_is_faster_is_found)
{
    for (unsigned i = 0; i < MANY; i++)
        window_pass(landscape(0, 36) + !(pace.advice & PACE_TO_WRITE) * 50u);
    ck_assert_uint_eq(pace.server, 36);
    ck_assert(pace_advised(pace.advice) & PACE_TO_WRITE);
    ck_assert_uint_eq(pace_advised(pace.advice) & PACE_TURNS_MAX, 36);
}
END_TEST

/* After many calls as well, since the best may be better by now. */
START_TEST(many_calls_make_it_look_again)
{
    windows_pass(MANY, 0, 36);
    for (unsigned i = 0; i < 9000; i++)
        window_pass(landscape(0, 36) - (pace.server == 90) * 30u);
    ck_assert_uint_eq(pace.server, 90);
}
END_TEST

/* Each of them is long enough to make calls slow, taken alone. */
START_TEST(disturbed_windows_are_no_reason_to_look_again)
{
    windows_pass(MANY, 30, 126);
    for (unsigned i = 0; i < 5000; i++) {
        uint32_t before = pace.trial;

        window_pass(i % 40 == 39 ? 3000 : landscape(30, 126));
        ck_assert_uint_eq(pace.trial, before);
    }
}
END_TEST

/* Nor is one at a bad moment a reason to give up what was kept. */
START_TEST(pair_that_was_kept_is_tried_again_with_the_best)
{
    uint32_t at_first;

    windows_pass(MANY, 30, 126);
    at_first = pace.trial;
    for (unsigned i = 0; i < 9000 && pace.trial >= at_first; i++)
        window_pass(landscape(30, 126));
    ck_assert_uint_lt(pace.trial, at_first);
    for (unsigned i = 0, seen = 0; i < MANY; i++) {
        bool kept = pace.caller == 30 && pace.server == 126;

        seen += kept && pace.advice == 126;
        window_pass(kept && seen == 1 ? 1000 : landscape(30, 126));
    }
    ck_assert_uint_eq(pace.caller, 30);
    ck_assert_uint_eq(pace.server, 126);
}
END_TEST

/* A function, or the work between calls, takes longer than any wait: nothing is tried. */
START_TEST(long_calls_are_waited_for_as_they_took_lately)
{
    for (unsigned i = 0; i < FEW; i++) {
        window_pass(5000);
        ck_assert_uint_eq(pace.caller, PACE_LEARNED);
        ck_assert_uint_eq(pace.server, 0);
    }
    windows_pass(MANY, 0, 36); /* until they are short */
    ck_assert_uint_eq(pace.server, 36);
}
END_TEST

/* The thread did something else for a while: that says nothing about its calls. */
START_TEST(pause_between_calls_changes_nothing)
{
    windows_pass(MANY, 30, 126);
    for (unsigned i = 0; i < 2000; i++) {
        window_pass(i % 100 == 99 ? 1000000 : landscape(30, 126));
        ck_assert_uint_eq(pace.server, 126);
    }
}
END_TEST

/* Nor about the waits that were just tried: those are tried once more. */
START_TEST(pauses_between_calls_do_not_keep_trials_from_ending)
{
    for (unsigned i = 0; i < 2 * MANY; i++)
        window_pass(i % 8 == 7 ? 1000000 : landscape(30, 126));
    ck_assert_uint_eq(pace.caller, 30);
    ck_assert_uint_eq(pace.server, 126);
}
END_TEST

/* Longer when answers come later, shorter when they come earlier, and within bounds. */
START_TEST(wait_that_answers_teach_follows_them)
{
    pace.caller = PACE_LEARNED;
    pace.learned = 1; /* so that no step ends just there */
    for (unsigned i = 0; i < PACE_LEARNED_MAX; i++)
        pace_learn(&pace, false);
    ck_assert_uint_eq(pace.learned, PACE_LEARNED_MAX);
    for (unsigned i = 0; i < PACE_LEARNED_MAX; i++) {
        pace_learn(&pace, true);
        ck_assert_uint_le(pace.learned, PACE_LEARNED_MAX);
    }
    ck_assert_uint_eq(pace.learned, 0);
    pace.caller = 30;
    pace_learn(&pace, false);
    ck_assert_uint_eq(pace.learned, 0);
}
END_TEST

START_TEST(advice_is_cut_to_what_may_be_waited)
{
    ck_assert_uint_eq(pace_advised(0), 0);
    ck_assert_uint_eq(pace_advised(PACE_TURNS_MAX), PACE_TURNS_MAX);
    ck_assert_uint_eq(pace_advised(PACE_TO_WRITE | 7), PACE_TO_WRITE | 7);
    ck_assert_uint_eq(pace_advised(UINT32_MAX), PACE_MANNER | PACE_TURNS_MAX);
}
END_TEST

START_TEST(no_wait_is_longer_than_it_may_be)
{
    for (unsigned i = 0; i < 20000; i++) {
        window_pass(50 + i * 7919 % 400);
        ck_assert(pace.caller <= PACE_TURNS_MAX || pace.caller == PACE_LEARNED);
        ck_assert_uint_le(pace.server, PACE_TURNS_MAX);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/pace");
    TCase *tcase = tcase_of(suite, "pace");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, fastest_pair_is_found_and_kept);
    tcase_add_test(tcase, chance_does_not_decide);
    tcase_add_test(tcase, slower_calls_make_it_look_again);
    tcase_add_test(tcase, calls_that_stay_slow_are_not_tried_for_ever);
    tcase_add_test(tcase, manner_that_is_faster_is_found);
    tcase_add_test(tcase, many_calls_make_it_look_again);
    tcase_add_test(tcase, disturbed_windows_are_no_reason_to_look_again);
    tcase_add_test(tcase, pair_that_was_kept_is_tried_again_with_the_best);
    tcase_add_test(tcase, long_calls_are_waited_for_as_they_took_lately);
    tcase_add_test(tcase, pause_between_calls_changes_nothing);
    tcase_add_test(tcase, pauses_between_calls_do_not_keep_trials_from_ending);
    tcase_add_test(tcase, wait_that_answers_teach_follows_them);
    tcase_add_test(tcase, advice_is_cut_to_what_may_be_waited);
    tcase_add_test(tcase, no_wait_is_longer_than_it_may_be);
    return suite_main(suite);
}
