/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Client and host that own their sockets, over loopback:
 *
 *   cc_sec_stream --TCP--> cc_sec_serve --> relay --> enclave service
 */
#include "channel_ask.h"
#include "io/frames.h"
#include "secure_channel_serve.h"
#include "secure_channel_stream.h"
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum {
    LARGE_SIZE = (5 << 20) + 3,
    REFUSAL = -77,
    LONG_MS = 3600 * 1000,
    TRICKLE_MAX = 30000,
    STOPS = 40,
    STOP_CLIENTS = 5
};

static cc_sec_serve_t *serve;
static cc_sec_chl_client_opts_t channel_opts;
static char port[16];
static uint8_t *arrived; /* what FRAME_RECORDs carried, one behind the other */
static atomic_size_t arrived_size;
static atomic_uint served;

/* Keeps what comes and answers its first bytes reversed; "no" is refused, "silence" unanswered. */
static int record_serve(size_t session_id, const uint8_t *record, size_t size, uint8_t *answer,
                        size_t *answer_len, void *arg)
{
    size_t plain_size = size, count;
    uint8_t back[16], *plain = malloc(size);
    int rc = plain != NULL
                 ? cc_sec_chl_enclave_decrypt(session_id, record, size, plain, &plain_size)
                 : -1;

    (void)arg;
    if (rc != 0)
        goto out;
    served++;
    if (arrived != NULL && arrived_size + plain_size <= LARGE_SIZE)
        memcpy(arrived + arrived_size, plain, plain_size);
    arrived_size += plain_size;
    rc = plain_size == 2 && memcmp(plain, "no", 2) == 0 ? REFUSAL : 0;
    if (rc != 0 || (plain_size == 7 && memcmp(plain, "silence", 7) == 0)) {
        *answer_len = 0;
        goto out;
    }
    count = plain_size < sizeof back ? plain_size : sizeof back;
    for (size_t i = 0; i < count; i++)
        back[i] = plain[count - 1 - i];
    rc = cc_sec_chl_enclave_encrypt(session_id, back, count, answer, answer_len);
out:
    free(plain);
    return rc;
}

static void serve_begin(const char *where)
{
    cc_sec_serve_opts_t opts = {
        .struct_size = sizeof opts, .service = &rig.svr, .port = where, .record = record_serve};

    ck_assert_int_eq(cc_sec_serve_start(&opts, &serve), CC_SUCCESS);
    snprintf(port, sizeof port, "%d", cc_sec_serve_port(serve));
}

static void setup(void)
{
    rig_setup();
    served = 0;
    arrived_size = 0;
    channel_opts = (cc_sec_chl_client_opts_t){.struct_size = sizeof channel_opts,
                                              .policy_json = rig.policy,
                                              .policy_json_len = strlen(rig.policy)};
    serve_begin(NULL);
}

static void teardown(void)
{
    cc_sec_serve_stop(serve);
    rig_teardown();
}

static cc_enclave_result_t stream_open(cc_sec_stream_t **ret_stream)
{
    const cc_sec_stream_opts_t opts = {.struct_size = sizeof opts,
                                       .host = "127.0.0.1",
                                       .port = port,
                                       .uuid = RIG_UUID,
                                       .channel = &channel_opts,
                                       .timeout_ms = 30000};

    return cc_sec_stream_open(&opts, ret_stream);
}

/* From now on another enclave is there. */
static void enclave_change(void)
{
    pthread_mutex_lock(&rig.lock);
    rig.device->body.mrenclave[0] ^= 1;
    pthread_mutex_unlock(&rig.lock);
}

static void asks(cc_sec_stream_t *stream, const char *text, const char *wanted)
{
    char answer[64];
    size_t size = sizeof answer;

    ck_assert_msg(cc_sec_stream_call(stream, text, strlen(text), answer, &size) == CC_SUCCESS, "%s",
                  cc_sec_chl_error_detail());
    ck_assert_uint_eq(size, strlen(wanted));
    ck_assert_mem_eq(answer, wanted, size);
}

