/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "connect.h"
#include "base/codes.h"
#include "channel/suite.h"
#include "crypto/random.h"
#include <string.h>

enum { HELLO_MAX_SIZE = 448 + ECDH_PUBLIC_MAX_SIZE, RETRIES_MAX_COUNT = 2 };

/* One handshake in progress; secret. */
struct attempt {
    uint16_t suites[SC2_SUITES_MAX_COUNT];
    size_t suite_count;
    uint16_t retried; /* the suite that the enclave refused; 0: none */
    uint8_t cookie[SC2_COOKIE_MAX_SIZE];
    size_t cookie_size; /* 0: none */
    unsigned retries;
    struct ecdh key;
    uint8_t nonce[SC2_NONCE_SIZE];
    uint8_t hello[HELLO_MAX_SIZE];
    size_t hello_size;
    uint64_t session_id;
    struct schedule schedule;
    uint8_t fin_s[SC2_MAC_SIZE];
};

static void attempt_done(struct attempt *a)
{
    ecdh_done(&a->key);
    wipe(a, sizeof *a);
}

static cc_enclave_result_t derivation_failed(void)
{
    return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
}

static cc_enclave_result_t tampered(const char *what)
{
    return detail_fail(CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE,
                       "secure channel: %s; somebody between here and the enclave changed the "
                       "handshake",
                       what);
}

/* The code that an ERROR carries, never success; it is not authenticated and can only end things.
 */
static cc_enclave_result_t peer_error(uint32_t status)
{
    const struct status_row *row = status_find((cc_enclave_result_t)status);
    bool ours = status >= CC_ERROR_SEC_CHL_INVALID_CONN && status <= CC_ERROR_SEC_CHL_INIT_SESSEION;

    return detail_fail(ours ? (cc_enclave_result_t)status : CC_FAIL,
                       "secure channel: the enclave's side answered error %#x (%s)", status,
                       row != NULL ? row->text : "unknown");
}

/* A fresh key for suites[0], and a fresh nonce. */
static cc_enclave_result_t hello_draw(struct attempt *a)
{
    enum ecdh_group group;

    ecdh_done(&a->key);
    if (!random_fill(a->nonce, sizeof a->nonce))
        return detail_fail(CC_ERROR_SEC_CHL_GEN_RANDOM, "secure channel: no random numbers");
    if (!suite_group(a->suites[0], &group) || !ecdh_generate(&a->key, group))
        return detail_fail(CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM,
                           "secure channel: no ephemeral key");
    return CC_SUCCESS;
}

/* The body of HELLO. */
static cc_enclave_result_t hello_make(struct attempt *a, const struct connect_want *want)
{
    uint8_t retried[2];
    struct writer e = writer_over(retried, sizeof retried);
    struct writer w = writer_over(a->hello, sizeof a->hello);
    struct sc2_hello hello = {.suite_count = a->suite_count,
                              .uuid_text = view_of(want->uuid_text, sizeof want->uuid_text),
                              .nonce = VIEW_OF(a->nonce),
                              .share = ecdh_public(&a->key)};

    for (size_t i = 0; i < a->suite_count; i++)
        hello.suites[i] = a->suites[i];
    writer_le16(&e, a->retried);
    if (a->cookie_size != 0 &&
        !sc2_exts_add(&hello.exts, SC2_EXT_COOKIE, view_of(a->cookie, a->cookie_size)))
        return derivation_failed();
    if (a->retried != 0 && !sc2_exts_add(&hello.exts, SC2_EXT_RETRIED, writer_view(&e)))
        return derivation_failed();
    sc2_hello_encode(&hello, &w);
    if (w.failed)
        return derivation_failed();
    a->hello_size = w.size;
    return CC_SUCCESS;
}

/* The same HELLO again, with what is to be sent back. */
static cc_enclave_result_t retry_cookie(struct attempt *a, struct view cookie)
{
    memcpy(a->cookie, cookie.data, cookie.size); /* at most SC2_COOKIE_MAX_SIZE, by the decoder */
    a->cookie_size = cookie.size;
    return CC_SUCCESS;
}

/* Puts the suite that a RETRY names first: only one of our list, behind the first. */
static cc_enclave_result_t retry_suite(struct attempt *a, uint16_t suite)
{
    for (size_t i = 1; i < a->suite_count; i++) {
        if (a->suites[i] != suite)
            continue;
        a->retried = a->suites[0];
        a->suites[i] = a->suites[0];
        a->suites[0] = suite;
        a->cookie_size = 0;
        return hello_draw(a);
    }
    return tampered("told to use a cipher suite that was not offered");
}

