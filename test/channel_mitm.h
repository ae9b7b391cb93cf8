/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * channel_mitm.h - what an attacker between client and enclave can do to messages.
 * Layer: test. Threads: one.
 */
#ifndef TEST_CHANNEL_MITM_H
#define TEST_CHANNEL_MITM_H

#include "channel_ask.h"

static inline size_t sessions(void)
{
    return roster_count(&service_get()->roster);
}

/* Puts a body of this type into the message, header and all. */
static inline void message_set(struct buf *message, enum sc2_type type, uint64_t id,
                               struct view body)
{
    uint8_t room[SC2_MESSAGE_MAX_SIZE];
    struct sc2_message m = {.type = type, .session_id = id, .body = body};
    struct writer w = writer_over(room, sizeof room);

    sc2_message_encode(&m, &w);
    ck_assert(!w.failed);
    line_keep(message, room, w.size);
}

/* Rewrites a HELLO_RSP after change did its work on it; other messages pass. */
static inline void rsp_rewrite(struct buf *message,
                               void (*change)(struct sc2_hello_rsp *rsp, void *arg), void *arg)
{
    uint8_t body[SC2_BODY_MAX_SIZE];
    struct writer w = writer_over(body, sizeof body);
    struct sc2_message m = line_message(message);
    struct sc2_hello_rsp rsp;

    if (m.type != SC2_HELLO_RSP)
        return;
    ck_assert_int_eq(sc2_hello_rsp_decode(m.body, &rsp), CC_SUCCESS);
    change(&rsp, arg);
    sc2_hello_rsp_encode(&rsp, &w);
    ck_assert(!w.failed);
    message_set(message, SC2_HELLO_RSP, rsp.session_id, writer_view(&w));
}

static inline struct report_body evidence_body(struct view evidence)
{
    struct report report;

    ck_assert_int_eq(report_decode(evidence, &report), CC_SUCCESS);
    return report.body;
}

static struct ecdh mitm_key;

/* All that a man in the middle can compute: own share, own schedule, a Finished that is right for
 * it, around the genuine evidence. */
static inline void mitm_full(struct line *l, struct buf *message)
{
    uint8_t head[256], mac[SC2_MAC_SIZE], body[SC2_BODY_MAX_SIZE];
    struct writer h = writer_over(head, sizeof head), w = writer_over(body, sizeof body);
    struct sc2_message m = line_message(message), hello_message = line_message(&l->request);
    struct sc2_hello_rsp rsp;
    struct sc2_hello hello;
    struct schedule schedule;
    struct ecdh_shared shared;

    if (m.type != SC2_HELLO_RSP)
        return;
    ck_assert_int_eq(sc2_hello_rsp_decode(m.body, &rsp), CC_SUCCESS);
    ck_assert_int_eq(sc2_hello_decode(hello_message.body, &hello), CC_SUCCESS);
    rsp.share = ecdh_public(&mitm_key);
    sc2_hello_rsp_head_encode(&rsp, &h);
    ck_assert(ecdh_derive(&mitm_key, hello.share, &shared));
    ck_assert(
        schedule_start(&schedule, hello_message.body, writer_view(&h), ecdh_shared_view(&shared)));
    ck_assert(schedule_evidence(&schedule, rsp.evidence));
    ck_assert(schedule_fin_s(&schedule, mac));
    rsp.fin_s = VIEW_OF(mac);
    sc2_hello_rsp_encode(&rsp, &w);
    message_set(message, SC2_HELLO_RSP, rsp.session_id, writer_view(&w));
}

#endif