START_TEST(requests_are_answered)
{
    cc_sec_chl_attested_t attested = {.struct_size = sizeof attested};
    cc_sec_stream_t *stream;
    char answer[2] = "..";
    size_t size = sizeof answer;

    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_stream_attested(stream, &attested), CC_SUCCESS);
    ck_assert_uint_eq(attested.mrenclave[0], 0x22);
    asks(stream, "drawer", "reward");
    asks(stream, "silence", "");
    ck_assert_int_eq(cc_sec_stream_call(stream, "silence", 7, NULL, NULL), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_stream_call(stream, "drawer", 6, answer, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, 6);
    ck_assert_int_eq(cc_sec_stream_call(stream, "no", 2, NULL, NULL), CC_FAIL);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "-77"));
    asks(stream, "pots", "stop"); /* the same channel goes on */
    cc_sec_stream_close(stream);
}
END_TEST

START_TEST(large_data_arrives_whole_and_in_order)
{
    static uint8_t data[LARGE_SIZE];
    cc_sec_stream_t *stream;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + (i >> 12));
    arrived = malloc(LARGE_SIZE);
    ck_assert_ptr_nonnull(arrived);
    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_stream_send(stream, data, sizeof data), CC_SUCCESS);
    cc_sec_stream_close(stream);
    ck_assert_uint_eq(arrived_size, sizeof data);
    ck_assert(memcmp(arrived, data, sizeof data) == 0);
    free(arrived);
    arrived = NULL;
}
END_TEST

START_TEST(lost_connection_is_replaced_and_attested_anew)
{
    cc_sec_stream_t *stream;

    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    asks(stream, "abc", "cba");
    cc_sec_serve_stop(serve);
    ck_assert_int_eq(cc_sec_stream_call(stream, "abc", 3, NULL, NULL), CC_ERROR_SEC_CHL_SEND_MSG);
    ck_assert_int_eq(cc_sec_stream_send(stream, "abc", 3), CC_ERROR_SEC_CHL_INVALID_CONN);
    serve_begin(port);
    asks(stream, "abc", "cba");
    cc_sec_serve_stop(serve);
    ck_assert_int_eq(cc_sec_stream_call(stream, "abc", 3, NULL, NULL), CC_ERROR_SEC_CHL_SEND_MSG);
    serve_begin(port);
    enclave_change();
    ck_assert_int_eq(cc_sec_stream_call(stream, "abc", 3, NULL, NULL),
                     CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    cc_sec_stream_close(stream);
    ck_assert_uint_eq(served, 2);
}
END_TEST

START_TEST(refused_enclave_gives_no_stream)
{
    cc_sec_stream_t *stream = NULL;

    enclave_change();
    ck_assert_int_eq(stream_open(&stream), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_null(stream);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "not listed"));
}
END_TEST

/* --- a host that breaks off --- */

struct rude {
    struct frames frames;
    int listener;
    unsigned records;
};

static int rude_answer(void *conn, void *bytes, size_t size)
{
    struct rude *r = conn;

    return frames_send(&r->frames, FRAME_CHANNEL, VIEW_EMPTY, view_of(bytes, size)) ? 0 : -1;
}

/* Two clients, each until its first record, which gets no answer. */
static void *rude_run(void *arg)
{
    struct rude *r = arg;
    cc_sec_chl_conn_ctx_t conn = {&rig.svr, {rude_answer, r}};
    enum frame_kind kind;
    struct view bytes;

    for (int i = 0; i < 2; i++) {
        r->frames.fd = accept(r->listener, NULL, NULL);
        while (frames_recv(&r->frames, &kind, &bytes) && kind == FRAME_CHANNEL)
            (void)cc_sec_chl_svr_callback(&conn, bytes.data, bytes.size);
        r->records += kind == FRAME_RECORD;
        frames_done(&r->frames);
    }
    return NULL;
}

