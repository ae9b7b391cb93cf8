/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "channel/evidence.h"
#include "channel/suite.h"
#include "cookie.h"
#include "crypto/random.h"
#include "service.h"

/* What HELLO yields on this side; secret. */
struct offer {
    struct ecdh key;
    struct ecdh_shared shared;
    uint8_t nonce[SC2_NONCE_SIZE];
    struct half_open entry;
    struct evidence evidence;
};

static void offer_done(struct offer *offer)
{
    ecdh_done(&offer->key);
    wipe(offer, sizeof *offer);
}

static bool suite_spoken(const struct service *s, uint16_t suite, enum ecdh_group *ret_group)
{
    if (suite < 32 && (s->limits.suites_refused >> suite & 1) != 0)
        return false;
    return suite_group(suite, ret_group);
}

/* ERROR with status RETRY and one extension: what the next HELLO must heed. */
static cc_enclave_result_t reply_retry(struct reply *reply, uint16_t type, struct view data)
{
    struct sc2_exts exts = {.count = 0};

    if (!sc2_exts_add(&exts, type, data))
        return CC_ERROR_SEC_CHL_MEMORY;
    reply->type = SC2_ERROR;
    reply->status = SC2_STATUS_RETRY;
    sc2_error_encode(&exts, &reply->body);
    return CC_SUCCESS;
}

/*
 * suites[0] or a RETRY, never another one. A client that was told to retry says which suite was
 * refused: if we speak that one, somebody on the way told it so to weaken the channel.
 */
static cc_enclave_result_t suite_choose(const struct service *s, const struct sc2_hello *hello,
                                        enum ecdh_group *ret_group, uint16_t *ret_retry)
{
    uint16_t retried = sc2_exts_u16(&hello->exts, SC2_EXT_RETRIED);
    enum ecdh_group group;

    if (retried != 0 && suite_spoken(s, retried, &group))
        return detail_fail(CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE,
                           "secure channel: the client was told to avoid a suite that we speak");
    *ret_retry = 0;
    if (suite_spoken(s, hello->suites[0], ret_group))
        return CC_SUCCESS;
    for (size_t i = 1; retried == 0 && i < hello->suite_count; i++) {
        if (suite_spoken(s, hello->suites[i], ret_group)) {
            *ret_retry = hello->suites[i];
            return CC_SUCCESS;
        }
    }
    return detail_fail(CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE,
                       "secure channel: no suite in common with the client");
}

/* The client's share is for a suite we do not speak, another one is. */
static cc_enclave_result_t reply_suite(struct reply *reply, uint16_t suite)
{
    uint8_t bytes[2];
    struct writer w = writer_over(bytes, sizeof bytes);

    writer_le16(&w, suite);
    return reply_retry(reply, SC2_EXT_SUITE, writer_view(&w));
}

/* Whether this HELLO must first show that its sender hears answers. Nothing is kept of it then. */
static bool cookie_wanted(struct service *s, const struct sc2_hello *hello)
{
    const struct sc2_ext *cookie = sc2_exts_find(&hello->exts, SC2_EXT_COOKIE);

    if (pool_count(&s->pool) < (s->limits.half_open_max_count + 1) / 2)
        return false;
    return cookie == NULL || !cookie_good(&s->cookie_key, session_now_ms(), s->limits.half_open_ms,
                                          hello->base, cookie->data);
}

static cc_enclave_result_t reply_cookie(struct service *s, const struct sc2_hello *hello,
                                        struct reply *reply)
{
    uint8_t cookie[COOKIE_SIZE];

    if (!cookie_make(&s->cookie_key, session_now_ms(), hello->base, cookie))
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    return reply_retry(reply, SC2_EXT_COOKIE, VIEW_OF(cookie));
}

/* Room for one more session; makes some itself, since a host may withhold its ticks. */
static cc_enclave_result_t room_check(struct service *s)
{
    if (roster_count(&s->roster) >= s->limits.sessions_max_count)
        (void)cc_sc_tick();
    if (roster_count(&s->roster) >= s->limits.sessions_max_count)
        return detail_fail(CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT,
                           "secure channel: %zu sessions are open already",
                           s->limits.sessions_max_count);
    return CC_SUCCESS;
}

/* Each HELLO costs the device a signature; who sends many must not keep it busy for all. */
static cc_enclave_result_t report_allow(struct service *s)
{
    uint64_t second = session_now_ms() / 1000 << 32;
    uint64_t seen = atomic_load(&s->reports), next;

    do {
        next = (seen & ~(uint64_t)UINT32_MAX) == second ? seen + 1 : second + 1;
        if ((uint32_t)next > s->limits.reports_per_s)
            return detail_fail(CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT,
                               "secure channel: %u handshakes in one second; try again",
                               s->limits.reports_per_s);
    } while (!atomic_compare_exchange_weak(&s->reports, &seen, next));
    return CC_SUCCESS;
}