/* What an ERROR with status RETRY asks for: a cookie or another suite, each once. */
static cc_enclave_result_t retry_take(struct attempt *a, const struct sc2_message *message)
{
    struct sc2_exts exts;
    cc_enclave_result_t rc = sc2_error_decode(message->body, &exts);
    const struct sc2_ext *cookie;

    if (rc != CC_SUCCESS)
        return rc;
    cookie = sc2_exts_find(&exts, SC2_EXT_COOKIE);
    if (++a->retries > RETRIES_MAX_COUNT || (cookie != NULL ? a->cookie_size : a->retried) != 0)
        return detail_fail(CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT,
                           "secure channel: told to retry for the same reason a second time; the "
                           "enclave's side may be overloaded");
    if (cookie != NULL)
        return retry_cookie(a, cookie->data);
    return retry_suite(a, sc2_exts_u16(&exts, SC2_EXT_SUITE));
}

/* Checks what every answer must be. ERROR becomes its code, but RETRY is left to the caller. */
static cc_enclave_result_t answer_decode(const struct buf *reply, enum sc2_type type,
                                         struct sc2_message *ret_message)
{
    struct sc2_message message;
    cc_enclave_result_t rc = sc2_message_decode(buf_view(reply), &message);

    if (rc != CC_SUCCESS)
        return rc;
    if (message.type == SC2_ERROR && !(type == SC2_HELLO_RSP && message.status == SC2_STATUS_RETRY))
        return peer_error(message.status);
    if (message.type != type && message.type != SC2_ERROR)
        return detail_fail(CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM,
                           "secure channel: answer of type %d, expected %d", message.type, type);
    *ret_message = message;
    return CC_SUCCESS;
}

/* th1 and hs from HELLO_RSP; the ephemeral key is gone afterwards. */
static cc_enclave_result_t rsp_agree(struct attempt *a, const struct sc2_hello_rsp *rsp)
{
    struct ecdh_shared shared;
    bool good = ecdh_derive(&a->key, rsp->share, &shared);
    cc_enclave_result_t rc = CC_SUCCESS;

    ecdh_done(&a->key);
    if (!good)
        rc = detail_fail(CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM,
                         "secure channel: the enclave's public key is none of this suite");
    else if (!schedule_start(&a->schedule, view_of(a->hello, a->hello_size), rsp->head,
                             ecdh_shared_view(&shared)))
        rc = derivation_failed();
    wipe(&shared, sizeof shared);
    return rc;
}

/* The evidence must be for this very handshake and please the policy and the application. */
static cc_enclave_result_t rsp_verify(struct attempt *a, const struct connect_want *want,
                                      struct view evidence, cc_sec_chl_attested_t *ret_attested)
{
    uint8_t user_data[SCHEDULE_USER_DATA_SIZE];
    struct trust_request request = {.trust = want->trust,
                                    .uuid = &want->uuid,
                                    .evidence = evidence,
                                    .user_data = VIEW_OF(user_data),
                                    .verify_chain = want->verify_chain};
    cc_sec_chl_attested_t attested;
    cc_enclave_result_t rc;

    if (!schedule_user_data(&a->schedule, user_data))
        return derivation_failed();
    rc = trust_check(&request, &attested);
    if (rc != CC_SUCCESS)
        return rc;
    *ret_attested = attested;
    return CC_SUCCESS;
}

/* fin_s shows that who sent all this knows Z and saw the same bytes. */
static cc_enclave_result_t rsp_finished(struct attempt *a, const struct sc2_hello_rsp *rsp)
{
    if (!schedule_evidence(&a->schedule, rsp->evidence) || !schedule_fin_s(&a->schedule, a->fin_s))
        return derivation_failed();
    if (!equal_ct(VIEW_OF(a->fin_s), rsp->fin_s))
        return tampered("the enclave's Finished does not authenticate");
    return CC_SUCCESS;
}

static cc_enclave_result_t rsp_take(struct attempt *a, const struct connect_want *want,
                                    const struct sc2_message *message,
                                    cc_sec_chl_attested_t *ret_attested)
{
    cc_sec_chl_attested_t attested;
    struct sc2_hello_rsp rsp;
    cc_enclave_result_t rc;

    rc = sc2_hello_rsp_decode(message->body, &rsp);
    if (rc != CC_SUCCESS)
        return rc;
    if (rsp.session_id != message->session_id)
        return tampered("two session ids in one answer");
    if (rsp.suite != a->suites[0])
        return tampered("answered with another cipher suite");

    rc = rsp_agree(a, &rsp);
    if (rc != CC_SUCCESS)
        return rc;

    rc = rsp_verify(a, want, rsp.evidence, &attested);
    if (rc != CC_SUCCESS)
        return rc;

    rc = rsp_finished(a, &rsp);
    if (rc != CC_SUCCESS)
        return rc;

    if (want->attested != NULL && want->attested(&attested, want->attested_arg) != 0)
        return detail_fail(CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,
                           "secure channel: the application refused what was attested");
    a->session_id = rsp.session_id;
    *ret_attested = attested;
    return CC_SUCCESS;
}