START_TEST(request_that_may_have_arrived_is_never_repeated)
{
    struct rude r = {.frames = {.fd = -1}, .listener = frames_listen("127.0.0.1", "0")};
    cc_sec_stream_t *stream;
    pthread_t thread;

    ck_assert_int_ge(r.listener, 0);
    snprintf(port, sizeof port, "%d", frames_port(r.listener));
    ck_assert_int_eq(pthread_create(&thread, NULL, rude_run, &r), 0);
    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_stream_call(stream, "pay", 3, NULL, NULL), CC_ERROR_SEC_CHL_SEND_MSG);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "not known"));
    ck_assert_int_eq(cc_sec_stream_call(stream, "pay", 3, NULL, NULL), CC_ERROR_SEC_CHL_SEND_MSG);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(r.records, 2); /* one for each call */
    cc_sec_stream_close(stream);
    close(r.listener);
}
END_TEST

/* --- a client that misbehaves --- */

static struct frames stranger(void)
{
    struct frames f = {.fd = frames_connect("127.0.0.1", port, 30000)};

    ck_assert_int_ge(f.fd, 0);
    return f;
}

static bool hello_answered(struct frames *f)
{
    uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct buf body = hello_body();
    struct sc2_message m = {.type = SC2_HELLO, .body = buf_view(&body)}, answer;
    enum frame_kind kind;
    struct view bytes;
    bool good;

    sc2_message_encode(&m, &w);
    good = frames_send(f, FRAME_CHANNEL, VIEW_EMPTY, writer_view(&w)) &&
           frames_recv(f, &kind, &bytes) && sc2_message_decode(bytes, &answer) == CC_SUCCESS &&
           answer.type == SC2_HELLO_RSP;
    buf_free(&body);
    return good;
}

START_TEST(client_that_only_begins_handshakes_must_go)
{
    struct frames f = stranger(), other = stranger();

    for (int i = 0; i < 4; i++)
        ck_assert(hello_answered(&f));
    ck_assert(!hello_answered(&f));
    ck_assert(hello_answered(&other)); /* nobody else is concerned */
    frames_done(&f);
    frames_done(&other);
}
END_TEST

/* Another server in the place of the first, with these limits; the rest is out of the way. */
static void serve_within(uint32_t frame_ms, uint32_t handshake_ms)
{
    const cc_sec_serve_opts_t opts = {.struct_size = sizeof opts,
                                      .service = &rig.svr,
                                      .clients_max = 1,
                                      .quiet_ms = LONG_MS,
                                      .frame_ms = frame_ms,
                                      .handshake_ms = handshake_ms,
                                      .record = record_serve};

    cc_sec_serve_stop(serve);
    ck_assert_int_eq(cc_sec_serve_start(&opts, &serve), CC_SUCCESS);
    snprintf(port, sizeof port, "%d", cc_sec_serve_port(serve));
}

/* Byte after byte, each long before the silence would be too long; until it is closed. */
static void trickle(struct frames *f, const uint8_t *first, size_t first_size)
{
    struct pollfd closed = {.fd = f->fd, .events = POLLIN};
    size_t sent = 0;

    while (poll(&closed, 1, 2) == 0) {
        const uint8_t byte = sent < first_size ? first[sent] : 0;

        if (send(f->fd, &byte, 1, MSG_NOSIGNAL) != 1)
            break;
        ck_assert_uint_lt(++sent, TRICKLE_MAX);
    }
}

START_TEST(client_that_trickles_a_frame_loses_its_place)
{
    static const uint8_t HEADER[] = {0, 0x10, 0, 0, FRAME_CHANNEL};
    cc_sec_stream_t *stream;
    uint32_t limit = 1;
    bool began;

    do { /* however slow this machine is: a limit that whole frames keep is found here */
        struct frames first, second;

        limit *= 2;
        ck_assert_uint_lt(limit, LONG_MS);
        serve_within(limit, LONG_MS);
        first = stranger();
        trickle(&first, HEADER, sizeof HEADER);
        frames_done(&first);
        second = stranger();
        began = hello_answered(&second); /* a whole frame; the next is begun and never ends */
        trickle(&second, HEADER, 2);
        frames_done(&second);
    } while (!began || stream_open(&stream) != CC_SUCCESS); /* the one place is free again */
    cc_sec_stream_close(stream);
}
END_TEST