/* Random, with a non-zero upper half (no record looks like a DESTROY), unused. */
static cc_enclave_result_t session_id_draw(struct service *s, uint64_t *ret_id)
{
    for (int tries = 0; tries < 16; tries++) {
        struct member *member;
        uint64_t id;

        if (!random_fill(&id, sizeof id))
            break;
        if (!sc2_session_id_valid(id) || pool_contains(&s->pool, id))
            continue;
        member = roster_acquire(&s->roster, id);
        roster_release(member);
        if (member == NULL) {
            *ret_id = id;
            return CC_SUCCESS;
        }
    }
    return detail_fail(CC_ERROR_SEC_CHL_GEN_RANDOM, "secure channel: no random numbers");
}

/* Ephemeral key, nonce, session id, Z. The private key is gone when this returns. */
static cc_enclave_result_t offer_agree(struct service *s, const struct sc2_hello *hello,
                                       enum ecdh_group group, struct offer *offer)
{
    bool agreed;

    if (!random_fill(offer->nonce, sizeof offer->nonce))
        return detail_fail(CC_ERROR_SEC_CHL_GEN_RANDOM, "secure channel: no random numbers");
    if (group == ECDH_X25519MLKEM768) {
        agreed = ecdh_encapsulate(&offer->key, hello->share, &offer->shared);
    } else {
        if (!ecdh_generate(&offer->key, group))
            return detail_fail(CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM,
                               "secure channel: no ephemeral key");
        agreed = ecdh_derive(&offer->key, hello->share, &offer->shared);
        ecdh_done(&offer->key);
    }
    if (!agreed)
        return detail_fail(CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM,
                           "secure channel: the client's public key is none of this suite");
    return session_id_draw(s, &offer->entry.id);
}

/* th1, hs, user data, evidence, th2, fin_s; writes the body of HELLO_RSP. */
static cc_enclave_result_t offer_prove(struct offer *offer, struct view hello_body, uint16_t suite,
                                       struct writer *w)
{
    struct sc2_hello_rsp rsp = {.suite = suite,
                                .session_id = offer->entry.id,
                                .nonce = VIEW_OF(offer->nonce),
                                .share = ecdh_public(&offer->key)};
    uint8_t head[SC2_SHARE_MAX_SIZE + 64], user_data[SCHEDULE_USER_DATA_SIZE];
    struct writer h = writer_over(head, sizeof head);
    cc_enclave_result_t rc;

    sc2_hello_rsp_head_encode(&rsp, &h);
    if (h.failed ||
        !schedule_start(&offer->entry.schedule, hello_body, writer_view(&h),
                        ecdh_shared_view(&offer->shared)) ||
        !schedule_user_data(&offer->entry.schedule, user_data))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");

    rc = evidence_make(REPORT_PURPOSE_CHANNEL, user_data, &offer->evidence);
    if (rc != CC_SUCCESS)
        return rc;

    rsp.evidence = view_of(offer->evidence.bytes, offer->evidence.size);
    if (!schedule_evidence(&offer->entry.schedule, rsp.evidence) ||
        !schedule_fin_s(&offer->entry.schedule, offer->entry.fin_s))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");

    rsp.fin_s = VIEW_OF(offer->entry.fin_s);
    sc2_hello_rsp_encode(&rsp, w);
    return CC_SUCCESS;
}

/* Who is wanted, with which suite, and whether there is room; *ret_retry is 0 or what to ask for.
 */
static cc_enclave_result_t hello_check(struct service *s, const struct sc2_hello *hello,
                                       enum ecdh_group *ret_group, uint16_t *ret_retry)
{
    cc_enclave_result_t rc = evidence_uuid_check(&hello->uuid);

    if (rc == CC_SUCCESS && pool_contains_nonce(&s->pool, hello->nonce))
        rc = detail_fail(CC_ERROR_SEC_CHL_INVALID_SESSION,
                         "secure channel: this HELLO was answered before");
    if (rc == CC_SUCCESS)
        rc = suite_choose(s, hello, ret_group, ret_retry);
    if (rc == CC_SUCCESS)
        rc = room_check(s);
    return rc;
}

cc_enclave_result_t accept_hello(struct service *s, const struct sc2_message *request,
                                 struct reply *reply)
{
    struct offer offer = {.key = {.key = NULL}};
    struct sc2_hello hello;
    enum ecdh_group group;
    cc_enclave_result_t rc;
    uint16_t retry = 0;

    rc = sc2_hello_decode(request->body, &hello);
    if (rc != CC_SUCCESS)
        goto out;

    rc = hello_check(s, &hello, &group, &retry);
    if (rc != CC_SUCCESS)
        goto out;
    if (retry != 0) {
        rc = reply_suite(reply, retry);
        goto out;
    }
    if (cookie_wanted(s, &hello)) {
        rc = reply_cookie(s, &hello, reply);
        goto out;
    }

