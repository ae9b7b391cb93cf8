/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * channel_ask.h - speaks to the enclave's service directly, as a host may: any message, any order.
 * Layer: test. Threads: one.
 */
#ifndef TEST_CHANNEL_ASK_H
#define TEST_CHANNEL_ASK_H

#include "channel_rig.h"
#include "crypto/random.h"
#include <unistd.h>

struct answer {
    uint8_t bytes[SC2_MESSAGE_MAX_SIZE];
    size_t size;
    struct sc2_message message;
};

/* Each request gets one well-formed answer. */
static inline struct answer *ask_bytes(struct view request)
{
    static struct answer a;

    a.size = 0;
    ck_assert_int_eq(cc_sc_process(request.data, request.size, a.bytes, sizeof a.bytes, &a.size),
                     0);
    ck_assert_int_eq(sc2_message_decode(view_of(a.bytes, a.size), &a.message), CC_SUCCESS);
    ck_assert_uint_eq(a.size, SC2_HEADER_SIZE + a.message.body.size);
    return &a;
}

static inline struct answer *ask(enum sc2_type type, uint64_t id, struct view body)
{
    uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct sc2_message m = {.type = type, .session_id = id, .body = body};
    struct writer w = writer_over(room, sizeof room);

    sc2_message_encode(&m, &w);
    ck_assert(!w.failed);
    return ask_bytes(writer_view(&w));
}

static inline void refused(const struct answer *a, cc_enclave_result_t code)
{
    ck_assert_int_eq(a->message.type, SC2_ERROR);
    ck_assert_uint_eq(a->message.status, code);
}

/* A HELLO that the enclave accepts; the client's private key is forgotten. */
static inline struct buf hello_body(void)
{
    uint8_t room[256], nonce[SC2_NONCE_SIZE];
    struct sc2_hello hello = {.suites = {SC2_SUITE_X25519}, .suite_count = 1};
    struct writer w = writer_over(room, sizeof room);
    struct buf body;
    struct ecdh key;

    ck_assert(ecdh_generate(&key, ECDH_X25519) && random_fill(nonce, sizeof nonce));
    hello.uuid_text = view_text(RIG_UUID);
    hello.nonce = VIEW_OF(nonce);
    hello.share = ecdh_public(&key);
    sc2_hello_encode(&hello, &w);
    ck_assert(!w.failed && buf_copy(&body, writer_view(&w)));
    ecdh_done(&key);
    return body;
}

/* The same HELLO with a cookie in it. */
static inline struct buf hello_with_cookie(const struct buf *hello, struct view cookie)
{
    uint8_t room[512];
    struct writer w = writer_over(room, sizeof room);
    struct sc2_hello h;
    struct buf body;

    ck_assert_int_eq(sc2_hello_decode(buf_view(hello), &h), CC_SUCCESS);
    ck_assert(sc2_exts_add(&h.exts, SC2_EXT_COOKIE, cookie));
    sc2_hello_encode(&h, &w);
    ck_assert(!w.failed && buf_copy(&body, writer_view(&w)));
    return body;
}

/* The cookie that an answer asks for; empty when it asks for none. Lives in the answer. */
static inline struct view answer_cookie(const struct answer *a)
{
    struct sc2_exts exts;
    const struct sc2_ext *cookie = NULL;

    if (a->message.type != SC2_ERROR || a->message.status != SC2_STATUS_RETRY)
        return VIEW_EMPTY;
    ck_assert_int_eq(sc2_error_decode(a->message.body, &exts), CC_SUCCESS);
    cookie = sc2_exts_find(&exts, SC2_EXT_COOKIE);
    return cookie != NULL ? cookie->data : VIEW_EMPTY;
}

/* Sends HELLO, and once more with the cookie if one is asked for. */
static inline struct answer *ask_hello(const struct buf *hello)
{
    struct answer *a = ask(SC2_HELLO, 0, buf_view(hello));
    struct view cookie = answer_cookie(a);
    struct buf again;

    if (cookie.size == 0)
        return a;
    again = hello_with_cookie(hello, cookie);
    a = ask(SC2_HELLO, 0, buf_view(&again));
    buf_free(&again);
    return a;
}

static inline uint64_t hello_session(void)
{
    struct buf body = hello_body();
    struct answer *a = ask_hello(&body);

    buf_free(&body);
    ck_assert_int_eq(a->message.type, SC2_HELLO_RSP);
    return a->message.session_id;
}

static const uint8_t bad_finish[2 + SC2_MAC_SIZE];

#endif
