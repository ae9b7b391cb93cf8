/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What bounds the enclave's service: cookies, ages, epochs; none of it needs the host's ticks. */
#include "channel_ask.h"
#include <sched.h>
#include "cookie.h"

static struct line line;
static struct service_limits usual;

static void setup(void)
{
    rig_setup();
    line_init(&line);
    usual = service_get()->limits;
}

static void teardown(void)
{
    service_get()->limits = usual;
    line_done(&line);
    rig_teardown();
}

static size_t half_open(void)
{
    return pool_count(&service_get()->pool);
}

/* --- cookies ----------------------------------------------------------------------------------
 */

START_TEST(hellos_without_a_cookie_leave_nothing_when_many_are_half_open)
{
    struct buf hello;

    service_get()->limits.half_open_max_count = 8;
    for (int i = 0; i < 40; i++) {
        hello = hello_body();
        (void)ask(SC2_HELLO, 0, buf_view(&hello));
        buf_free(&hello);
    }
    ck_assert_uint_eq(half_open(), 4);
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_uint_eq(line.requests, 3); /* HELLO, HELLO with the cookie, FINISH */
    ck_assert_int_eq(line_echo(&line, "through the flood"), CC_SUCCESS);
}
END_TEST

START_TEST(memory_of_half_open_handshakes_is_bounded)
{
    ck_assert_uint_le(sizeof(struct half_open), 4096);
    ck_assert_uint_le(sizeof(struct pool), 512 * 4096);
    ck_assert_uint_le(usual.half_open_max_count, 512);
}
END_TEST

START_TEST(cookie_is_good_for_its_own_hello_only)
{
    struct buf hello, other, with;
    struct answer *a;

    service_get()->limits.half_open_max_count = 1;
    (void)hello_session();
    hello = hello_body();
    other = hello_body();
    a = ask(SC2_HELLO, 0, buf_view(&hello));
    ck_assert_uint_gt(answer_cookie(a).size, 0);
    ck_assert_uint_eq(a->message.session_id, 0);
    with = hello_with_cookie(&other, answer_cookie(a));
    a = ask(SC2_HELLO, 0, buf_view(&with));
    ck_assert_uint_gt(answer_cookie(a).size, 0); /* asked again: no entry, no key, no report */
    ck_assert_int_eq(ask_hello(&hello)->message.type, SC2_HELLO_RSP);
    buf_free(&hello);
    buf_free(&other);
    buf_free(&with);
}
END_TEST