    rc = report_allow(s);
    if (rc == CC_SUCCESS)
        rc = offer_agree(s, &hello, group, &offer);
    if (rc != CC_SUCCESS)
        goto out;

    rc = offer_prove(&offer, request->body, hello.suites[0], &reply->body);
    if (rc != CC_SUCCESS)
        goto out;

    offer.entry.born_ms = session_now_ms();
    memcpy(offer.entry.nonce_c, hello.nonce.data, sizeof offer.entry.nonce_c);
    rc = CC_ERROR_SEC_CHL_INIT_SESSEION;
    if (!pool_add(&s->pool, &offer.entry, s->limits.half_open_max_count)) {
        (void)detail_fail(rc, "secure channel: answered before, or the service is stopping");
        goto out;
    }
    reply->type = SC2_HELLO_RSP;
    reply->session_id = offer.entry.id;
    rc = CC_SUCCESS;
out:
    offer_done(&offer);
    return rc;
}

/* What a right FINISH yields; secret. */
struct finished {
    uint8_t ack[SC2_MAC_SIZE];
    struct traffic_keys keys;
    cc_sec_chl_peer_t peer;
};

/* th3, fin_c; who the client is; then ack and the keys. Wipes the entry's secrets on success. */
static cc_enclave_result_t finish_check(const struct guard *guard, struct half_open *entry,
                                        const struct sc2_finish *finish, struct finished *ret)
{
    struct schedule *schedule = &entry->schedule;
    struct guard_question question;
    uint8_t fin_c[SC2_MAC_SIZE];
    cc_enclave_result_t rc;

    if (!guard_ask(schedule, &question) ||
        !schedule_finish(schedule, VIEW_OF(entry->fin_s), finish->head) ||
        !schedule_fin_c(schedule, fin_c))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
    if (!equal_ct(VIEW_OF(fin_c), finish->fin_c))
        return detail_fail(CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE,
                           "secure channel: FINISH does not authenticate");
    rc = guard_check(guard, &question, &finish->exts, &ret->peer);
    wipe(&question, sizeof question);
    if (rc != CC_SUCCESS)
        return rc;
    if (!schedule_ack(schedule, finish->fin_c, ret->ack) || !schedule_keys(schedule, &ret->keys))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
    return CC_SUCCESS;
}

/* Works on a copy of the entry: only who then takes it out of the pool may establish the session.
 */
cc_enclave_result_t accept_finish(struct service *s, const struct sc2_message *request,
                                  struct reply *reply)
{
    struct half_open entry = {.id = 0};
    struct finished finished;
    struct roster_entry member = {.id = request->session_id,
                                  .keys = &finished.keys,
                                  .limits = &s->limits.session,
                                  .peer = &finished.peer};
    struct sc2_finish finish;
    cc_enclave_result_t rc;

    memset(&finished, 0, sizeof finished);
    if (!pool_copy(&s->pool, request->session_id, &entry) ||
        elapsed_ms(entry.born_ms, session_now_ms()) > s->limits.half_open_ms) {
        rc = detail_fail(CC_ERROR_SEC_CHL_INVALID_SESSION,
                         "secure channel: the handshake took too long");
        goto out;
    }

    rc = sc2_finish_decode(request->body, &finish);
    if (rc == CC_SUCCESS)
        rc = finish_check(&s->guard, &entry, &finish, &finished);
    if (rc != CC_SUCCESS) {
        pool_punish(&s->pool, request->session_id);
        goto out;
    }

    if (!pool_take(&s->pool, request->session_id)) {
        rc = detail_fail(CC_ERROR_SEC_CHL_INVALID_SESSION, "secure channel: finished twice");
        goto out;
    }

    rc = roster_add(&s->roster, &member, s->limits.sessions_max_count);
    if (rc != CC_SUCCESS)
        goto out;

    reply->type = SC2_FINISH_RSP;
    writer_put(&reply->body, VIEW_OF(finished.ack));
out:
    half_open_wipe(&entry);
    wipe(&finished, sizeof finished);
    return rc;
}

cc_enclave_result_t accept_destroy(struct service *s, const struct sc2_message *request,
                                   struct reply *reply)
{
    struct member *member = roster_acquire(&s->roster, request->session_id);
    cc_enclave_result_t rc = CC_ERROR_SEC_CHL_INVALID_SESSION;

    if (member == NULL)
        return detail_fail(rc, "secure channel: no such session");
    rc = session_open_close(&member->session, request->body);
    if (rc == CC_SUCCESS) {
        roster_remove(&s->roster, request->session_id);
        reply->type = SC2_DESTROY_RSP;
    }
    roster_release(member);
    return rc;
}