START_TEST(client_that_never_finishes_a_handshake_loses_its_place)
{
    struct frames f, other;
    size_t answered = 0;
    enum frame_kind kind;
    struct view bytes;

    serve_within(LONG_MS, 1);
    f = stranger(); /* answers, but never what ends a handshake */
    while (frames_send(&f, FRAME_CHANNEL, VIEW_EMPTY, view_text("no message")) &&
           frames_recv(&f, &kind, &bytes))
        ck_assert_uint_lt(++answered, 100 * 1000);
    other = stranger(); /* and somebody who is in the midst of his first message */
    trickle(&other, (const uint8_t[]){0, 0x10, 0, 0, FRAME_CHANNEL}, 5);
    frames_done(&f);
    frames_done(&other);
}
END_TEST

/* However slow this machine is: a limit within which a handshake is done is found here. */
START_TEST(session_is_not_bound_by_the_time_of_its_handshake)
{
    cc_sec_stream_t *stream = NULL;
    uint32_t limit = 25;
    uint64_t begun;

    do {
        limit *= 2;
        ck_assert_uint_lt(limit, LONG_MS);
        serve_within(LONG_MS, limit);
    } while (stream_open(&stream) != CC_SUCCESS);
    begun = frames_now();
    while (frames_now() <= begun + limit)
        asks(stream, "abc", "cba");
    asks(stream, "abc", "cba");
    cc_sec_stream_close(stream);
}
END_TEST

START_TEST(frames_out_of_bounds_end_the_connection)
{
    static const uint8_t BAD[][5] = {
        {0, 0, 0, 0, 1},
        {0xff, 0xff, 0xff, 0xff, 1},
        {0, 0x10, 0x10, 0x02, 1},
        {0, 0, 0, 2, 0},
        {0, 0, 0, 2, 4},
        {0, 0, 0, 1, 1},
        {0, 0, 0, 8, FRAME_RECORD},
        {0, 0, 0, 9, FRAME_RECORD},
        {0, 0, 0, 5, FRAME_ANSWER},
    };
    static const uint8_t more[16];

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct frames f = stranger();
        enum frame_kind kind;
        struct view bytes;

        ck_assert_int_eq(send(f.fd, BAD[i], 5, MSG_NOSIGNAL), 5);
        (void)!send(f.fd, more, sizeof more, MSG_NOSIGNAL);
        ck_assert(!frames_recv(&f, &kind, &bytes));
        frames_done(&f);
    }
    ck_assert_uint_eq(served, 0);
}
END_TEST

START_TEST(stop_ends_clients_that_are_there)
{
    cc_sec_stream_t *stream;
    struct frames silent = stranger();
    enum frame_kind kind;
    struct view bytes;

    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    cc_sec_serve_stop(serve);
    serve = NULL;
    ck_assert(!frames_recv(&silent, &kind, &bytes));
    ck_assert_int_eq(cc_sec_stream_call(stream, "abc", 3, NULL, NULL), CC_ERROR_SEC_CHL_SEND_MSG);
    cc_sec_stream_close(stream);
    frames_done(&silent);
}
END_TEST

/* Who loaded the library may unload it then. */
START_TEST(stop_leaves_no_thread_behind)
{
    unsigned before;

    cc_sec_serve_stop(serve);
    before = threads_count();
    for (int i = 0; i < STOPS; i++) {
        struct frames clients[STOP_CLIENTS];

        serve_begin("0");
        for (int c = 0; c < STOP_CLIENTS; c++) {
            clients[c] = stranger();
            ck_assert(hello_answered(&clients[c])); /* so a thread serves it */
            if (c % 2 == 0)
                frames_done(&clients[c]);
        }
        cc_sec_serve_stop(serve);
        serve = NULL;
        ck_assert_uint_eq(threads_count(), before);
        for (int c = 1; c < STOP_CLIENTS; c += 2)
            frames_done(&clients[c]);
    }
}
END_TEST