START_TEST(forged_and_stale_cookies_are_refused)
{
    uint8_t cookie[COOKIE_SIZE];
    const struct secret key = {{7}}, other = {{8}};
    struct view base = view_text("hello");

    ck_assert(cookie_make(&key, 1000, base, cookie));
    ck_assert(cookie_good(&key, 1000, 500, base, VIEW_OF(cookie)));
    ck_assert(cookie_good(&key, 1500, 500, base, VIEW_OF(cookie)));
    ck_assert(!cookie_good(&key, 1501, 500, base, VIEW_OF(cookie)));
    ck_assert(!cookie_good(&key, 999, 500, base, VIEW_OF(cookie)));
    ck_assert(!cookie_good(&other, 1000, 500, base, VIEW_OF(cookie)));
    ck_assert(!cookie_good(&key, 1000, 500, view_text("hellp"), VIEW_OF(cookie)));
    ck_assert(!cookie_good(&key, 1000, 500, base, view_of(cookie, COOKIE_SIZE - 1)));
    ck_assert(!cookie_good(&key, 1000, 500, base, VIEW_EMPTY));
    for (size_t bit = 0; bit < 8 * sizeof cookie; bit++) {
        cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!cookie_good(&key, 1000, 500, base, VIEW_OF(cookie)));
        cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(hello_that_is_sent_again_opens_no_second_entry)
{
    struct buf hello = hello_body();

    ck_assert_int_eq(ask_hello(&hello)->message.type, SC2_HELLO_RSP);
    refused(ask(SC2_HELLO, 0, buf_view(&hello)), CC_ERROR_SEC_CHL_INVALID_SESSION);
    ck_assert_uint_eq(half_open(), 1);
    buf_free(&hello);
}
END_TEST

/* The host answers each HELLO with a demand for a cookie. */
static void cookie_always(struct line *l, struct buf *message)
{
    uint8_t body[64], room[128];
    struct sc2_exts exts = {.count = 0};
    struct writer w = writer_over(body, sizeof body), all = writer_over(room, sizeof room);
    struct sc2_message m = {.type = SC2_ERROR, .status = SC2_STATUS_RETRY};

    (void)l;
    ck_assert(sc2_exts_add(&exts, SC2_EXT_COOKIE, view_text("crumbs")));
    sc2_error_encode(&exts, &w);
    m.body = writer_view(&w);
    sc2_message_encode(&m, &all);
    line_keep(message, room, all.size);
}

START_TEST(client_sends_a_cookie_back_once)
{
    line.on_response = cookie_always;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    ck_assert_uint_eq(line.requests, 3); /* two HELLOs and the goodbye */
}
END_TEST

START_TEST(client_survives_another_suite_and_a_cookie_in_one_handshake)
{
    service_get()->limits.half_open_max_count = 2;
    (void)hello_session();
    service_get()->limits.suites_refused = 1u << SC2_SUITE_X25519;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_uint_eq(line.requests, 4);
    ck_assert_int_eq(line_echo(&line, "at last"), CC_SUCCESS);
}
END_TEST

/* --- time, without ticks ------------------------------------------------------------------------
 */

static struct member *member_get(void)
{
    struct member *member = roster_acquire(&service_get()->roster, line.client.session_id);

    ck_assert_ptr_nonnull(member);
    return member;
}

static bool hello_is_taken(void)
{
    struct buf hello = hello_body();
    struct answer *a = ask_hello(&hello);

    buf_free(&hello);
    if (a->message.type == SC2_HELLO_RSP)
        return true;
    refused(a, CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    return false;
}

START_TEST(hellos_cost_the_device_no_more_reports_in_a_second_than_set)
{
    unsigned taken = 0;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    service_get()->limits.reports_per_s = 2;
    while (hello_is_taken())
        ck_assert_uint_lt(++taken, 200); /* seconds may pass, but not one with each */
    ck_assert_int_eq(line_echo(&line, "undisturbed"), CC_SUCCESS);
    while (!hello_is_taken()) /* the next second */
        sched_yield();
    service_get()->limits.reports_per_s = SERVICE_REPORTS_PER_S;
}
END_TEST

START_TEST(idle_session_ends_without_a_tick)
{
    struct member *member;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    member = member_get();
    service_get()->limits.idle_ms = 100000;
    atomic_fetch_sub(&member->used_ms, 1000); /* far from it, however slow this machine is */
    ck_assert_int_eq(line_echo(&line, "in time"), CC_SUCCESS);
    atomic_fetch_sub(&member->used_ms, 100000);
    ck_assert_int_eq(line_echo(&line, "too late"), (cc_enclave_result_t)-1);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
    roster_release(member);
}
END_TEST

START_TEST(session_ends_when_its_attestation_is_too_old)
{
    struct member *member;

    service_get()->limits.session.age_ms = 100000;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_echo(&line, "fresh"), CC_SUCCESS);
    member = member_get();
    member->session.born_ms -= 100000; /* used a moment ago, and over all the same */
    ck_assert_int_eq(line_echo(&line, "stale"), (cc_enclave_result_t)-1);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
    roster_release(member);
}
END_TEST

START_TEST(channel_talks_on_over_many_epochs)
{
    service_get()->limits.session.epoch_records = 3;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(line_echo(&line, "again"), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/limits");
    TCase *tcase = tcase_of(suite, "limits");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, hellos_without_a_cookie_leave_nothing_when_many_are_half_open);
    tcase_add_test(tcase, memory_of_half_open_handshakes_is_bounded);
    tcase_add_test(tcase, cookie_is_good_for_its_own_hello_only);
    tcase_add_test(tcase, forged_and_stale_cookies_are_refused);
    tcase_add_test(tcase, hello_that_is_sent_again_opens_no_second_entry);
    tcase_add_test(tcase, client_sends_a_cookie_back_once);
    tcase_add_test(tcase, client_survives_another_suite_and_a_cookie_in_one_handshake);
    tcase_add_test(tcase, hellos_cost_the_device_no_more_reports_in_a_second_than_set);
    tcase_add_test(tcase, idle_session_ends_without_a_tick);
    tcase_add_test(tcase, session_ends_when_its_attestation_is_too_old);
    tcase_add_test(tcase, channel_talks_on_over_many_epochs);
    return suite_main(suite);
}
