/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a client is answered, changed in one way at a time: each is refused for its own reason, and
 * the application is never told of evidence whose handshake did not hold.
 */
#include "channel_mitm.h"

static struct line line;
static unsigned told; /* how often the application was shown evidence */
static unsigned finishes;

static int attested_count(const cc_sec_chl_attested_t *attested, void *arg)
{
    (void)attested, (void)arg;
    told++;
    return 0;
}

static void setup(void)
{
    rig_setup();
    line_init(&line);
    line.opts.attested = attested_count;
    told = finishes = 0;
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

static void rsp_short(struct buf *message)
{
    message_set(message, SC2_HELLO_RSP, line_message(message).session_id, view_text("short"));
}

/* The header's, which no rewriting of the body touches. */
static void session_other(struct buf *message)
{
    struct sc2_message m = line_message(message);
    uint8_t body[SC2_BODY_MAX_SIZE];

    memcpy(body, m.body.data, m.body.size);
    message_set(message, m.type, m.session_id ^ 1, view_of(body, m.body.size));
}

static void suite_change(struct sc2_hello_rsp *rsp, void *arg)
{
    (void)arg;
    rsp->suite = SC2_SUITE_P256;
}

static void suite_other(struct buf *message)
{
    rsp_rewrite(message, suite_change, NULL);
}

static void share_change(struct sc2_hello_rsp *rsp, void *arg)
{
    static const uint8_t zero[32]; /* every key agrees with it on the same */

    (void)arg;
    rsp->share = VIEW_OF(zero);
}

static void share_zero(struct buf *message)
{
    rsp_rewrite(message, share_change, NULL);
}

static void fin_change(struct sc2_hello_rsp *rsp, void *arg)
{
    static const uint8_t zero[SC2_MAC_SIZE];

    (void)arg;
    rsp->fin_s = VIEW_OF(zero);
}

static void fin_other(struct buf *message)
{
    rsp_rewrite(message, fin_change, NULL);
}

static void no_message(struct buf *message)
{
    static const uint8_t bytes[] = {0xff, 1, 2};

    line_keep(message, bytes, sizeof bytes);
}

static void retry_broken(struct buf *message)
{
    static const uint8_t exts[] = {9, 0, 1};
    uint8_t room[64];
    struct writer w = writer_over(room, sizeof room);
    const struct sc2_message m = {
        .type = SC2_ERROR, .status = SC2_STATUS_RETRY, .body = VIEW_OF(exts)};

    sc2_message_encode(&m, &w);
    line_keep(message, room, w.size);
}

static void ack_short(struct buf *message)
{
    message_set(message, SC2_FINISH_RSP, line_message(message).session_id, view_text("short"));
}

static void error_instead(struct buf *message)
{
    static const uint8_t none[2];
    uint8_t room[64];
    struct writer w = writer_over(room, sizeof room);
    const struct sc2_message m = {.type = SC2_ERROR,
                                  .status = (uint32_t)CC_ERROR_SEC_CHL_INVALID_SESSION,
                                  .body = VIEW_OF(none)};

    sc2_message_encode(&m, &w);
    line_keep(message, room, w.size);
}

enum {
    MALFORMED = CC_ERROR_SEC_CHL_INVALID_EXCH_BUF,
    CHANGED = CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE
};
static const struct row {
    enum sc2_type of; /* the answer that is changed */
    void (*change)(struct buf *message);
    unsigned code;
    const char *why;
} ROWS[] = {
    {SC2_HELLO_RSP, rsp_short, MALFORMED, "malformed HELLO_RSP"},
    {SC2_HELLO_RSP, session_other, CHANGED, "two session ids"},
    {SC2_HELLO_RSP, suite_other, CHANGED, "another cipher suite"},
    {SC2_HELLO_RSP, share_zero, CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM, "none of this suite"},
    {SC2_HELLO_RSP, fin_other, CHANGED, "Finished does not authenticate"},
    {SC2_HELLO_RSP, no_message, MALFORMED, "malformed"},
    {SC2_HELLO_RSP, retry_broken, MALFORMED, "malformed ERROR"},
    {SC2_HELLO_RSP, error_instead, CC_ERROR_SEC_CHL_INVALID_SESSION, "answered error"},
    {SC2_FINISH_RSP, ack_short, MALFORMED, "malformed FINISH_RSP"},
    {SC2_FINISH_RSP, session_other, CHANGED, "another session"},
    {SC2_FINISH_RSP, no_message, MALFORMED, "malformed"},
    {SC2_FINISH_RSP, error_instead, CC_ERROR_SEC_CHL_INVALID_SESSION, "answered error"},
};
enum { ROWS_COUNT = sizeof ROWS / sizeof ROWS[0] };
static const struct row *row;

static void answer_change(struct line *l, struct buf *message)
{
    (void)l;
    if (line_message(message).type == row->of)
        row->change(message);
}

static void finish_count(struct line *l, struct buf *message)
{
    (void)l;
    finishes += line_message(message).type == SC2_FINISH;
}

START_TEST(each_changed_answer_is_refused_for_its_own_reason)
{
    bool late;

    row = &ROWS[_i];
    late = row->of == SC2_FINISH_RSP;
    line.on_request = finish_count;
    line.on_response = answer_change;
    ck_assert_uint_eq((unsigned)line_open(&line), row->code);
    ck_assert_msg(strstr(cc_sec_chl_error_detail(), row->why) != NULL, "%s",
                  cc_sec_chl_error_detail());
    ck_assert_ptr_null(line.client.handle);
    ck_assert_uint_eq(told, late);
    ck_assert_uint_eq(finishes, late);
}
END_TEST

static enum sc2_type lost_type;

static void message_lose(struct line *l, struct buf *message)
{
    (void)l;
    if (line_message(message).type == lost_type)
        buf_free(message);
}

/* The connection breaks: at the first message, or at the second. */
START_TEST(lost_message_is_an_error_of_the_way)
{
    lost_type = _i == 0 ? SC2_HELLO : SC2_FINISH;
    line.on_request = message_lose;
    line.opts.timeout_ms = 1;
    ck_assert_int_ne(line_open(&line), CC_SUCCESS);
    ck_assert_ptr_null(line.client.handle);
    ck_assert_uint_eq(sessions(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/answers");
    TCase *tcase = tcase_of(suite, "answers");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, each_changed_answer_is_refused_for_its_own_reason, 0, ROWS_COUNT);
    tcase_add_loop_test(tcase, lost_message_is_an_error_of_the_way, 0, 2);
    return suite_main(suite);
}