START_TEST(who_waits_for_a_place_gets_it_when_somebody_leaves)
{
    cc_sec_serve_opts_t opts = {
        .struct_size = sizeof opts, .service = &rig.svr, .clients_max = 1, .record = record_serve};
    struct frames first;
    cc_sec_stream_t *stream;

    cc_sec_serve_stop(serve);
    ck_assert_int_eq(cc_sec_serve_start(&opts, &serve), CC_SUCCESS);
    snprintf(port, sizeof port, "%d", cc_sec_serve_port(serve));
    first = stranger();
    ck_assert(hello_answered(&first)); /* so it has the one place */
    shutdown(first.fd, SHUT_RDWR);
    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    asks(stream, "abc", "cba");
    cc_sec_stream_close(stream);
    frames_done(&first);
}
END_TEST

START_TEST(arguments_are_checked)
{
    cc_sec_serve_opts_t serve_opts = {.struct_size = sizeof serve_opts, .service = &rig.svr};
    cc_sec_stream_opts_t opts = {.struct_size = sizeof opts, .host = "127.0.0.1", .port = port};
    cc_sec_serve_t *other;
    cc_sec_stream_t *stream;
    size_t size = 1;

    ck_assert_int_eq(cc_sec_serve_start(NULL, &other), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_serve_start(&serve_opts, &other), CC_ERROR_BAD_PARAMETERS);
    serve_opts.record = record_serve;
    serve_opts.clients_max = 1025;
    ck_assert_int_eq(cc_sec_serve_start(&serve_opts, &other), CC_ERROR_BAD_PARAMETERS);
    serve_opts.clients_max = 1;
    serve_opts.port = "no port";
    ck_assert_int_eq(cc_sec_serve_start(&serve_opts, &other), CC_ERROR_SEC_CHL_INVALID_CONN);
    ck_assert_int_eq(cc_sec_serve_port(NULL), -1);
    ck_assert_int_eq(cc_sec_stream_open(&opts, &stream), CC_ERROR_BAD_PARAMETERS);
    opts.uuid = "too short";
    opts.channel = &channel_opts;
    ck_assert_int_eq(cc_sec_stream_open(&opts, &stream), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(stream_open(&stream), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_stream_call(stream, "", 0, NULL, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_stream_call(stream, "a", 1, NULL, &size), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_stream_send(stream, NULL, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_stream_attested(NULL, NULL), CC_ERROR_BAD_PARAMETERS);
    cc_sec_stream_close(stream);
    cc_sec_stream_close(NULL);
    cc_sec_serve_stop(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/stream");
    TCase *tcase = tcase_of(suite, "stream");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, requests_are_answered);
    tcase_add_test(tcase, large_data_arrives_whole_and_in_order);
    tcase_add_test(tcase, lost_connection_is_replaced_and_attested_anew);
    tcase_add_test(tcase, refused_enclave_gives_no_stream);
    tcase_add_test(tcase, request_that_may_have_arrived_is_never_repeated);
    tcase_add_test(tcase, client_that_only_begins_handshakes_must_go);
    tcase_add_test(tcase, client_that_trickles_a_frame_loses_its_place);
    tcase_add_test(tcase, client_that_never_finishes_a_handshake_loses_its_place);
    tcase_add_test(tcase, session_is_not_bound_by_the_time_of_its_handshake);
    tcase_add_test(tcase, frames_out_of_bounds_end_the_connection);
    tcase_add_test(tcase, stop_ends_clients_that_are_there);
    tcase_add_test(tcase, stop_leaves_no_thread_behind);
    tcase_add_test(tcase, who_waits_for_a_place_gets_it_when_somebody_leaves);
    tcase_add_test(tcase, arguments_are_checked);
    return suite_main(suite);
}