/* HELLO until HELLO_RSP: three times at most. */
static cc_enclave_result_t hello_run(struct chl *chl, const struct connect_want *want,
                                     struct attempt *a)
{
    struct sc2_message message = {.type = SC2_ERROR};
    struct buf reply = BUF_EMPTY;
    cc_enclave_result_t rc = hello_draw(a);

    if (rc != CC_SUCCESS)
        return rc;
    do {
        struct sc2_message request = {.type = SC2_HELLO};

        rc = hello_make(a, want);
        if (rc != CC_SUCCESS)
            break;
        request.body = view_of(a->hello, a->hello_size);
        buf_free(&reply);
        rc = chl_exchange(chl, &request, CC_ERROR_SEC_CHL_GET_SVR_PUBKEY, &reply);
        if (rc != CC_SUCCESS)
            break;
        rc = answer_decode(&reply, SC2_HELLO_RSP, &message);
        if (rc == CC_SUCCESS && message.type == SC2_ERROR)
            rc = retry_take(a, &message);
    } while (rc == CC_SUCCESS && message.type == SC2_ERROR);

    if (rc == CC_SUCCESS)
        rc = rsp_take(a, want, &message, &chl->attested);
    buf_free(&reply);
    return rc;
}

/* The body of FINISH, and the ack that answers it. */
static cc_enclave_result_t finish_make(struct attempt *a, const struct prove_with *prove,
                                       struct writer *w, uint8_t ret_ack[static SC2_MAC_SIZE])
{
    uint8_t fin_c[SC2_MAC_SIZE];
    struct sc2_finish finish = {.fin_c = VIEW_OF(fin_c)};
    struct proof proof;
    cc_enclave_result_t rc;

    rc = prove_client(prove, &a->schedule, &proof, &finish.exts);
    if (rc != CC_SUCCESS)
        return rc;
    sc2_finish_head_encode(&finish, w); /* F */
    if (w->failed || !schedule_finish(&a->schedule, VIEW_OF(a->fin_s), writer_view(w)) ||
        !schedule_fin_c(&a->schedule, fin_c) ||
        !schedule_ack(&a->schedule, VIEW_OF(fin_c), ret_ack))
        return derivation_failed();
    w->size = 0;
    sc2_finish_encode(&finish, w);
    return w->failed ? derivation_failed() : CC_SUCCESS;
}

/* FINISH and its answer. A valid ack is success whatever the header's status says. */
static cc_enclave_result_t finish_run(struct chl *chl, const struct connect_want *want,
                                      struct attempt *a)
{
    uint8_t body[SC2_CLIENT_EVIDENCE_MAX_SIZE + 64], ack[SC2_MAC_SIZE];
    struct sc2_message request = {.type = SC2_FINISH, .session_id = a->session_id};
    struct writer w = writer_over(body, sizeof body);
    struct sc2_message message;
    struct buf reply = BUF_EMPTY;
    struct view their_ack;
    cc_enclave_result_t rc;

    rc = finish_make(a, &want->prove, &w, ack);
    if (rc != CC_SUCCESS)
        return rc;
    request.body = writer_view(&w);

    rc = chl_exchange(chl, &request, CC_ERROR_SEC_CHL_SET_PARAM_TO_PEER, &reply);
    if (rc != CC_SUCCESS)
        goto out;
    rc = answer_decode(&reply, SC2_FINISH_RSP, &message);
    if (rc != CC_SUCCESS)
        goto out;
    rc = sc2_finish_rsp_decode(message.body, &their_ack);
    if (rc != CC_SUCCESS)
        goto out;
    if (message.session_id != a->session_id)
        rc = tampered("an answer for another session");
    else if (!equal_ct(VIEW_OF(ack), their_ack))
        rc = tampered("the enclave's confirmation does not authenticate");
out:
    buf_free(&reply);
    return rc;
}

cc_enclave_result_t connect_run(struct chl *chl, const struct connect_want *want,
                                size_t *session_id)
{
    struct attempt a = {.suite_count = want->suite_count};
    struct traffic_keys keys;
    cc_enclave_result_t rc;

    for (size_t i = 0; i < want->suite_count; i++)
        a.suites[i] = want->suites[i];

    rc = hello_run(chl, want, &a);
    if (rc != CC_SUCCESS)
        goto out;
    *session_id = a.session_id;

    rc = finish_run(chl, want, &a);
    if (rc != CC_SUCCESS)
        goto out;

    if (!schedule_keys(&a.schedule, &keys))
        rc = derivation_failed();
    else if (!session_init(&chl->session, SESSION_CLIENT, a.session_id, &keys, &want->limits))
        rc = detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    traffic_keys_wipe(&keys);
out:
    attempt_done(&a);
    return rc;
}
